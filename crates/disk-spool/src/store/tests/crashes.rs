//! A crash between any two changes of the disk, and in the middle of each.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::disk::Disk;
use super::{entries, open};
use crate::Durability;
use crate::store::Store;

/// What is done to a spool.
#[derive(Clone, Debug)]
enum Step {
    Append(usize),
    /// Removes one of the entries that are there.
    Remove(prop::sample::Index),
    Flush,
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0..90_usize).prop_map(Step::Append),
        4 => any::<prop::sample::Index>().prop_map(Step::Remove),
        1 => Just(Step::Flush),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..60)
}

/// What was asked of the spool, and what it has acknowledged.
#[derive(Default)]
struct Asked {
    /// Every entry that was to be appended, acknowledged or not.
    appended: BTreeMap<u64, Vec<u8>>,
    acknowledged: BTreeSet<u64>,
    /// Every entry that was to be removed.
    removed: BTreeSet<u64>,
    removals_acknowledged: BTreeSet<u64>,
    /// What had been acknowledged when everything was durable last.
    durable: BTreeSet<u64>,
    removals_durable: BTreeSet<u64>,
}

impl Asked {
    /// Does the steps until the disk crashes or they are done.
    fn run(&mut self, disk: &Disk, durability: Durability, steps: &[Step]) {
        let mut store = Some(open(disk, durability));
        for step in steps {
            if disk.has_crashed() {
                break;
            }
            match step {
                Step::Reopen => {
                    drop(store.take());
                    match Store::open(disk.clone(), super::settings(durability)) {
                        Ok(opened) => store = Some(opened),
                        Err(_) => break,
                    }
                }
                step => self.step(store.as_mut().unwrap(), durability, step),
            }
        }
        // What was not durable is not made so by a process that was killed.
        disk.crash_after(0);
    }

    fn step(&mut self, store: &mut Store<Disk>, durability: Durability, step: &Step) {
        match step {
            Step::Append(length) => {
                let next = self.appended.last_key_value();
                let payload = vec![next.map_or(0, |(ticket, _)| *ticket as u8); *length];
                match store.append(&payload) {
                    Ok(ticket) => {
                        assert!(self.appended.keys().all(|other| *other < ticket));
                        self.appended.insert(ticket, payload);
                        self.acknowledged.insert(ticket);
                        if durability == Durability::EachAppend {
                            self.all_is_durable();
                        }
                    }
                    // The one that was being written when the process was killed.
                    Err(_) => {
                        self.appended.insert(store.next_ticket, payload);
                    }
                }
            }
            Step::Remove(index) => {
                let there: Vec<u64> = store.index.keys().copied().collect();
                if there.is_empty() {
                    return;
                }
                let ticket = *index.get(&there);
                self.removed.insert(ticket);
                if store.remove(ticket).is_ok() {
                    self.removals_acknowledged.insert(ticket);
                }
            }
            Step::Flush => {
                if store.flush().is_ok() {
                    self.all_is_durable();
                }
            }
            Step::Reopen => unreachable!("it needs the place of the store"),
        }
    }

    fn all_is_durable(&mut self) {
        self.durable.clone_from(&self.acknowledged);
        self.removals_durable
            .clone_from(&self.removals_acknowledged);
    }

    /// Compares what is found with what must be there, and with what must not.
    fn check(&self, disk: &Disk, must: &BTreeSet<u64>, must_not: &BTreeSet<u64>) {
        let mut store = open(disk, Durability::Never);
        let found = entries(&mut store);
        let tickets: BTreeSet<u64> = found.iter().map(|(ticket, _)| *ticket).collect();
        assert!(found.is_sorted_by_key(|(ticket, _)| *ticket));
        assert_eq!(tickets.len(), found.len(), "an entry is there twice");
        for (ticket, payload) in &found {
            assert_eq!(self.appended.get(ticket), Some(payload), "entry {ticket}");
        }
        for ticket in must.difference(&self.removed) {
            assert!(tickets.contains(ticket), "entry {ticket} is lost");
        }
        for ticket in must_not {
            assert!(!tickets.contains(ticket), "entry {ticket} is there again");
        }
        assert_eq!(store.recovered(), found.len() as u64);
        let next = store.append(b"behind").unwrap();
        assert!(tickets.iter().all(|ticket| *ticket < next));
        let mut all = found;
        all.push((next, b"behind".to_vec()));
        assert_eq!(entries(&mut store), all);
        drop(store);
        assert_eq!(entries(&mut open(disk, Durability::Never)), all);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn a_killed_process_leaves_what_was_acknowledged_and_nothing_twice(
        steps in steps(),
        crash in 0..200_usize,
        durability in prop_oneof![Just(Durability::Never), Just(Durability::EachAppend)],
    ) {
        let disk = Disk::default();
        let mut asked = Asked::default();
        disk.crash_after(crash);
        asked.run(&disk, durability, &steps);
        let disk = disk.after_kill();
        let last = asked.acknowledged.last().copied();
        asked.check(&disk, &asked.acknowledged, &asked.removals_acknowledged);
        let next = open(&disk, Durability::Never).append(b"later").unwrap();
        prop_assert!(last < Some(next));
    }

    #[test]
    fn a_machine_that_goes_down_leaves_what_was_durable(
        steps in steps(),
        crash in 0..200_usize,
        durability in prop_oneof![Just(Durability::Never), Just(Durability::EachAppend)],
        seed in any::<u64>(),
    ) {
        let disk = Disk::default();
        let mut asked = Asked::default();
        disk.crash_after(crash);
        asked.run(&disk, durability, &steps);
        let disk = disk.after_power_loss(&mut fastrand::Rng::with_seed(seed));
        // Where nothing waits for the disk, the deletion of a segment may be lost, and that of its removals not.
        let none = BTreeSet::new();
        let removals = match durability {
            Durability::Never => &none,
            _ => &asked.removals_durable,
        };
        asked.check(&disk, &asked.durable, removals);
    }
}
