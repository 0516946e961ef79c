//! Folders that are closed, and removed when there are too many.

use std::time::Duration;

use super::*;

/// Three records, each in a folder of its own.
fn three_folders() -> (Memory, Cabinet) {
    let rotation = Rotation {
        size: NonZeroU64::new(1),
        ..Rotation::default()
    };
    let disk = Memory::default();
    let mut cabinet = open(&disk, rotation);
    for number in 0..3 {
        write(&mut cabinet, number, None).unwrap();
    }
    cabinet.flush().unwrap();
    (disk, cabinet)
}

#[test]
fn a_limit_removes_whole_folders_and_the_oldest_first() {
    let disk = Memory::default();
    let rotation = Rotation {
        keep: NonZeroU64::new(5_000),
        ..Rotation::default()
    };
    let mut cabinet = open(&disk, rotation);
    for number in 0..200 {
        write(&mut cabinet, number, Some(100)).unwrap();
        assert!(disk.bytes() <= 5_000, "{} bytes", disk.bytes());
    }
    cabinet.flush().unwrap();
    let keys = cabinet.keys().unwrap();
    assert!(keys.len() > 20, "{keys:?}");
    let numbers: Vec<usize> = keys.iter().map(|key| key.parse().unwrap()).collect();
    assert_eq!(numbers.last(), Some(&199));
    assert!(
        numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]),
        "{numbers:?}"
    );
}

#[test]
fn a_folder_is_closed_once_its_first_record_is_old_restarts_or_not() {
    let every = |every| Rotation {
        every: Some(every),
        ..Rotation::default()
    };
    let hour = Duration::from_secs(3_600);
    let disk = Memory::default();
    for (age, folders) in [(Duration::ZERO, 1), (hour / 2, 1), (hour, 2)] {
        disk.set_age(age);
        let mut cabinet = open(&disk, every(hour));
        write(&mut cabinet, folders, Some(1)).unwrap();
        drop(cabinet);
        assert_eq!(disk.folders().unwrap().len(), folders, "{age:?}");
    }
    disk.set_age(Duration::ZERO);
    let mut cabinet = open(&disk, every(Duration::ZERO));
    for number in 0..3 {
        write(&mut cabinet, number, None).unwrap();
    }
    assert_eq!(disk.folders().unwrap().len(), 5, "each in its own");
}

#[test]
fn what_is_removed_while_it_is_read_was_too_much_and_is_passed_over() {
    let (disk, mut cabinet) = three_folders();
    let mut read = Vec::new();
    let shown = cabinet.each(|document| {
        read.push(serde_json::from_slice::<serde_json::Value>(document)?);
        let _ = disk.folder("000002").remove("0001.json");
        Ok(())
    });
    shown.unwrap();
    let numbers: Vec<_> = read.iter().map(|document| &document["number"]).collect();
    assert_eq!(numbers, [0, 2]);
    let directory = tempfile::tempdir().unwrap();
    let gone = crate::folder::Directory::new(directory.path().join("000001"));
    assert_eq!(Documents::of(Arc::new(gone)).unwrap().files, [""; 0]);
}

#[test]
fn a_power_failure_while_a_limit_removes_leaves_no_document_without_its_picture() {
    let rotation = Rotation {
        keep: NonZeroU64::new(600),
        ..Rotation::default()
    };
    for after in 20..220 {
        let disk = Memory::default();
        let mut cabinet = open(&disk, rotation);
        disk.crash_after(after);
        let mut durable = None;
        for number in 0..40 {
            if write(&mut cabinet, number, Some(10)).is_ok() && cabinet.flush().is_ok() {
                durable = Some(number as u64);
            }
        }
        for seed in 0..4 {
            let disk = disk.after_power_loss(seed);
            // Without the limit, which would remove it after all.
            let mut cabinet = open(&disk, Rotation::default());
            let mut numbers = Vec::new();
            let shown = cabinet.each(|document| {
                let document: serde_json::Value = serde_json::from_slice(document)?;
                numbers.push(document["number"].as_u64().unwrap());
                Ok(())
            });
            shown.unwrap();
            assert!(
                numbers.last().copied() >= durable,
                "{numbers:?} {durable:?}"
            );
            assert!(
                numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]),
                "{numbers:?}"
            );
            let names = disk.names();
            for document in names.iter().filter_map(|name| name.strip_suffix(".json")) {
                assert!(names.contains(&format!("{document}.jpg")), "{names:?}");
            }
        }
    }
}

#[test]
fn a_folder_of_records_that_lost_its_marker_is_named_and_others_are_not() {
    let (disk, _cabinet) = three_folders();
    for name in ["000007", "20260101"] {
        disk.folder(name).make().unwrap();
    }
    disk.folder("20260101").create("1.json").unwrap();
    disk.folder("000007").create("notes.txt").unwrap();
    disk.folder("000002").remove(drawers::MARKER).unwrap();
    assert_eq!(drawers::unmarked(&disk).unwrap(), ["000002"]);
    assert_eq!(drawers::numbers(&disk).unwrap(), [1, 3]);
    disk.folder("000002").create(drawers::MARKER).unwrap();
    assert_eq!(drawers::numbers(&disk).unwrap(), [1, 2, 3]);
}
