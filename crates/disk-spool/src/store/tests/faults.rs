//! A disk that is full, and one that fails.

use std::io::ErrorKind;

use creel_core::port::SpoolError;

use super::disk::{Call, Disk};
use super::{entries, open};
use crate::recovery::Cause;
use crate::{Durability, Recovery};

fn assert_no_room(outcome: Result<u64, crate::fault::Fault>) {
    let error = SpoolError::from(outcome.unwrap_err());
    assert!(matches!(error, SpoolError::StorageFull(_)), "{error:?}");
    creel_testkit::contract::error(&error);
}

#[test]
fn a_full_disk_refuses_an_entry_whole_at_every_byte_of_room() {
    for room in 0..400 {
        let disk = Disk::default();
        disk.set_room(Some(room));
        let mut store = open(&disk, Durability::Never);
        let mut kept = Vec::new();
        let error = loop {
            match store.append(&[kept.len() as u8; 50]) {
                Ok(ticket) => kept.push((ticket, vec![kept.len() as u8; 50])),
                Err(error) => break error,
            }
        };
        assert_no_room(Err(error));
        assert_eq!(entries(&mut store), kept, "with room for {room}");
        let mut found = open(&disk.after_kill(), Durability::Never);
        assert_eq!(entries(&mut found), kept, "with room for {room}");
        assert!(found.recovery().is_whole(), "with room for {room}");

        disk.set_room(None);
        let ticket = store.append(b"at last").unwrap();
        kept.push((ticket, b"at last".to_vec()));
        assert_eq!(entries(&mut store), kept);
        assert_eq!(entries(&mut open(&disk, Durability::Never)), kept);
    }
}

#[test]
fn a_removal_on_a_full_disk_holds_and_is_recorded_once_there_is_room() {
    let disk = Disk::default();
    let mut store = open(&disk, Durability::Never);
    let first = store.append(b"first").unwrap();
    let second = store.append(b"second").unwrap();
    disk.set_room(Some(disk.bytes()));
    store.remove(first).unwrap();
    assert_eq!(entries(&mut store), [(second, b"second".to_vec())]);
    assert_no_room(store.flush().map(|()| 0));
    disk.set_room(None);
    store.flush().unwrap();
    let mut found = open(&disk.after_kill(), Durability::Never);
    assert_eq!(entries(&mut found), [(second, b"second".to_vec())]);
}

#[test]
fn a_full_disk_is_freed_by_removing_what_is_there() {
    let disk = Disk::default();
    let mut store = open(&disk, Durability::Never);
    let tickets: Vec<u64> = (0..10).map(|_| store.append(&[1; 80]).unwrap()).collect();
    disk.set_room(Some(disk.bytes()));
    assert_no_room(store.append(&[2; 80]));
    for ticket in tickets {
        store.remove(ticket).unwrap();
    }
    store.append(&[2; 80]).unwrap();
}

#[test]
fn a_full_disk_is_freed_of_a_file_that_holds_little_and_nothing_that_is_left() {
    let disk = Disk::default();
    let mut store = open(&disk, Durability::Never);
    let ticket = store.append(&[1; 30]).unwrap();
    store.remove(ticket).unwrap();
    disk.set_room(Some(disk.bytes()));
    store.append(&[2; 30]).unwrap();
}

#[test]
fn a_removal_that_outlived_its_entry_keeps_the_ticket_from_being_given_again() {
    let disk = Disk::default();
    let mut store = open(&disk, Durability::Never);
    store.append(b"first").unwrap();
    let last = store.append(b"second").unwrap();
    store.remove(last).unwrap();
    drop(store);
    disk.edit(".segment", |bytes| bytes.truncate(16));
    let mut store = open(&disk, Durability::Never);
    assert_eq!(entries(&mut store), []);
    assert!(store.append(b"third").unwrap() > last);
}

#[test]
fn a_cut_that_fails_ends_the_segment_and_is_made_up_for_later() {
    let disk = Disk::default();
    let mut store = open(&disk, Durability::Never);
    let first = store.append(b"first").unwrap();
    disk.fail(Call::Append, ErrorKind::Other);
    disk.fail(Call::Cut, ErrorKind::Other);
    let error = SpoolError::from(store.append(b"torn").unwrap_err());
    assert!(matches!(error, SpoolError::Failed(_)), "{error:?}");
    let second = store.append(b"second").unwrap();
    let kept = [(first, b"first".to_vec()), (second, b"second".to_vec())];
    assert_eq!(entries(&mut store), kept);
    let mut found = open(&disk, Durability::Never);
    assert_eq!(entries(&mut found), kept);
    assert!(found.recovery().is_whole(), "the torn end was cut off");
}

#[test]
fn a_removal_that_cannot_be_written_has_not_happened() {
    let disk = Disk::default();
    let mut store = open(&disk, Durability::Never);
    let ticket = store.append(b"stays").unwrap();
    disk.fail(Call::Append, ErrorKind::Other);
    disk.fail(Call::Cut, ErrorKind::Other);
    let error = SpoolError::from(store.remove(ticket).unwrap_err());
    assert!(matches!(error, SpoolError::Failed(_)), "{error:?}");
    creel_testkit::contract::error(&error);
    assert_eq!(entries(&mut store), [(ticket, b"stays".to_vec())]);
    store.remove(ticket).unwrap();
    let mut found = open(&disk, Durability::Never);
    assert_eq!(entries(&mut found), []);
    assert!(found.recovery().is_whole(), "half a removal was cut off");
}

#[test]
fn a_segment_that_cannot_be_deleted_comes_back_empty_and_goes_later() {
    let disk = Disk::default();
    let mut store = open(&disk, Durability::Never);
    let tickets: Vec<u64> = (0..3).map(|_| store.append(&[1; 150]).unwrap()).collect();
    disk.fail(Call::Remove, ErrorKind::PermissionDenied);
    store.remove(tickets[0]).unwrap();
    assert_eq!(disk.files(), 4, "three segments and a removal");
    let killed = disk.after_kill();
    let mut found = open(&killed, Durability::Never);
    assert_eq!(entries(&mut found).len(), 2);
    assert_eq!(killed.files(), 2, "a start deletes what is empty");
    store.append(&[1; 150]).unwrap();
    assert_eq!(disk.files(), 3);
}

#[test]
fn removals_that_outlived_their_segment_go_at_the_next_start() {
    let disk = Disk::default();
    let mut store = open(&disk, Durability::Never);
    let tickets: Vec<u64> = (0..3).map(|_| store.append(&[1; 60]).unwrap()).collect();
    store.remove(tickets[0]).unwrap();
    disk.crash_after(1);
    store.remove(tickets[1]).unwrap();
    let disk = disk.after_kill();
    assert_eq!(disk.files(), 2, "removals, and the segment of the third");
    assert_eq!(entries(&mut open(&disk, Durability::Never)).len(), 1);
    assert_eq!(disk.files(), 1);
}

#[test]
fn a_sync_that_fails_ends_the_spool() {
    let disk = Disk::default();
    let mut store = open(&disk, Durability::EachAppend);
    let first = store.append(b"first").unwrap();
    disk.fail(Call::Sync, ErrorKind::Other);
    for _ in 0..3 {
        let error = SpoolError::from(store.append(b"second").unwrap_err());
        assert!(matches!(error, SpoolError::Failed(_)), "{error:?}");
        creel_testkit::contract::error(&error);
    }
    assert!(store.flush().is_err());
    let kept = [(first, b"first".to_vec())];
    assert_eq!(entries(&mut store), kept, "it can still be read");
    drop(store);
    assert_eq!(entries(&mut open(&disk, Durability::Never)), kept);
}

#[test]
fn a_thread_that_cannot_sync_is_heard_of() {
    let disk = Disk::default();
    let mut store = open(
        &disk,
        Durability::Every(std::time::Duration::from_millis(1)),
    );
    disk.fail(Call::Sync, ErrorKind::Other);
    // Sooner or later the thread has met the failure; each append is taken until then.
    let error = loop {
        if let Err(error) = store.append(b"entry") {
            break SpoolError::from(error);
        }
    };
    assert!(matches!(error, SpoolError::Failed(_)), "{error:?}");
}

#[test]
fn a_read_that_fails_can_be_tried_again() {
    let disk = Disk::default();
    let mut store = open(&disk, Durability::Never);
    let ticket = store.append(b"entry").unwrap();
    disk.fail(Call::Read, ErrorKind::Other);
    let error = SpoolError::from(store.next(None).unwrap_err());
    assert!(matches!(error, SpoolError::Failed(_)), "{error:?}");
    assert_eq!(entries(&mut store), [(ticket, b"entry".to_vec())]);
}

#[test]
fn damage_that_comes_while_the_spool_is_open_costs_its_own_entry() {
    type Edit = fn(&mut Vec<u8>);
    let damage: [(Edit, Cause); 3] = [
        (
            |bytes| *bytes.last_mut().unwrap() ^= 1,
            Cause::Payload { ticket: 1 },
        ),
        (|bytes| bytes[16 + 28 + 5 + 8] ^= 1, Cause::Unreadable),
        (
            |bytes| {
                bytes.pop();
            },
            Cause::Gone { ticket: 1 },
        ),
    ];
    for (edit, cause) in damage {
        let disk = Disk::default();
        let mut store = open(&disk, Durability::Never);
        store.append(b"first").unwrap();
        store.append(b"second").unwrap();
        disk.edit(".segment", edit);
        assert_eq!(entries(&mut store), [(0, b"first".to_vec())]);
        let Recovery {
            lost_entries,
            damage,
            ..
        } = store.recovery();
        assert_eq!(*lost_entries, 1);
        let causes: Vec<Cause> = damage.iter().map(|damage| damage.cause).collect();
        assert_eq!(causes, [cause]);
        assert_eq!(store.len(), 1);
    }
}
