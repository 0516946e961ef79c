//! Every byte cut off, every bit flipped.

use std::fs;
use std::path::{Path, PathBuf};

use creel_core::Spool;
use creel_core::port::Ticket;
use creel_disk_spool::{Cause, DiskSpool, Settings};

use crate::{entries, files, place};

const HEADER: usize = 16;
const RECORD_HEADER: usize = 28;
const REMOVAL: usize = 12;

/// A spool of two files of entries, one of which has two removals.
struct Small {
    _directory: tempfile::TempDir,
    path: PathBuf,
    /// The entries that are there, with the index of their file and the bytes that they take in it.
    kept: Vec<(Ticket, Vec<u8>)>,
    /// Where each record ends, for each file.
    ends: [Vec<usize>; 2],
    files: Vec<PathBuf>,
    contents: Vec<Vec<u8>>,
}

const PAYLOADS: [&[u8]; 5] = [
    b"first",
    b"second entry",
    b"",
    b"fourth",
    b"the fifth entry",
];
const REMOVED: [u64; 2] = [0, 2];

fn settings() -> Settings {
    let mut settings = Settings::new(1 << 20);
    // The first three.
    settings.segment_bytes = (HEADER + 3 * RECORD_HEADER + 17) as u64;
    settings
}

impl Small {
    fn new() -> Self {
        let (directory, path) = place();
        let mut spool = DiskSpool::open(&path, settings()).unwrap();
        let mut kept = Vec::new();
        for payload in PAYLOADS {
            kept.push((spool.append(payload).unwrap(), payload.to_vec()));
        }
        for ticket in REMOVED {
            spool.remove(Ticket(ticket)).unwrap();
        }
        kept.retain(|(ticket, _)| !REMOVED.contains(&ticket.0));
        drop(spool);
        let ends = |payloads: &[&[u8]]| {
            let mut end = HEADER;
            let lengths = payloads.iter().map(|payload| {
                end += RECORD_HEADER + payload.len();
                end
            });
            lengths.collect()
        };
        let mut paths = files(&path, ".segment");
        paths.extend(files(&path, ".removed"));
        paths.extend(files(&path, ".lock"));
        assert_eq!(paths.len(), 4, "{paths:?}");
        Self {
            _directory: directory,
            path,
            kept,
            ends: [ends(&PAYLOADS[..3]), ends(&PAYLOADS[3..])],
            contents: paths.iter().map(|path| fs::read(path).unwrap()).collect(),
            files: paths,
        }
    }

    /// Lays the files out as they were, but for one, and opens the spool.
    fn open_with(&self, file: usize, bytes: &[u8]) -> DiskSpool {
        let _ = fs::remove_dir_all(&self.path);
        fs::create_dir(&self.path).unwrap();
        for (index, path) in self.files.iter().enumerate() {
            let is_changed = index == file;
            let contents = if is_changed {
                bytes
            } else {
                &self.contents[index]
            };
            fs::write(path, contents).unwrap();
        }
        DiskSpool::open(&self.path, settings()).unwrap()
    }

    /// The entries, but for those of a file's records that do not hold.
    fn kept_if(&self, file: usize, holds: impl Fn(usize) -> bool) -> Vec<(Ticket, Vec<u8>)> {
        let is_there = |ticket: Ticket| {
            let index = usize::try_from(ticket.0).unwrap();
            let (of, record) = if index < 3 {
                (0, index)
            } else {
                (1, index - 3)
            };
            of != file || holds(record)
        };
        let kept = self.kept.iter();
        kept.filter(|(ticket, _)| is_there(*ticket))
            .cloned()
            .collect()
    }

    /// Checks what is there, that it is there after another start, and that the spool works on.
    fn check(&self, mut spool: DiskSpool, expected: &[(Ticket, Vec<u8>)], least: u64, what: &str) {
        assert_eq!(entries(&mut spool), expected, "{what}");
        assert_eq!(spool.recovered(), expected.len() as u64, "{what}");
        drop(spool);
        let mut spool = reopen(&self.path);
        assert_eq!(entries(&mut spool), expected, "{what}, opened again");
        let ticket = spool.append(b"behind").unwrap();
        assert!(ticket.0 >= least, "{what}: a ticket was given again");
        let mut expected = expected.to_vec();
        expected.push((ticket, b"behind".to_vec()));
        assert_eq!(entries(&mut spool), expected, "{what}, appended to");
        drop(spool);
        let mut spool = reopen(&self.path);
        assert_eq!(entries(&mut spool), expected, "{what}, opened at last");
        for (ticket, _) in expected {
            spool.remove(ticket).unwrap();
        }
        assert_eq!(entries(&mut spool), [], "{what}, emptied");
    }
}

fn reopen(path: &Path) -> DiskSpool {
    DiskSpool::open(path, settings()).unwrap()
}

#[test]
fn a_spool_cut_at_any_byte_keeps_what_is_before_and_says_what_it_dropped() {
    let small = Small::new();
    for file in 0..2 {
        for length in 0..small.contents[file].len() {
            let what = format!("file {file} cut to {length}");
            let spool = small.open_with(file, &small.contents[file][..length]);
            let expected = small.kept_if(file, |record| small.ends[file][record] <= length);
            let whole = length == 0 || length == HEADER || small.ends[file].contains(&length);
            let recovery = spool.recovery();
            assert_eq!(recovery.is_whole(), whole, "{what}: {recovery}");
            if !whole {
                let ends = small.ends[file].iter().rev().copied();
                let start = ends.chain([HEADER, 0]).find(|end| *end < length).unwrap();
                assert_eq!(recovery.damage_count, 1, "{what}");
                let damage = &recovery.damage[0];
                assert_eq!(damage.cause, Cause::Torn, "{what}");
                assert_eq!(damage.file, small.files[file], "{what}");
                assert_eq!(damage.offset, start as u64, "{what}");
                assert_eq!(damage.bytes, (length - start) as u64, "{what}");
            }
            // Where entries are missing without a trace, nobody knows of their tickets.
            small.check(spool, &expected, 3, &what);
        }
    }
}

#[test]
fn a_spool_with_any_bit_flipped_loses_one_entry_at_most_and_says_which() {
    let small = Small::new();
    for file in 0..2 {
        for bit in 0..small.contents[file].len() * 8 {
            let what = format!("file {file} with bit {bit} flipped");
            let mut bytes = small.contents[file].clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let spool = small.open_with(file, &bytes);
            let hit = if bit / 8 < HEADER {
                None
            } else {
                small.ends[file].iter().position(|end| bit / 8 < *end)
            };
            let expected = small.kept_if(file, |record| hit != Some(record));
            let recovery = spool.recovery();
            assert_eq!(recovery.damage_count, 1, "{what}");
            let damage = &recovery.damage[0];
            let end = hit.map_or(HEADER, |record| small.ends[file][record]);
            assert_eq!(damage.file, small.files[file], "{what}");
            assert_eq!(damage.offset + damage.bytes, end as u64, "{what}");
            assert!(damage.offset <= (bit / 8) as u64, "{what}");
            assert_eq!(recovery.dropped_bytes, damage.bytes, "{what}");
            assert!(recovery.to_string().contains("dropped"), "{recovery}");
            small.check(spool, &expected, 5, &what);
        }
    }
}

#[test]
fn an_entry_missing_between_others_is_counted_as_lost() {
    let small = Small::new();
    // The second of the first file; the one before and the one behind were removed.
    let mut bytes = small.contents[0].clone();
    bytes[small.ends[0][0]] ^= 1;
    let spool = small.open_with(0, &bytes);
    assert_eq!(spool.recovery().lost_entries, 1);
    // The first of it was removed: nothing is lost with it.
    let mut bytes = small.contents[0].clone();
    bytes[HEADER] ^= 1;
    let spool = small.open_with(0, &bytes);
    assert_eq!(spool.recovery().lost_entries, 0);
}

#[test]
fn removals_cut_at_any_byte_bring_back_no_other_entry() {
    let small = Small::new();
    for length in 0..small.contents[2].len() {
        let what = format!("removals cut to {length}");
        let spool = small.open_with(2, &small.contents[2][..length]);
        assert_eq!(spool.recovery().is_whole(), length % REMOVAL == 0, "{what}");
        small.check(
            spool,
            &small.with_removals(|index| (index + 1) * REMOVAL <= length),
            5,
            &what,
        );
    }
}

#[test]
fn removals_with_any_bit_flipped_bring_back_no_other_entry() {
    let small = Small::new();
    for bit in 0..small.contents[2].len() * 8 {
        let what = format!("removals with bit {bit} flipped");
        let mut bytes = small.contents[2].clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let spool = small.open_with(2, &bytes);
        let causes = spool.recovery().damage.iter().map(|damage| damage.cause);
        assert_eq!(causes.collect::<Vec<_>>(), [Cause::Removal], "{what}");
        let expected = small.with_removals(|index| index != bit / 8 / REMOVAL);
        small.check(spool, &expected, 5, &what);
    }
}

#[test]
fn a_mark_with_any_byte_changed_or_cut_at_any_byte_is_a_mark() {
    let small = Small::new();
    let mark = &small.contents[3];
    for byte in 0..mark.len() {
        let mut bytes = mark.clone();
        bytes[byte] ^= 0xff;
        let spool = small.open_with(3, &bytes);
        assert!(spool.recovery().is_whole());
        drop(spool);
        let mut spool = small.open_with(3, &mark[..byte]);
        assert_eq!(entries(&mut spool), small.kept);
    }
}

impl Small {
    /// The entries that are there when of the removals those hold.
    fn with_removals(&self, holds: impl Fn(usize) -> bool) -> Vec<(Ticket, Vec<u8>)> {
        let entries = (0..).zip(PAYLOADS);
        let is_removed = |ticket: u64| {
            let index = REMOVED.iter().position(|removed| *removed == ticket);
            index.is_some_and(&holds)
        };
        entries
            .filter(|(ticket, _)| !is_removed(*ticket))
            .map(|(ticket, payload)| (Ticket(ticket), payload.to_vec()))
            .collect()
    }
}
