use proptest::prelude::*;

use super::*;

const NAME: Name = Name {
    first: 7,
    marker: 0x0123_4567_89ab_cdef,
};

/// A segment with these payloads.
fn segment(payloads: &[&[u8]]) -> Vec<u8> {
    let mut bytes = NAME.header().to_vec();
    for (ticket, payload) in (NAME.first..).zip(payloads) {
        bytes.extend(NAME.record_header(ticket, payload));
        bytes.extend(*payload);
    }
    bytes
}

/// The tickets that are found, and the damage as its offset, length and flaw.
fn scan(bytes: &[u8]) -> (Vec<u64>, Vec<(usize, usize, Flaw)>) {
    let (mut tickets, mut damage) = (Vec::new(), Vec::new());
    for found in Scan::new(NAME, bytes, 0) {
        match found {
            Found::Entry(entry) => tickets.push(entry.ticket),
            Found::Damage {
                offset,
                bytes,
                flaw,
            } => damage.push((offset, bytes, flaw)),
            Found::Foreign(version) => panic!("version {version}"),
        }
    }
    (tickets, damage)
}

#[test]
fn a_name_is_read_back_and_no_other_spelling_of_it() {
    for kind in [Kind::Segment, Kind::Removals] {
        assert_eq!(Name::parse(&NAME.file(kind)), Some((NAME, kind)));
    }
    for other in [
        "7-0123456789abcdef.segment",
        "00000000000000000007-0123456789ABCDEF.segment",
        "00000000000000000007-+123456789abcdef.segment",
        "00000000000000000007-0123456789abcdef.segments",
        "00000000000000000007-0123456789abcdef",
        "99999999999999999999-0123456789abcdef.segment",
        "creel-spool.lock",
        "",
    ] {
        assert_eq!(Name::parse(other), None, "{other}");
    }
}

#[test]
fn a_changed_payload_costs_its_own_entry() {
    let mut bytes = segment(&[b"one", b"two", b"three"]);
    let second = HEADER_BYTES + RECORD_HEADER_BYTES + 3;
    bytes[second + RECORD_HEADER_BYTES] ^= 1;
    let damage = (second, RECORD_HEADER_BYTES + 3, Flaw::Payload(8));
    assert_eq!(scan(&bytes), (vec![7, 9], vec![damage]));
}

#[test]
fn a_changed_header_costs_its_own_entry() {
    let mut bytes = segment(&[b"one", b"two", b"three"]);
    let second = HEADER_BYTES + RECORD_HEADER_BYTES + 3;
    // The length: nothing that follows from it is believed.
    bytes[second + 18] = 0xff;
    let damage = (second, RECORD_HEADER_BYTES + 3, Flaw::Unreadable);
    assert_eq!(scan(&bytes), (vec![7, 9], vec![damage]));
}

#[test]
fn a_payload_that_holds_records_of_another_segment_stays_a_payload() {
    let other = Name {
        marker: NAME.marker + 1,
        ..NAME
    };
    let mut copy = other.record_header(8, b"copy").to_vec();
    copy.extend(b"copy");
    let mut bytes = segment(&[&copy, b"two"]);
    // The header before the payload: its bytes are searched for the next record.
    bytes[HEADER_BYTES + 20] ^= 1;
    let damage = (
        HEADER_BYTES,
        RECORD_HEADER_BYTES + copy.len(),
        Flaw::Unreadable,
    );
    assert_eq!(scan(&bytes), (vec![8], vec![damage]));
}

#[test]
fn a_record_that_stands_there_twice_is_one_entry() {
    let mut bytes = segment(&[b"one"]);
    bytes.extend_from_within(HEADER_BYTES..);
    let length = RECORD_HEADER_BYTES + 3;
    let damage = (HEADER_BYTES + length, length, Flaw::OutOfOrder(7));
    assert_eq!(scan(&bytes), (vec![7], vec![damage]));
}

#[test]
fn zeros_behind_the_records_are_dropped() {
    let mut bytes = segment(&[b"one"]);
    let end = bytes.len();
    bytes.extend([0; 100]);
    assert_eq!(scan(&bytes), (vec![7], vec![(end, 100, Flaw::Unreadable)]));
}

#[test]
fn a_later_version_is_told_from_a_damaged_header() {
    let mut bytes = segment(&[b"one"]);
    bytes[..HEADER_BYTES].copy_from_slice(&NAME.header_of(VERSION + 1));
    let found: Vec<_> = Scan::new(NAME, &bytes, 0).collect();
    assert_eq!(found, [Found::Foreign(VERSION + 1)]);
    bytes[8] ^= 1;
    assert_eq!(
        scan(&bytes),
        (vec![7], vec![(0, HEADER_BYTES, Flaw::Header)])
    );
}

proptest! {
    /// Whatever stands in a segment, every byte of it is accounted for once, and in order.
    #[test]
    fn no_byte_is_left_unaccounted_for(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        inserted in prop::option::of((any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 1..60))),
        cut in any::<prop::sample::Index>(),
    ) {
        let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
        let mut bytes = segment(&payloads);
        if let Some((at, inserted)) = inserted {
            let at = at.index(bytes.len());
            bytes.splice(at..at, inserted);
        }
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len() + 1));
        let mut position = 0;
        let mut last = None;
        for found in Scan::new(NAME, &bytes, 0) {
            let length = match found {
                Found::Entry(entry) => {
                    prop_assert!(last < Some(entry.ticket));
                    last = Some(entry.ticket);
                    if position == 0 {
                        position = HEADER_BYTES;
                    }
                    prop_assert_eq!(entry.offset, position);
                    let payload = &bytes[position + RECORD_HEADER_BYTES..][..entry.length as usize];
                    prop_assert!(payloads.contains(&payload));
                    RECORD_HEADER_BYTES + payload.len()
                }
                Found::Damage { offset, bytes, .. } => {
                    if position == 0 && offset == HEADER_BYTES {
                        position = HEADER_BYTES;
                    }
                    prop_assert_eq!(offset, position);
                    prop_assert!(bytes > 0);
                    bytes
                }
                Found::Foreign(_) => bytes.len(),
            };
            position += length;
        }
        if position == 0 && bytes.len() == HEADER_BYTES {
            position = HEADER_BYTES;
        }
        prop_assert_eq!(position, bytes.len());
    }
}
