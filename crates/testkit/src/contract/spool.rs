//! What a spool promises.

use std::error::Error as _;

use creel_core::Spool;
use creel_core::port::{SpoolError, Ticket};

/// Checks that entries come back whole and in order, stay until they are removed, and outlive a restart.
///
/// `open` opens the spool at one place, empty at first; the one before is dropped by then.
///
/// # Panics
/// When the spool breaks its contract.
pub fn spool<S: Spool>(mut open: impl FnMut() -> S) {
    let mut spool = open();
    assert_eq!(spool.recovered(), 0, "a fresh spool recovers entries");
    assert_eq!(entries(&mut spool), [], "a fresh spool has entries");

    let payloads: Vec<Vec<u8>> = vec![
        b"first".to_vec(),
        Vec::new(),
        (0..=255).collect(),
        b"a line\nand another\r\n\0".to_vec(),
        vec![7; 200_000],
    ];
    let mut kept: Vec<(Ticket, Vec<u8>)> = Vec::new();
    for payload in &payloads {
        let ticket = spool.append(payload).expect("a spool takes an entry");
        assert!(
            kept.last().is_none_or(|(last, _)| *last < ticket),
            "a later entry has no greater ticket"
        );
        kept.push((ticket, payload.clone()));
    }
    for _ in 0..2 {
        assert_eq!(
            entries(&mut spool),
            kept,
            "the entries are not those appended, in order, or reading removed some"
        );
    }
    assert_eq!(spool.recovered(), 0, "recovered counts entries of this run");

    let (removed, _) = kept.remove(1);
    for _ in 0..2 {
        spool.remove(removed).expect("an entry is removed");
        assert_eq!(
            entries(&mut spool),
            kept,
            "a removal took other entries, or none"
        );
    }
    let behind = spool.next(Some(removed)).expect("a spool is read");
    assert_eq!(
        behind.as_ref(),
        kept.get(1),
        "the entry behind a removed one is not the next"
    );
    drop(spool);

    let mut spool = open();
    assert_eq!(
        spool.recovered(),
        kept.len() as u64,
        "the entries recovered are not those that were left"
    );
    assert_eq!(
        entries(&mut spool),
        kept,
        "the entries after a restart are not those that were left"
    );
    let ticket = spool.append(b"later").expect("a spool takes an entry");
    kept.push((ticket, b"later".to_vec()));
    assert_eq!(
        entries(&mut spool),
        kept,
        "an entry appended after a restart is not behind the others"
    );
    for (ticket, _) in &kept {
        spool.remove(*ticket).expect("an entry is removed");
    }
    assert_eq!(entries(&mut spool), [], "removed entries are still there");
    drop(spool);

    let mut spool = open();
    assert_eq!(spool.recovered(), 0, "removed entries are recovered");
    let later = spool.append(b"last").expect("a spool takes an entry");
    assert!(
        ticket < later,
        "a spool that was empty at its restart gives old tickets again"
    );
    spool.remove(later).expect("an entry is removed");
}

/// Checks that a spool without room says so, keeps nothing of the entry, and goes on once others are removed.
///
/// `spool` is empty and has little room; `entry` fits into it several times.
///
/// # Panics
/// When the spool breaks its contract, or takes 100,000 entries.
pub fn spool_out_of_room<S: Spool>(mut spool: S, entry: &[u8]) {
    for _ in 0..3 {
        let mut kept = entries(&mut spool);
        let error = loop {
            assert!(kept.len() < 100_000, "the spool never runs out of room");
            match spool.append(entry) {
                Ok(ticket) => kept.push((ticket, entry.to_vec())),
                Err(error) => break error,
            }
        };
        assert!(
            matches!(error, SpoolError::NoRoom(_)),
            "a full spool does not say so: {error:?}"
        );
        assert!(error.is_transient(), "no room is not said to be transient");
        assert!(
            error.source().is_some(),
            "a spool's error has no cause: {error:?}"
        );
        super::error(&error);
        assert_eq!(
            entries(&mut spool),
            kept,
            "an entry that did not fit left something"
        );
        assert!(kept.len() > 1, "not even two entries fit into the spool");
        for (ticket, _) in kept {
            spool.remove(ticket).expect("an entry is removed");
        }
    }
}

/// Checks that an entry which no spool of this size can take is told from one for which there is no room yet.
///
/// `spool` is empty and bounded; `entry` fits into it, and `too_large` would not even if it were alone.
///
/// # Panics
/// When the spool breaks its contract.
pub fn spool_too_small<S: Spool>(mut spool: S, entry: &[u8], too_large: &[u8]) {
    let ticket = spool.append(entry).expect("a spool takes an entry");
    let error = spool
        .append(too_large)
        .expect_err("an entry larger than the spool is taken");
    assert!(
        matches!(error, SpoolError::TooLarge(_)),
        "a spool smaller than the entry does not say so: {error:?}"
    );
    super::error(&error);
    assert_eq!(
        entries(&mut spool),
        [(ticket, entry.to_vec())],
        "an entry that was too large left something"
    );
}

fn entries(spool: &mut impl Spool) -> Vec<(Ticket, Vec<u8>)> {
    let mut entries: Vec<(Ticket, Vec<u8>)> = Vec::new();
    while let Some(entry) = spool
        .next(entries.last().map(|(ticket, _)| *ticket))
        .expect("a spool is read")
    {
        assert!(
            entries.last().is_none_or(|(last, _)| *last < entry.0),
            "the next entry is not behind the one before"
        );
        entries.push(entry);
    }
    entries
}
