use std::fs;
use std::path::Path;

use creel_core::port::SinkError;
use creel_core::{Context, Sink};
use creel_file_sink::{JsonLines, OpenError, TextLines};
use creel_testkit::contract;
use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::{Record, append, directory, flush, record, records, recovered, write};

/// Opens a file with these bytes and writes a record behind them; gives what is there then, and what was cut.
fn reopen(path: &Path, bytes: &[u8]) -> (Vec<Record>, u64) {
    fs::write(path, bytes).unwrap();
    let mut sink = append(path);
    let found = recovered(&mut sink);
    write(&mut sink, 99).unwrap();
    flush(&mut sink).unwrap();
    let torn_bytes = sink.torn_bytes();
    let records = records(path);
    let keys: Vec<_> = records.iter().map(|record| record.id.clone()).collect();
    assert_eq!(keys[..keys.len() - 1], found);
    (records, torn_bytes)
}

fn whole(count: usize) -> Vec<u8> {
    let (_directory, path) = directory();
    let mut sink = JsonLines::create(&path).unwrap();
    for number in 0..count {
        write(&mut sink, number).unwrap();
    }
    fs::read(path).unwrap()
}

#[test]
fn a_file_that_ends_at_any_byte_is_its_whole_records_and_a_counted_rest() {
    let (_directory, path) = directory();
    let bytes = whole(4);
    for length in 0..=bytes.len() {
        let cut = &bytes[..length];
        // The record is there once its last brace is, with its newline or without.
        let mut expected: Vec<_> = (0..4)
            .filter(|number| {
                let end = bytes
                    .iter()
                    .enumerate()
                    .filter(|(_, byte)| **byte == b'\n')
                    .nth(*number);
                end.unwrap().0 <= length
            })
            .map(record)
            .collect();
        let kept: usize = expected
            .iter()
            .map(|record| serde_json::to_string(record).unwrap().len() + 1)
            .sum();
        expected.push(record(99));
        let (found, torn_bytes) = reopen(&path, cut);
        assert_eq!(found, expected, "cut at {length}");
        assert_eq!(torn_bytes, length.saturating_sub(kept) as u64);
    }
}

#[test]
fn zeros_behind_a_torn_record_are_cut_off_with_it() {
    let (_directory, path) = directory();
    let bytes = whole(2);
    let second = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for length in [second, second + 5, bytes.len() - 1] {
        for zeros in [1, 70_000] {
            let torn = [&bytes[..length], &vec![0; zeros]].concat();
            let (found, torn_bytes) = reopen(&path, &torn);
            assert_eq!(found, [record(0), record(99)]);
            assert_eq!(torn_bytes, (length - second + zeros) as u64);
        }
    }
}

#[test]
fn a_torn_record_longer_than_any_buffer_is_cut_off() {
    let (_directory, path) = directory();
    let torn = [&whole(1), &b"{\"id\":\""[..], &vec![b'x'; 300_000]].concat();
    let (found, torn_bytes) = reopen(&path, &torn);
    assert_eq!(found, [record(0), record(99)]);
    assert_eq!(torn_bytes, 300_007);
}

#[test]
fn a_number_without_its_newline_may_be_torn() {
    let (_directory, path) = directory();
    fs::write(&path, "1\n12").unwrap();
    let sink = JsonLines::append(&path, |number: u64| Some(number.to_string()));
    assert_eq!(sink.unwrap().torn_bytes(), 2);
    assert_eq!(fs::read_to_string(&path).unwrap(), "1\n");
}

#[test]
fn any_json_that_stops_early_is_torn() {
    let (_directory, path) = directory();
    let line = r#"{"a":[-12.5e+10,0.5E-3,true,false,null,{"\u00e9\"\n":""}],"b":{},"ü":[[]]}"#;
    for length in 1..line.len() {
        fs::write(&path, &line.as_bytes()[..length]).unwrap();
        let sink = JsonLines::append(&path, crate::id);
        assert_eq!(sink.unwrap().torn_bytes(), length as u64);
    }
}

#[test]
fn a_file_that_is_not_json_lines_is_left_as_it_is() {
    let (_directory, path) = directory();
    for notes in [
        "Dear diary",
        "{\"id\": \"a\"}\nfn main() {}\n\n",
        "{\"id\": \"a\"}\n{\"id\": \n",
        "{\"id\": \"a\"}\nfrom here on: notes",
        "{\"id\": \"a\"} {\"id\": \"b\"}",
        "[1, 2]]",
    ] {
        fs::write(&path, notes).unwrap();
        let error = JsonLines::append(&path, crate::id).unwrap_err();
        assert!(matches!(error, OpenError::NotJsonLines { .. }), "{error:?}");
        contract::error(&error);
        assert!(error.to_string().contains("results.jsonl"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), notes);
    }
}

#[test]
fn a_foreign_line_is_named_by_its_number_when_keys_are_read() {
    let (_directory, path) = directory();
    for foreign in ["{\"key\":1}", "\u{0}\u{0}", "}"] {
        let text = format!("{{\"id\":\"a\"}}\n\n{foreign}\n{{\"id\":\"b\"}}\n \n");
        fs::write(&path, text).unwrap();
        let mut sink = append(&path);
        let error = Sink::<Record>::recovered(&mut sink).unwrap_err();
        assert!(matches!(error, SinkError::Failed(_)), "{error:?}");
        contract::error(&error);
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(
            cause.starts_with("line 3 of ") && cause.contains("results.jsonl"),
            "{cause}"
        );
    }
}

#[test]
fn a_line_without_end_is_an_error_and_takes_no_memory() {
    let (_directory, path) = directory();
    let lines = format!("{}\n{{\"id\":\"a\"}}\n", "x".repeat(64 << 20));
    fs::write(&path, lines).unwrap();
    let mut sink = append(&path);
    let error = Sink::<Record>::recovered(&mut sink).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.starts_with("line 1 of "), "{cause}");
}

#[test]
fn the_longest_record_that_can_be_written_can_be_read() {
    let (_directory, path) = directory();
    let mut sink = JsonLines::create(&path).unwrap();
    let long = format!("\"{}\"", "x".repeat((64 << 20) - 3));
    let long = RawValue::from_string(long).unwrap();
    sink.write(&long, &Context::new()).unwrap();
    sink.write(&"short", &Context::new()).unwrap();
    drop(sink);
    let mut lines = 0;
    let count = move |_: IgnoredAny| {
        lines += 1;
        Some(lines.to_string())
    };
    let mut sink = JsonLines::append(&path, count).unwrap();
    assert_eq!(recovered(&mut sink), ["1", "2"]);
}

#[test]
fn a_record_without_a_key_is_not_recovered() {
    let (_directory, path) = directory();
    fs::write(&path, "{\"id\":\"a\"}\n{\"id\":\"b\"}\n").unwrap();
    let sink = JsonLines::append(&path, |id: crate::Id| (id.id == "b").then_some(id.id));
    assert_eq!(recovered(&mut sink.unwrap()), ["b"]);
}

proptest! {
    #[test]
    fn any_text_comes_back_as_one_line(ids in prop::collection::vec(any::<String>(), 0..10)) {
        let (_directory, path) = directory();
        let mut sink = JsonLines::create(&path).unwrap();
        for id in &ids {
            let record = Record { id: id.clone(), answer: 0.5 };
            sink.write(&record, &Context::new()).unwrap();
        }
        drop(sink);
        prop_assert_eq!(fs::read(&path).unwrap().iter().filter(|byte| **byte == b'\n').count(), ids.len());
        prop_assert_eq!(recovered(&mut append(&path)), ids);
    }
}

#[test]
fn a_line_of_text_without_its_newline_is_cut_off() {
    let (_directory, path) = directory();
    let context = Context::new();
    fs::write(&path, "a,1\n\nb,2\nc,").unwrap();
    let mut sink = TextLines::reopen(&path).unwrap();
    let mut found = Vec::new();
    sink.each_found(|line| found.push(line.to_owned())).unwrap();
    assert_eq!(found, ["a,1", "b,2"]);
    sink.write(&"c,\n3".to_owned(), &context).unwrap();
    sink.flush().unwrap();
    let error = TextLines::reopen(&path).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
    drop(sink);
    assert_eq!(fs::read_to_string(&path).unwrap(), "a,1\n\nb,2\nc, 3\n");
}
