//! A spool whose files were changed: whatever stands in them, it opens, gives its entries in order and once, the same at the next
//! start, and works on. (Which entries they must be is for the tests: the fuzzer learns to forge a checksum.)

#![no_main]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use creel_core::Spool;
use creel_core::port::Ticket;
use creel_disk_spool::{DiskSpool, OpenError, Settings};
use libfuzzer_sys::fuzz_target;

/// A sound spool with several files, which the inputs change.
struct Sound {
    path: PathBuf,
    files: Vec<(PathBuf, Vec<u8>)>,
    kept: usize,
}

static SOUND: LazyLock<Sound> = LazyLock::new(|| {
    // In memory where there is such a file system.
    let memory = Path::new("/dev/shm");
    let folder = match memory.is_dir() {
        true => memory.to_owned(),
        false => std::env::temp_dir(),
    };
    let path = folder.join(format!("creel-fuzz-{}.spool", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    let mut spool = open(&path).expect("there is room");
    for length in [5, 0, 40, 8, 28, 3, 100, 12] {
        let entry: Vec<u8> = (0..length).collect();
        spool.append(&entry).expect("there is room");
    }
    for removed in [1, 3, 6] {
        spool.remove(Ticket(removed)).expect("it is there");
    }
    let kept = spool.len();
    drop(spool);
    let files = fs::read_dir(&path).expect("the spool is there");
    let files = files
        .map(|file| file.expect("a file of the spool").path())
        .map(|file| (file.clone(), fs::read(file).expect("it can be read")))
        .collect();
    Sound { path, files, kept }
});

fn open(path: &Path) -> Result<DiskSpool, OpenError> {
    let mut settings = Settings::new(1 << 20);
    settings.segment_bytes = 150;
    DiskSpool::open(path, settings)
}

fn entries(spool: &mut DiskSpool) -> Vec<(Ticket, Vec<u8>)> {
    let mut entries: Vec<(Ticket, Vec<u8>)> = Vec::new();
    while let Some(entry) = spool
        .next(entries.last().map(|(ticket, _)| *ticket))
        .expect("a spool is read")
    {
        entries.push(entry);
    }
    entries
}

/// One change of a file: which, what, where, and with which bytes.
type Change<'a> = (u8, u8, u16, &'a [u8]);

fn change(bytes: &mut Vec<u8>, (_, kind, at, with): Change) {
    let at = usize::from(at) % (bytes.len() + 1);
    match kind % 6 {
        0 => {
            bytes.splice(at..at, with.iter().copied());
        }
        1 => {
            let end = (at + with.len()).min(bytes.len());
            bytes.splice(at..end, with.iter().copied());
        }
        2 => bytes.truncate(at),
        3 => {
            for (byte, with) in bytes[at..].iter_mut().zip(with) {
                *byte ^= with;
            }
        }
        4 => bytes.extend_from_within(at..),
        _ => {
            bytes.drain(..at);
        }
    }
}

fuzz_target!(|changes: Vec<Change>| {
    let sound = &*SOUND;
    let mut files = sound.files.clone();
    for change_of in changes.into_iter().take(8) {
        let index = usize::from(change_of.0) % files.len();
        change(&mut files[index].1, change_of);
    }
    let _ = fs::remove_dir_all(&sound.path);
    fs::create_dir(&sound.path).expect("it was removed");
    for (file, bytes) in &files {
        fs::write(file, bytes).expect("there is room");
    }

    let mut spool = match open(&sound.path) {
        Ok(spool) => spool,
        Err(OpenError::Version { .. }) => return,
        Err(error) => panic!("{error}"),
    };
    let found = entries(&mut spool);
    assert!(found.is_sorted_by(|one, other| one.0 < other.0));
    assert_eq!(spool.recovered(), found.len() as u64);
    if files == sound.files {
        assert!(spool.recovery().is_whole());
        assert_eq!(found.len(), sound.kept);
    }
    // A forged ticket may have been the last of all.
    let Ok(ticket) = spool.append(b"behind") else {
        return;
    };
    let mut all = found;
    all.push((ticket, b"behind".to_vec()));
    assert_eq!(entries(&mut spool), all);
    drop(spool);
    let mut spool = open(&sound.path).expect("it opened before");
    assert_eq!(entries(&mut spool), all);
    for (ticket, _) in all {
        spool.remove(ticket).expect("the files can be written");
    }
    drop(spool);
    let mut spool = open(&sound.path).expect("it opened before");
    assert_eq!(entries(&mut spool), []);
});
