use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::{Clock, Label};

#[test]
fn a_label_gives_source_and_time_back() {
    let clock = Clock::new();
    for at in [
        clock.monotonic + Duration::from_millis(1_234),
        clock.monotonic - Duration::from_millis(4),
    ] {
        let mut entry = clock.label("front door", at);
        entry.extend(b"bytes");
        let mut names = HashSet::new();
        let (Label { source, at: read }, bytes) = clock.read(&entry, &mut names).unwrap();
        assert_eq!((&*source, bytes), ("front door", &b"bytes"[..]));
        assert_eq!(read, at);
    }
}

#[test]
fn entries_of_one_source_share_its_name() {
    let clock = Clock::new();
    let entry = clock.label("front door", Instant::now());
    let mut names = HashSet::new();
    let first = clock.read(&entry, &mut names).unwrap().0.source;
    let second = clock.read(&entry, &mut names).unwrap().0.source;
    assert!(std::sync::Arc::ptr_eq(&first, &second));
}

#[test]
fn a_cut_or_foreign_entry_is_refused() {
    let clock = Clock::new();
    let entry = clock.label("front door", Instant::now());
    let mut names = HashSet::new();
    for length in 0..entry.len() {
        assert!(
            clock.read(&entry[..length], &mut names).is_err(),
            "{length}"
        );
    }
    let mut foreign = entry;
    foreign[0] += 1;
    assert!(clock.read(&foreign, &mut names).is_err());
}

#[test]
fn a_time_beyond_this_clock_is_taken_for_its_start() {
    let clock = Clock::new();
    let mut entry = clock.label("front door", Instant::now());
    entry[1..9].copy_from_slice(&0_u64.to_le_bytes());
    let read = clock.read(&entry, &mut HashSet::new()).unwrap().0.at;
    assert!(read <= clock.monotonic);
}
