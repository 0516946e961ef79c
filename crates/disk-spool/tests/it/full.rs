//! A file system without room, and files that may not grow.

use std::path::Path;
use std::process::Command;

use creel_core::Spool;
use creel_core::port::{SpoolError, Ticket};
use creel_disk_spool::{DiskSpool, Settings};
use creel_testkit::{SmallDisk, contract};

use crate::{durabilities, entries, place};

/// A file system in memory with little room, if this process may mount one.
fn small_disk(kib: usize) -> Option<SmallDisk> {
    let disk = SmallDisk::mount(kib);
    if disk.is_none() {
        println!("skipped: this process may not mount a small file system");
    }
    disk
}

/// Fills a spool, empties it and fills it again: what was acknowledged is there, and room that was made is used.
fn fill_and_empty(path: &Path, settings: Settings) {
    let mut spool = DiskSpool::open(path, settings).unwrap();
    let entry = |number: usize| vec![number as u8; 10_000];
    let mut number = 0;
    for round in 0..3 {
        let mut kept = Vec::new();
        let error = loop {
            match spool.append(&entry(number)) {
                Ok(ticket) => kept.push((ticket, entry(number))),
                Err(error) => break error,
            }
            number += 1;
            assert!(number < 1_000, "the disk is not small");
        };
        assert!(matches!(error, SpoolError::StorageFull(_)), "{error:?}");
        contract::error(&error);
        let said = std::error::Error::source(&error).unwrap().to_string();
        assert!(
            said.contains("disk") && said.contains("frames.spool"),
            "{said}"
        );
        assert!(kept.len() > 10, "round {round}: {} fit", kept.len());
        assert_eq!(entries(&mut spool), kept, "round {round}");

        drop(spool);
        spool = DiskSpool::open(path, settings).unwrap();
        assert!(spool.recovery().is_whole(), "{}", spool.recovery());
        assert_eq!(entries(&mut spool), kept, "round {round}, opened again");
        for (ticket, _) in &kept {
            spool.remove(*ticket).unwrap();
        }
    }
}

#[test]
fn a_full_disk_is_no_room_and_the_spool_works_on_once_there_is_some() {
    for durability in durabilities() {
        let Some(disk) = small_disk(512) else {
            return;
        };
        let mut settings = Settings::new(1 << 30);
        settings.segment_bytes = 50_000;
        settings.durability = durability;
        fill_and_empty(&disk.path().join("frames.spool"), settings);
    }
}

#[test]
fn a_disk_that_others_have_filled_to_the_last_byte_gives_its_backlog() {
    let Some(disk) = small_disk(512) else {
        return;
    };
    let mut settings = Settings::new(1 << 30);
    settings.segment_bytes = 50_000;
    let mut spool = DiskSpool::open(disk.path().join("frames.spool"), settings).unwrap();
    let kept: Vec<(Ticket, Vec<u8>)> = (0..20)
        .map(|number| {
            let entry = vec![number; 10_000];
            (spool.append(&entry).unwrap(), entry)
        })
        .collect();
    let others = disk.path().join("others");
    // It ends when the disk is full.
    assert!(std::fs::write(&others, vec![1; 1 << 20]).is_err());
    let error = spool.append(&[1; 10_000]).unwrap_err();
    assert!(matches!(error, SpoolError::StorageFull(_)), "{error:?}");
    drop(spool);
    let mut spool = DiskSpool::open(disk.path().join("frames.spool"), settings).unwrap();
    assert_eq!(entries(&mut spool), kept);
    for (ticket, _) in &kept {
        spool.remove(*ticket).unwrap();
    }
    spool.append(b"there is room again").unwrap();
}

const PLACE: &str = "CREEL_DISK_SPOOL_FULL_PLACE";

/// Not a test of its own: the process below, whose files may have 256 blocks of 512 or 1024 bytes.
#[test]
#[ignore = "runs where files may not grow"]
fn meets_the_longest_file_that_it_may_write() {
    let Some(path) = std::env::var_os(PLACE) else {
        return;
    };
    let mut spool = DiskSpool::open(path, Settings::new(1 << 30)).unwrap();
    let mut kept = Vec::new();
    // Each of these fits into a file of its own, and only some into one.
    for number in 0..50 {
        let entry = vec![number; 50_000];
        kept.push((spool.append(&entry).unwrap(), entry));
    }
    let error = spool.append(&[1; 300_000]).unwrap_err();
    assert!(matches!(error, SpoolError::StorageFull(_)), "{error:?}");
    assert_eq!(entries(&mut spool), kept);
    spool.append(b"fits").unwrap();
}

#[test]
fn a_limit_on_the_length_of_files_is_met_with_more_files() {
    let (_directory, path) = place();
    let program = std::env::current_exe().unwrap();
    let output = Command::new("sh")
        .arg("-c")
        // A signal that is ignored stays so in the program that takes the shell's place.
        .arg("trap '' XFSZ; ulimit -f 256; exec \"$0\" --exact full::meets_the_longest_file_that_it_may_write --ignored")
        .arg(program)
        .env(PLACE, &path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}
