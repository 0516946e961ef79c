//! Records that have their names before they are durable.

use std::sync::{Arc, Mutex};

use super::*;
use crate::record_files::unsynced::MARK;

/// Some records to a folder.
fn small() -> Rotation {
    Rotation {
        size: NonZeroU64::new(100),
        ..Rotation::default()
    }
}

/// The marks that are on a disk.
fn marks(disk: &Memory) -> usize {
    let names = disk.names();
    names.iter().filter(|name| name.ends_with(MARK)).count()
}

/// What the keeper would do, for the test to have it done.
type Kept = Arc<Mutex<Option<Tend>>>;

/// A folder whose keeper does nothing of its own accord.
fn open_unkept(disk: &Memory, rotation: Rotation) -> (Cabinet, Kept) {
    let mut cabinet = Cabinet::open(Arc::new(disk.clone())).unwrap();
    let kept = Kept::default();
    let keep = |tend| {
        *kept.lock().unwrap() = Some(tend);
        Ok(Keeper::inline(Box::new(|_| {})))
    };
    cabinet.rotate(rotation, keep).unwrap();
    (cabinet, kept)
}

#[test]
fn whoever_opens_a_folder_after_a_kill_makes_durable_what_it_finds_whatever_it_was_written_by() {
    for rotation in [Rotation::default(), small()] {
        let disk = Memory::default();
        let mut cabinet = open(&disk, rotation);
        cabinet.name_at_once();
        for number in 0..20 {
            write(&mut cabinet, number, Some(1)).unwrap();
        }
        let disk = disk.after_kill();
        std::mem::forget(cabinet);
        let mut cabinet = open(&disk, rotation);
        assert_eq!(cabinet.keys().unwrap().len(), 20, "they are done");
        assert_eq!(marks(&disk), 0);
        for seed in 0..32 {
            let disk = disk.after_power_loss(seed);
            let mut cabinet = open(&disk, Rotation::default());
            assert_eq!(whole_records(&disk, &mut cabinet), 20, "seed {seed}");
        }
    }
}

#[test]
fn another_folder_is_begun_without_a_word_to_the_disk_and_the_keeper_makes_the_old_ones_durable() {
    let disk = Memory::default();
    let (mut cabinet, keeping) = open_unkept(&disk, small());
    cabinet.name_at_once();
    let before = disk.syncs();
    for number in 0..20 {
        write(&mut cabinet, number, Some(1)).unwrap();
    }
    assert!(disk.folders().unwrap().len() > 4);
    assert_eq!(disk.syncs(), before);
    let folders = marks(&disk);
    let mut tend = keeping.lock().unwrap().take().unwrap();
    tend(&|| false);
    assert!(folders > 4, "{folders}");
    assert_eq!(marks(&disk), 1, "that of the folder that is written to");
    // Without the keeper, the end makes up for it.
    for number in 20..40 {
        write(&mut cabinet, number, Some(1)).unwrap();
    }
    cabinet.flush().unwrap();
    assert_eq!(marks(&disk), 0);
    for seed in 0..32 {
        let disk = disk.after_power_loss(seed);
        let mut cabinet = open(&disk, Rotation::default());
        assert_eq!(whole_records(&disk, &mut cabinet), 40, "seed {seed}");
    }
}

#[test]
fn a_limit_removes_folders_that_are_not_durable_with_their_marks() {
    let rotation = Rotation {
        keep: NonZeroU64::new(600),
        ..Rotation::default()
    };
    let disk = Memory::default();
    let (mut cabinet, kept) = open_unkept(&disk, rotation);
    cabinet.name_at_once();
    for number in 0..60 {
        write(&mut cabinet, number, Some(10)).unwrap();
    }
    assert!(marks(&disk) > 40);
    let mut tend = kept.lock().unwrap().take().unwrap();
    tend(&|| false);
    assert!(disk.folders().unwrap().len() < 20, "{:?}", disk.folders());
    assert_eq!(marks(&disk), 1, "that of the folder that is written to");
    cabinet.flush().unwrap();
    assert_eq!(marks(&disk), 0);
}

#[test]
fn a_closed_folder_that_could_not_be_made_durable_is_not_taken_for_durable_at_the_end() {
    let disk = Memory::default();
    let (mut cabinet, kept) = open_unkept(&disk, small());
    cabinet.name_at_once();
    for number in 0..20 {
        write(&mut cabinet, number, Some(1)).unwrap();
    }
    disk.fail_sync();
    let mut tend = kept.lock().unwrap().take().unwrap();
    tend(&|| false);
    assert!(cabinet.flush().is_err());
    assert!(cabinet.flush().is_err(), "however often it is asked");
    assert!(disk.names().contains(&format!("000001/{MARK}")));
}
