use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use creel_core::Spool;
use creel_core::port::Ticket;
use creel_disk_spool::{DiskSpool, OpenError, Settings};
use creel_testkit::contract;

use crate::{entries, files, open, place};

fn refused(path: &Path) -> OpenError {
    let error = DiskSpool::open(path, Settings::new(1 << 20)).unwrap_err();
    contract::error(&error);
    assert!(
        error.to_string().contains(path.to_str().unwrap()),
        "it does not name the place: {error}"
    );
    error
}

#[test]
fn a_folder_with_other_things_is_refused_and_left_as_it_is() {
    let (directory, _) = place();
    let photograph = directory.path().join("photograph.jpg");
    fs::write(&photograph, b"mine").unwrap();
    let error = refused(directory.path());
    assert!(matches!(error, OpenError::NotASpool { .. }), "{error:?}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    assert_eq!(fs::read(&photograph).unwrap(), b"mine");
}

#[test]
fn a_spool_that_has_lost_its_mark_is_one_unless_other_things_are_with_it() {
    let (_directory, path) = place();
    open(&path).append(b"entry").unwrap();
    fs::remove_file(&files(&path, ".lock")[0]).unwrap();
    assert_eq!(entries(&mut open(&path)), [(Ticket(0), b"entry".to_vec())]);
    fs::remove_file(&files(&path, ".lock")[0]).unwrap();
    fs::write(path.join("photograph.jpg"), b"mine").unwrap();
    let error = refused(&path);
    assert!(matches!(error, OpenError::NotASpool { .. }), "{error:?}");
}

#[test]
fn a_file_is_refused_and_left_as_it_is() {
    let (_directory, path) = place();
    fs::write(&path, b"mine").unwrap();
    let error = refused(&path);
    assert!(matches!(error, OpenError::NotASpool { .. }), "{error:?}");
    assert_eq!(fs::read(&path).unwrap(), b"mine");
}

#[test]
fn a_folder_that_cannot_be_made_is_named_with_the_one_that_is_missing() {
    let (directory, _) = place();
    let missing = directory.path().join("no").join("frames.spool");
    let error = refused(&missing);
    assert!(
        matches!(&error, OpenError::MissingDirectory { directory: parent, .. } if parent.ends_with("no")),
        "{error:?}"
    );
}

#[test]
fn an_empty_folder_becomes_a_spool_and_other_files_in_a_spool_are_left_alone() {
    let (_directory, path) = place();
    fs::create_dir(&path).unwrap();
    open(&path).append(b"entry").unwrap();
    let notes = path.join("notes.txt");
    fs::write(&notes, b"mine").unwrap();
    fs::create_dir(path.join("00000000000000000009-0123456789abcdef.segment")).unwrap();
    let mut spool = open(&path);
    assert_eq!(entries(&mut spool), [(Ticket(0), b"entry".to_vec())]);
    assert!(spool.recovery().is_whole());
    spool.remove(Ticket(0)).unwrap();
    spool.append(b"entry").unwrap();
    assert_eq!(fs::read(&notes).unwrap(), b"mine");
}

#[test]
fn a_later_format_is_refused_and_left_as_it_is() {
    let (_directory, path) = place();
    open(&path).append(b"entry").unwrap();
    let segment = &files(&path, ".segment")[0];
    let mut bytes = fs::read(segment).unwrap();
    // The version, and the check that goes with it: CRC-32 is linear, so a flip changes both by what it changes in any.
    bytes[8] = 2;
    let name = segment.file_name().unwrap().to_str().unwrap();
    let (first, rest) = name.split_once('-').unwrap();
    let marker = u64::from_str_radix(rest.strip_suffix(".segment").unwrap(), 16).unwrap();
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&first.parse::<u64>().unwrap().to_le_bytes());
    hasher.update(&marker.to_le_bytes());
    hasher.update(&bytes[..12]);
    let check = hasher.finalize().to_le_bytes();
    bytes[12..16].copy_from_slice(&check);
    fs::write(segment, &bytes).unwrap();
    let error = refused(&path);
    assert!(
        matches!(error, OpenError::Version { found: 2, .. }),
        "{error:?}"
    );
    assert_eq!(fs::read(segment).unwrap(), bytes);
}

#[test]
fn settings_that_hold_nothing_are_refused_before_anything_is_made() {
    let (_directory, path) = place();
    for (limit_bytes, segment_bytes) in [(0, 100), (100, 0)] {
        let mut settings = Settings::new(limit_bytes);
        settings.segment_bytes = segment_bytes;
        let error = DiskSpool::open(&path, settings).unwrap_err();
        assert!(matches!(error, OpenError::Settings { .. }), "{error:?}");
        contract::error(&error);
        assert!(!path.exists());
    }
}

#[test]
fn a_spool_is_open_once_in_a_process() {
    let (_directory, path) = place();
    let spool = open(&path);
    let error = refused(&path);
    let this = std::process::id();
    assert!(
        matches!(error, OpenError::InUse { holder: Some(holder), .. } if holder == this),
        "{error:?}"
    );
    drop(spool);
    open(&path);
}

const PLACE: &str = "CREEL_DISK_SPOOL_OPEN_PLACE";

/// Not a test of its own: the process that has the spool open in the test below.
#[test]
#[ignore = "holds a spool for another test"]
fn holds_a_spool_until_its_input_ends() {
    let Some(path) = std::env::var_os(PLACE) else {
        return;
    };
    let _spool = open(Path::new(&path));
    println!("\nopen");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[test]
fn a_spool_that_another_process_has_open_is_refused_with_its_number() {
    let (_directory, path) = place();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "open::holds_a_spool_until_its_input_ends"])
        .args(["--ignored", "--nocapture"])
        .env(PLACE, &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "open"));
    let error = refused(&path);
    assert!(
        matches!(error, OpenError::InUse { holder: Some(holder), .. } if holder == child.id()),
        "{error:?}"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    open(&path);
}

#[test]
fn a_spool_that_is_smaller_than_before_gives_what_it_has_and_takes_nothing_yet() {
    let (_directory, path) = place();
    let mut spool = open(&path);
    let tickets: Vec<Ticket> = (0..10)
        .map(|_| spool.append(&[1; 1_000]).unwrap())
        .collect();
    drop(spool);
    let mut spool = DiskSpool::open(&path, Settings::new(5_000)).unwrap();
    assert_eq!(spool.recovered(), 10);
    let error = spool.append(b"no").unwrap_err();
    contract::error(&error);
    let said = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        said.contains("5000") && said.contains("frames.spool"),
        "{said}"
    );
    for ticket in tickets {
        spool.remove(ticket).unwrap();
    }
    spool.append(b"yes").unwrap();
}
