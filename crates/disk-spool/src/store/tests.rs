mod crashes;
mod disk;
mod faults;

use std::time::Duration;

use creel_testkit::Gate;

use crate::{Durability, Settings};

use super::Store;
use disk::Disk;

/// Small segments, so that a few entries make several.
fn settings(durability: Durability) -> Settings {
    Settings {
        segment_bytes: 200,
        durability,
        ..Settings::new(1 << 20)
    }
}

fn open(disk: &Disk, durability: Durability) -> Store<Disk> {
    Store::open(disk.clone(), settings(durability)).unwrap()
}

/// All entries, in the order in which they are read.
fn entries(store: &mut Store<Disk>) -> Vec<(u64, Vec<u8>)> {
    let mut entries: Vec<(u64, Vec<u8>)> = Vec::new();
    while let Some(entry) = store
        .next(entries.last().map(|(ticket, _)| *ticket))
        .unwrap()
    {
        entries.push(entry);
    }
    entries
}

#[test]
fn a_thread_makes_durable_what_nothing_is_appended_behind() {
    let disk = Disk::default();
    let mut store = open(&disk, Durability::Every(Duration::from_millis(1)));
    store.append(b"alone").unwrap();
    disk.wait_until_durable();
    let lost = disk.after_power_loss(&mut fastrand::Rng::with_seed(1));
    let mut store = open(&lost, Durability::Never);
    assert_eq!(entries(&mut store), [(0, b"alone".to_vec())]);
}

/// A spool with an entry that its thread waits for the disk with.
fn held() -> (Disk, Store<Disk>, Gate) {
    let disk = Disk::default();
    let mut store = open(&disk, Durability::Every(Duration::from_millis(1)));
    let gate = disk.hold_syncs();
    store.append(b"held").unwrap();
    gate.wait_until_reached(1);
    (disk, store, gate)
}

#[test]
fn an_append_does_not_wait_for_the_thread_that_waits_for_the_disk() {
    let (disk, mut store, gate) = held();
    for _ in 0..100 {
        store.append(&[1; 50]).unwrap();
    }
    assert!(!disk.is_durable());
    gate.open();
}

#[test]
fn a_flush_waits_for_what_the_thread_waits_for() {
    let (disk, mut store, gate) = held();
    let (about_to_flush, is_about_to) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            about_to_flush.send(()).unwrap();
            store.flush().unwrap();
            assert!(disk.is_durable(), "the flush did not wait for the thread");
        });
        is_about_to.recv().unwrap();
        gate.open();
    });
}

#[test]
fn an_end_makes_durable_what_is_not_yet() {
    for durability in [Durability::EachAppend, Durability::Every(Duration::MAX)] {
        let disk = Disk::default();
        let mut store = open(&disk, durability);
        store.append(b"one").unwrap();
        let ticket = store.append(b"two").unwrap();
        store.remove(ticket).unwrap();
        drop(store);
        assert!(disk.is_durable(), "{durability:?}");
    }
}

#[test]
fn the_limit_holds_at_every_instant() {
    let disk = Disk::default();
    let limit_bytes = 1_000;
    let limited = Settings {
        limit_bytes,
        ..settings(Durability::Never)
    };
    disk.expect_at_most(limit_bytes);
    let mut random = fastrand::Rng::with_seed(3);
    let mut store = Store::open(disk.clone(), limited).unwrap();
    let mut kept: Vec<u64> = Vec::new();
    let mut refused = 0;
    for step in 0..3_000 {
        if step % 300 == 299 {
            store = Store::open(disk.clone(), limited).unwrap();
        }
        if random.bool() || kept.is_empty() {
            let before = (disk.files(), disk.bytes());
            match store.append(&vec![1; random.usize(0..120)]) {
                Ok(ticket) => kept.push(ticket),
                Err(_) => {
                    refused += 1;
                    assert_eq!((disk.files(), disk.bytes()), before, "it left something");
                }
            }
        } else {
            let first = random.usize(0..kept.len().min(3));
            store.remove(kept.remove(first)).unwrap();
        }
        assert_eq!(store.bytes(), disk.bytes());
        assert!(store.bytes() <= limit_bytes);
        assert_eq!(store.len(), kept.len());
    }
    assert!(refused > 100, "the limit was met {refused} times");
}

#[test]
fn a_spool_that_empties_is_as_large_as_at_its_start() {
    let disk = Disk::default();
    let mut store = open(&disk, Durability::Never);
    for _ in 0..1_000 {
        let ticket = store.append(&[1; 100]).unwrap();
        store.remove(ticket).unwrap();
    }
    assert!(disk.bytes() <= 2 * 200, "{} bytes", disk.bytes());
    assert!(disk.files() <= 2);
}
