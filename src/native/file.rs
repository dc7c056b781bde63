//! Files that are whole or not there: written beside, synced, renamed.

use crate::error::{Code, Error};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a file in one step: a reader, and a machine that loses power, finds the old one or the new one.
///
/// The new one can be read by whom the old one could, and where there was none by its owner alone. A link is followed.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let followed = fs::canonicalize(path);
    let path = followed.as_deref().unwrap_or(path);
    let (beside, file) = create_beside(path).map_err(|error| told(path, &error))?;
    let written = write_and_sync(file, bytes).and_then(|()| fs::rename(&beside, path));
    if let Err(error) = written {
        // What could not be put in its place is of no use to anybody; the error that is told is the first one.
        let _ = fs::remove_file(&beside);
        return Err(told(path, &error));
    }
    sync_folder(path);
    Ok(())
}

/// Reads a file; a missing one is nothing.
pub(super) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(told(path, &error)),
    }
}

/// A new file in the same folder. A name that is taken is passed over: a process of the same number, as in containers, may have been
/// killed while it wrote, or may be writing now.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    loop {
        let beside = beside(path);
        match as_readable_as(path).open(&beside) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return Ok((beside, opened?)),
        }
    }
}

/// How a file is made that is to take the place of this one.
#[cfg(unix)]
fn as_readable_as(path: &Path) -> OpenOptions {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let mode = fs::metadata(path).map_or(0o600, |old| old.permissions().mode() & 0o777);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(mode);
    options
}

#[cfg(not(unix))]
fn as_readable_as(_: &Path) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    options
}

/// A name in the same folder that this process has not used yet.
fn beside(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}-{count}.tmp", std::process::id()));
    path.with_file_name(name)
}

fn write_and_sync(mut file: File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the new name last. Not every system can; the file itself is whole in any case.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

fn told(path: &Path, error: &io::Error) -> Error {
    Error::new(Code::Io, format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("fetchwell-file-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_file_is_replaced_in_one_step_and_nothing_is_left_beside_it() {
        let folder = folder("replace");
        let path = folder.join("snapshot");
        assert_eq!(read_if_there(&path).unwrap(), None);
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(read_if_there(&path).unwrap().unwrap(), b"two");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_its_owners_alone_and_stays_what_it_was_where_a_link_points() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = folder("modes");
        let (path, link) = (folder.join("snapshot"), folder.join("link"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        write_whole(&path, b"one").unwrap();
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        write_whole(&link, b"two").unwrap();
        assert_eq!((mode(&path), fs::read(&path).unwrap()), (0o640, b"two".to_vec()));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn when_it_cannot_be_written_the_old_one_stays_and_the_error_names_it() {
        let folder = folder("refused");
        // A folder that is not empty stands where the file should go.
        let path = folder.join("snapshot");
        fs::create_dir_all(path.join("inside")).unwrap();
        let error = write_whole(&path, b"new").unwrap_err();
        assert_eq!(error.code(), Code::Io);
        assert!(error.to_string().contains("snapshot"), "{error}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left beside it");
        assert!(write_whole(&folder.join("missing/snapshot"), b"new").is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
