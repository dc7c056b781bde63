//! Reads the traces: `HRT1` files inside xz, described in the README beside them.
//!
//! The traces have licences of their own, so they stay where they are: nothing here copies them.

use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// The four open traces, in the order of our first study.
pub const OPEN: [&str; 4] = ["web12", "orm-night", "arc-oltp", "nasa-950801"];

/// The environment variable that names the folder of the traces.
pub const FOLDER_VARIABLE: &str = "FETCHWELL_TRACES";

const MAGIC: &[u8] = b"HRT1";
const HEADER: usize = 16;
const HAS_SIZES: u32 = 1;
const HAS_TIMES: u32 = 2;

/// One recorded stream of requests. Times are left out: no figure here depends on them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The file's name without its endings.
    pub name: String,
    /// The key of each request, numbered `0..distinct` in order of first appearance.
    pub keys: Vec<u32>,
    /// The size in bytes of each request, where the trace has sizes.
    pub sizes: Option<Vec<u32>>,
    /// How many different keys there are.
    pub distinct: u32,
}

/// Why a trace could not be read.
#[derive(Debug, PartialEq, Eq)]
pub enum TraceError {
    /// The file could not be opened.
    Open(String),
    /// The file is not valid xz.
    Xz(String),
    /// It does not begin with `HRT1`.
    WrongMagic,
    /// A flag is set that this reader does not know.
    UnknownFlags(u32),
    /// It is not as long as its own header says.
    WrongLength {
        /// Bytes that the header promises.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// A key is not below the number of distinct keys.
    KeyOutOfRange {
        /// The first such key.
        key: u32,
        /// The number of distinct keys, as the header has it.
        distinct: u32,
    },
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(why) => write!(f, "cannot open it: {why}"),
            Self::Xz(why) => write!(f, "not valid xz: {why}"),
            Self::WrongMagic => write!(f, "not a trace: it does not begin with HRT1"),
            Self::UnknownFlags(flags) => write!(f, "unknown flags {flags:#x}"),
            Self::WrongLength { expected, found } => {
                write!(f, "its header promises {expected} bytes, {found} are there")
            }
            Self::KeyOutOfRange { key, distinct } => {
                write!(f, "key {key} where only {distinct} keys were promised")
            }
        }
    }
}

impl std::error::Error for TraceError {}

/// Where the traces are looked for: `FETCHWELL_TRACES`, else `../shared/traces` beside the workspace.
pub fn folder() -> PathBuf {
    std::env::var_os(FOLDER_VARIABLE)
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/traces"), PathBuf::from)
}

/// The file of the trace called `name` in `folder`.
pub fn file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.hrt.xz"))
}

/// Reads the trace called `name` from `folder`.
pub fn read(folder: &Path, name: &str) -> Result<Trace, TraceError> {
    let path = file(folder, name);
    let file = File::open(&path).map_err(|why| TraceError::Open(format!("{}: {why}", path.display())))?;
    let mut bytes = Vec::new();
    lzma_rs::xz_decompress(&mut BufReader::new(file), &mut bytes).map_err(|why| TraceError::Xz(format!("{why:?}")))?;
    let trace = parse(&bytes)?;
    Ok(Trace { name: name.to_owned(), ..trace })
}

/// Reads an unpacked trace.
pub fn parse(bytes: &[u8]) -> Result<Trace, TraceError> {
    if !bytes.starts_with(MAGIC) {
        return Err(TraceError::WrongMagic);
    }
    let found = bytes.len() as u64;
    if bytes.len() < HEADER {
        return Err(TraceError::WrongLength { expected: HEADER as u64, found });
    }
    let words = |bytes: &[u8]| -> Vec<u32> {
        let (words, _) = bytes.as_chunks::<4>();
        words.iter().map(|word| u32::from_le_bytes(*word)).collect()
    };
    let header = words(&bytes[4..HEADER]);
    let (flags, requests, distinct) = (header[0], header[1], header[2]);
    if flags & !(HAS_SIZES | HAS_TIMES) != 0 {
        return Err(TraceError::UnknownFlags(flags));
    }
    let expected = HEADER as u64 + 4 * u64::from(requests) * u64::from(1 + flags.count_ones());
    if found != expected {
        return Err(TraceError::WrongLength { expected, found });
    }
    // Fits: the file just proved to be longer than this.
    let column = 4 * requests as usize;
    let (keys, rest) = bytes[HEADER..].split_at(column);
    let keys = words(keys);
    if let Some(&key) = keys.iter().find(|&&key| key >= distinct) {
        return Err(TraceError::KeyOutOfRange { key, distinct });
    }
    let sizes = (flags & HAS_SIZES != 0).then(|| words(&rest[..column]));
    Ok(Trace { name: String::new(), keys, sizes, distinct })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(flags: u32, distinct: u32, columns: &[&[u32]]) -> Vec<u8> {
        let requests = u32::try_from(columns[0].len()).unwrap();
        let words = [flags, requests, distinct].into_iter().chain(columns.concat());
        MAGIC.iter().copied().chain(words.flat_map(u32::to_le_bytes)).collect()
    }

    #[test]
    fn keys_and_sizes_come_back_as_written() {
        let trace = parse(&packed(3, 2, &[&[0, 1, 0], &[10, 20, 10], &[0, 1, 2]])).unwrap();
        assert_eq!((trace.keys, trace.distinct), (vec![0, 1, 0], 2));
        assert_eq!(trace.sizes, Some(vec![10, 20, 10]));
        assert_eq!(parse(&packed(2, 1, &[&[0], &[7]])).unwrap().sizes, None);
    }

    #[test]
    fn every_truncation_is_an_error() {
        let whole = packed(1, 2, &[&[0, 1, 0], &[10, 20, 10]]);
        for length in 4..whole.len() {
            let error = parse(&whole[..length]).unwrap_err();
            assert!(matches!(error, TraceError::WrongLength { .. }), "{length}: {error}");
        }
        assert_eq!(parse(&whole[..30]).unwrap_err().to_string(), "its header promises 40 bytes, 30 are there");
    }

    #[test]
    fn what_is_not_a_trace_is_said_to_be_none() {
        assert_eq!(parse(b"HRT2............"), Err(TraceError::WrongMagic));
        assert_eq!(parse(b""), Err(TraceError::WrongMagic));
        assert_eq!(parse(&packed(8, 1, &[&[0]])), Err(TraceError::UnknownFlags(8)));
        let huge = [b"HRT1".as_slice(), &[3, 0, 0, 0], &[255; 8]].concat();
        assert!(matches!(parse(&huge), Err(TraceError::WrongLength { .. })));
    }

    #[test]
    fn a_key_beyond_the_promised_number_is_an_error() {
        let error = parse(&packed(0, 1, &[&[0, 1]])).unwrap_err();
        assert_eq!(error, TraceError::KeyOutOfRange { key: 1, distinct: 1 });
    }

    #[test]
    fn a_file_that_is_absent_or_not_xz_is_an_error() {
        let folder = std::env::temp_dir().join(format!("fetchwell-trace-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("bad.hrt.xz"), b"HRT1 but not packed").unwrap();
        assert!(matches!(read(&folder, "absent"), Err(TraceError::Open(_))));
        assert!(matches!(read(&folder, "bad"), Err(TraceError::Xz(_))));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
