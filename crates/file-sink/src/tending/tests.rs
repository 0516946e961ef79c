use std::cell::Cell;
use std::num::NonZeroU64;
use std::sync::Arc;

use super::*;
use crate::memory::Memory;

/// A file with so many closed parts of 100 bytes.
fn parts(count: u64) -> Parts {
    let parts = Parts::new(Arc::new(Memory::default()), "results.jsonl");
    for number in 1..=count {
        let mut part = parts.folder().create(&parts.plain(number)).unwrap();
        part.write_all(&[b' '; 100]).unwrap();
        parts.give(number).unwrap();
    }
    parts
}

fn rotation(keep: Option<u64>) -> Rotation {
    Rotation {
        size: NonZeroU64::new(100),
        compress: true,
        keep: keep.and_then(NonZeroU64::new),
        ..Rotation::default()
    }
}

/// The numbers of the parts that are compressed, and of those that are not.
fn forms(parts: &Parts) -> [Vec<u64>; 2] {
    let list = parts.list().unwrap();
    [true, false].map(|form| {
        let of_form = list.iter().filter(|part| part.is_compressed == form);
        of_form.map(|part| part.number).collect()
    })
}

#[test]
fn a_backlog_is_left_between_two_parts_and_taken_up_at_the_next_start() {
    let parts = parts(5);
    let asked = Cell::new(0);
    let is_leaving = || asked.replace(asked.get() + 1) == 2;
    tend(&parts, &rotation(None), &is_leaving);
    assert_eq!(forms(&parts), [vec![1, 2], vec![3, 4, 5]]);
    tidy(&parts).unwrap();
    tend(&parts, &rotation(None), &|| false);
    assert_eq!(forms(&parts), [vec![1, 2, 3, 4, 5], vec![]]);
}

#[test]
fn what_is_too_much_is_removed_and_not_compressed_and_there_is_always_time_for_that() {
    for is_leaving in [true, false] {
        let parts = parts(5);
        tend(&parts, &rotation(Some(400)), &|| is_leaving);
        assert_eq!(parts.numbers().unwrap(), [3, 4, 5], "{is_leaving}");
        assert_eq!(forms(&parts)[0].is_empty(), is_leaving);
    }
}

#[test]
fn a_part_is_removed_once_the_name_of_its_copy_is_durable_whoever_gave_it() {
    let disk = Memory::default();
    let parts = Parts::new(Arc::new(disk.clone()), "results.jsonl");
    parts.give(1).unwrap();
    for name in [parts.plain(1), parts.compressed(1)] {
        parts.folder().create(&name).unwrap().sync().unwrap();
        if name == parts.plain(1) {
            parts.folder().sync().unwrap();
        }
    }
    // The process that has named the copy was killed.
    tidy(&parts).unwrap();
    assert_eq!(forms(&parts), [vec![1], vec![]]);
    for seed in 0..16 {
        let disk = disk.after_power_loss_without_journal(seed);
        let parts = Parts::new(Arc::new(disk), "results.jsonl");
        assert_eq!(parts.numbers().unwrap(), [1]);
    }
}
