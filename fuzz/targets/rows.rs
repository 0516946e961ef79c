//! Rows of CSV: whatever stands in a file, it is read to its end, can be passed over, and can be fed again.

#![no_main]

mod reading;

use creel_items::{Items, Rows};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &[u8])| {
    let (chooses, text) = input;
    let columns = if chooses { &["a".to_owned()][..] } else { &[] };
    let rows = |text| Rows::new(text, columns);
    let (Ok(read), Ok(passed)) = (rows(text), rows(text)) else {
        return;
    };
    let header = read.header().unwrap_or_default();
    let originals = reading::read_and_passed(read, passed, text);
    if reading::can_be_moved(text) && !header.is_empty() {
        let again = [&header[..], b"\n", &originals.joined()].concat();
        let found = rows(&again).expect("it was a header before");
        originals.compare(found);
    }
});
