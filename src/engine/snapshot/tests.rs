use super::*;

/// Splitmix64: numbers that depend on the seed alone.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Small, large and all lengths between.
    fn number(&mut self) -> u64 {
        let bits = self.below(65);
        if bits == 0 { 0 } else { self.next() >> (64 - bits) }
    }

    fn maybe(&mut self) -> Option<u64> {
        (self.below(2) == 0).then(|| self.number())
    }

    fn record(&mut self) -> Record<'static> {
        const TEXTS: [&str; 8] = ["", "a", "b", "books:7", "ä", "😀", "\0", "GET https://x.example/"];
        const VALUES: [&[u8]; 4] = [b"", b"x", &[0xff, 0, 0x80], &[7; 300]];
        let mut tags: Vec<_> = (0..self.below(4)).map(|_| self.pick(&TEXTS)).collect();
        tags.sort_unstable();
        tags.dedup();
        Record {
            namespace: self.pick(&TEXTS),
            partition: (self.below(2) == 0).then(|| self.pick(&TEXTS)),
            key: self.pick(&TEXTS),
            created_at: self.number(),
            deadline: self.maybe(),
            ttl: self.maybe(),
            tti: self.number(),
            idle_since: self.number(),
            swr: self.number(),
            stale_if_error: self.number(),
            grace: self.number(),
            dormant: self.below(2) == 0,
            soft: self.below(2) == 0,
            weight: self.number(),
            tags,
            value: self.pick(&VALUES),
        }
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }
}

fn small() -> Vec<Record<'static>> {
    vec![
        Record {
            key: "books:7",
            created_at: 1_000,
            deadline: Some(301_000),
            ttl: Some(300_000),
            idle_since: 2_000,
            weight: 11,
            tags: vec!["shelf", "book"],
            value: b"Dune",
            ..Record::default()
        },
        Record {
            namespace: "n",
            partition: Some("ä"),
            key: "",
            tti: 1,
            swr: 2,
            stale_if_error: 3,
            grace: 4,
            dormant: true,
            soft: true,
            ..Record::default()
        },
    ]
}

/// A snapshot of these bytes, true checksum included.
fn sealed(body: &[u8]) -> Vec<u8> {
    let mut bytes = [b"FWSN\x01\x00", body].concat();
    bytes.extend(checksum(&bytes).to_le_bytes());
    bytes
}

/// The fields behind the key of a record that has none of them.
const REST: &[u8] = &[0; 9];

fn damaged(body: &[u8]) -> bool {
    decode(&sealed(body)) == Err(SnapshotError::Damaged)
}

#[test]
fn the_bytes_of_a_snapshot_are_stable_across_versions() {
    let body: &[u8] = &[
        b"\x02".as_slice(),
        b"\x06\x00\x07books:7\xe8\x07\xc8\xaf\x12\xe0\xa7\x12\x00\xd0\x0f\x00\x00\x00\x0b",
        b"\x02\x04book\x05shelf\x04Dune",
        b"\x19\x01n\x02\xc3\xa4\x00\x00\x01\x00\x02\x03\x04\x00\x00\x00",
    ]
    .concat();
    // From SipHash-1-3 written down again in another language.
    let checksum = 0x4c46_58f3_624e_4112_u64;
    let golden = [b"FWSN\x01\x00", body, &checksum.to_le_bytes()].concat();
    assert_eq!(encode(small()), golden);
}

#[test]
fn the_empty_snapshot_is_fifteen_bytes() {
    let bytes = encode(vec![]);
    assert_eq!(bytes.len(), 4 + 2 + 1 + 8);
    assert_eq!(decode(&bytes), Ok(vec![]));
}

#[test]
fn what_was_written_is_read_again_in_order_of_names() {
    let mut random = Random(0x5eed);
    for _ in 0..20_000 {
        let records: Vec<_> = (0..random.below(8)).map(|_| random.record()).collect();
        let bytes = encode(records.clone());
        let read = decode(&bytes).unwrap();
        assert!(read.is_sorted_by(|a, b| a.name() < b.name()));
        assert!(read.iter().all(|record| records.contains(record)));
        assert!(records.iter().all(|one| read.iter().any(|two| one.name() == two.name())));
        assert_eq!(encode(read), bytes);
    }
}

#[test]
fn the_same_content_gives_the_same_bytes_in_whatever_order_it_comes() {
    let mut random = Random(0x0dd5);
    for _ in 0..2_000 {
        let mut records: Vec<_> = (0..12).map(|_| random.record()).collect();
        let bytes = encode(records.clone());
        random.shuffle(&mut records);
        for record in &mut records {
            random.shuffle(&mut record.tags);
        }
        assert_eq!(encode(records), bytes);
    }
}

#[test]
fn of_two_records_of_one_name_the_newest_is_kept() {
    let of = |created_at, value| Record { key: "a", created_at, value, ..Record::default() };
    let bytes = encode(vec![of(1, b"old"), of(3, b"new"), of(2, b"mid")]);
    assert_eq!(decode(&bytes), Ok(vec![of(3, b"new")]));
}

#[test]
fn the_shared_partition_is_not_the_one_without_a_name() {
    let of = |partition| Record { partition, key: "a", ..Record::default() };
    let bytes = encode(vec![of(Some("")), of(None)]);
    assert_eq!(decode(&bytes), Ok(vec![of(None), of(Some(""))]));
}

#[test]
fn any_byte_changed_to_any_other_is_noticed() {
    let good = encode(small());
    for place in 0..good.len() {
        for other in 0..=u8::MAX {
            let mut bytes = good.clone();
            if std::mem::replace(&mut bytes[place], other) == other {
                continue;
            }
            let error = decode(&bytes).unwrap_err();
            assert_eq!(matches!(error, SnapshotError::Version { .. }), place == 4 || place == 5);
        }
    }
}

#[test]
fn any_truncation_and_any_byte_more_is_noticed() {
    let mut bytes = encode(small());
    for length in 0..bytes.len() {
        assert_eq!(decode(&bytes[..length]), Err(SnapshotError::Damaged), "{length}");
    }
    bytes.push(0);
    assert_eq!(decode(&bytes), Err(SnapshotError::Damaged));
}

#[test]
fn another_version_is_told_before_the_checksum_is_looked_at() {
    assert_eq!(decode(b"FWSN\x02\x00"), Err(SnapshotError::Version { found: 2 }));
    assert_eq!(decode(b"FWSN\x01\x01 and so on"), Err(SnapshotError::Version { found: 257 }));
    assert_eq!(decode(b"FWSN\x01"), Err(SnapshotError::Damaged));
    assert_eq!(decode(b"JSON\x02\x00"), Err(SnapshotError::Damaged));
    assert_eq!(decode(b""), Err(SnapshotError::Damaged));
}

#[test]
fn a_true_checksum_excuses_nothing() {
    let record = |flags: u8, key: &[u8]| [&[flags, 0][..], key, REST].concat();
    let one = record(0, b"\x01a");
    let two = record(0, b"\x01b");
    assert!(!damaged(&[&[1][..], &one].concat()));
    assert!(!damaged(&[&[2][..], &one, &two].concat()));

    assert!(damaged(b""), "no count");
    assert!(damaged(b"\x00\x00"), "bytes behind the records");
    assert!(damaged(&[&[2][..], &one].concat()), "a record too few");
    assert!(damaged(&[&[1][..], &one, &two].concat()), "a record too many");
    assert!(damaged(&[&[2][..], &two, &one].concat()), "records in disorder");
    assert!(damaged(&[&[2][..], &one, &one].concat()), "a name twice");
    assert!(damaged(&[&[1][..], &record(0x20, b"\x01a")].concat()), "an unknown flag");
    assert!(damaged(&[&[1][..], &record(0, b"\x01\xff")].concat()), "a key that is not UTF-8");
    assert!(damaged(&[&[1][..], &record(0, b"\x7fa")].concat()), "a key longer than the rest");
    assert!(damaged(&[b"\x81\x00", &one[..]].concat()), "a number in more bytes than it needs");

    let tagged = |tags: &[u8]| [b"\x01\x00\x00\x01a\x00\x00\x00\x00\x00\x00\x00", tags].concat();
    assert!(!damaged(&tagged(b"\x02\x01x\x01y\x00")));
    assert!(damaged(&tagged(b"\x02\x01y\x01x\x00")), "tags in disorder");
    assert!(damaged(&tagged(b"\x02\x01x\x01x\x00")), "a tag twice");
}

#[test]
fn a_count_reserves_nothing() {
    // 2⁶⁴ − 1 records, and a record with as many tags.
    let huge = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
    assert!(damaged(huge));
    assert!(damaged(&[b"\x01\x00\x00\x01a\x00\x00\x00\x00\x00\x00\x00", &huge[..]].concat()));
}

#[test]
fn numbers_are_read_only_in_the_form_they_are_written_in() {
    let read = |bytes: &[u8]| {
        let mut reader = Reader::of(bytes);
        reader.number().filter(|_| reader.left.is_empty())
    };
    let mut random = Random(0xcafe);
    let edges = [0, 0x7f, 0x80, 0x3fff, 0x4000, u64::from(u32::MAX), 1 << 63, u64::MAX];
    for number in (0..100_000).map(|_| random.number()).chain(edges) {
        let mut out = Writer::default();
        out.number(number);
        let mut bytes = out.bytes;
        assert_eq!(read(&bytes), Some(number));
        *bytes.last_mut().unwrap() |= 0x80;
        bytes.push(0);
        assert_eq!(read(&bytes), None);
    }
    assert_eq!(read(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), None, "65 bits");
    assert_eq!(read(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00"), None, "eleven bytes");
    assert_eq!(read(b"\x80"), None);
}

#[test]
fn no_sealed_rubbish_makes_the_reader_fail_or_read_what_is_written_otherwise() {
    let mut random = Random(0xbad);
    let mut accepted = 0;
    for _ in 0..300_000 {
        // A true snapshot, cut open, a few bytes changed, and sealed again.
        let good = encode(vec![random.record(), random.record()]);
        let mut body = good[6..good.len() - 8].to_vec();
        for _ in 0..=random.below(3) {
            let place = random.below(body.len());
            body[place] = random.pick(&[0, 1, 2, 0x7f, 0x80, 0xff, 0x61]);
        }
        let bytes = sealed(&body);
        if let Ok(records) = decode(&bytes) {
            assert_eq!(encode(records), bytes);
            accepted += 1;
        }
    }
    assert!(accepted > 1_000, "{accepted}");
}

#[test]
fn every_error_has_a_code_and_a_sentence() {
    let version = SnapshotError::Version { found: 9 };
    assert_eq!(version.code(), "snapshot-version");
    assert_eq!(version.to_string(), "the snapshot has version 9 of the format, this is version 1");
    assert_eq!(SnapshotError::Damaged.code(), "snapshot-damaged");
    assert_eq!(SnapshotError::Damaged.to_string(), "the snapshot is damaged");
}
