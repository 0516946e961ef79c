//! Items in JSON and prompts: whatever stands in a file, it is read to its end, can be passed over, and can be fed again.

#![no_main]

mod reading;

use std::io::Cursor;

use creel_items::{Items, JsonLines, Prompts};
use libfuzzer_sys::fuzz_target;

/// Nothing is in it.
const NOWHERE: &str = "/nonexistent";

fuzz_target!(|input: (bool, &[u8])| {
    let (is_json, text) = input;
    if is_json {
        check(text, |text| JsonLines::new(text, NOWHERE));
    } else {
        check(text, Prompts::new);
    }
});

fn check<I: Items>(text: &[u8], items: impl Fn(Cursor<Vec<u8>>) -> I) {
    let items = |text: &[u8]| items(Cursor::new(text.to_vec()));
    let originals = reading::read_and_passed(items(text), items(text), text);
    if reading::can_be_moved(text) {
        let again = originals.joined();
        originals.compare(items(&again));
    }
}
