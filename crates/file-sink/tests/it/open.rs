use std::fs;

use creel_file_sink::{JsonLines, OpenError};
use creel_testkit::contract;

use crate::{Record, append, directory, id, record, records, recovered, write};

#[test]
fn create_empties_what_was_there_and_append_goes_on_behind_it() {
    let (_directory, path) = directory();
    write(&mut JsonLines::create(&path).unwrap(), 0).unwrap();
    write(&mut JsonLines::create(&path).unwrap(), 1).unwrap();
    assert_eq!(records(&path), [record(1)]);
    write(&mut append(&path), 2).unwrap();
    assert_eq!(records(&path), [record(1), record(2)]);
}

#[test]
fn a_record_is_in_the_file_before_any_flush() {
    let (_directory, path) = directory();
    let mut sink = JsonLines::create(&path).unwrap();
    write(&mut sink, 0).unwrap();
    assert_eq!(records(&path), [record(0)]);
}

#[test]
fn the_records_that_were_there_are_shown_in_their_order() {
    let (_directory, path) = directory();
    let mut sink = append(&path);
    for number in 0..3 {
        write(&mut sink, number).unwrap();
    }
    drop(sink);
    let mut sink = JsonLines::reopen(&path).unwrap();
    write(&mut sink, 3).unwrap();
    let mut shown = Vec::new();
    sink.each_found(|record: Record| shown.push(record))
        .unwrap();
    assert_eq!(shown, [record(0), record(1), record(2)]);
    let foreign = sink.each_found(|_: u64| {}).unwrap_err();
    contract::error(&foreign);
}

#[test]
fn a_missing_directory_is_named() {
    let (directory, _) = directory();
    let path = directory.path().join("runs/today/results.jsonl");
    for error in [
        JsonLines::create(&path).unwrap_err(),
        JsonLines::append(&path, id).unwrap_err(),
    ] {
        let OpenError::MissingDirectory { directory, .. } = &error else {
            panic!("{error:?}")
        };
        assert!(directory.ends_with("runs/today"));
        assert!(error.to_string().contains("make it first"), "{error}");
        contract::error(&error);
    }
}

#[test]
fn a_directory_is_no_file() {
    let (directory, _) = directory();
    for error in [
        JsonLines::create(directory.path()).unwrap_err(),
        JsonLines::append(directory.path(), id).unwrap_err(),
    ] {
        assert!(matches!(error, OpenError::IsDirectory { .. }), "{error:?}");
        contract::error(&error);
    }
}

#[test]
fn a_path_through_a_file_is_an_error_that_names_it() {
    let (_directory, path) = directory();
    fs::write(&path, "").unwrap();
    let error = JsonLines::create(path.join("results.jsonl")).unwrap_err();
    assert!(matches!(error, OpenError::Failed { .. }), "{error:?}");
    assert!(error.to_string().contains("results.jsonl/results.jsonl"));
    contract::error(&error);
}

#[test]
fn two_sinks_never_write_to_one_file() {
    let (_directory, path) = directory();
    let mut first = JsonLines::create(&path).unwrap();
    write(&mut first, 0).unwrap();
    for error in [
        JsonLines::create(&path).unwrap_err(),
        JsonLines::append(&path, id).unwrap_err(),
    ] {
        assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
        contract::error(&error);
    }
    assert_eq!(records(&path), [record(0)]);
    drop(first);
    assert_eq!(recovered(&mut append(&path)), [record(0).id]);
}

#[test]
#[cfg(unix)]
fn a_named_pipe_is_written_to_as_it_is() {
    use std::io::{BufRead, BufReader};

    let (directory, _) = directory();
    let path = directory.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let reader = path.clone();
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(fs::File::open(reader).unwrap()).lines();
        lines.map(Result::unwrap).collect::<Vec<_>>()
    });
    let mut sink = append(&path);
    write(&mut sink, 0).unwrap();
    crate::flush(&mut sink).unwrap();
    assert!(recovered(&mut sink).is_empty());
    drop(sink);
    assert_eq!(reader.join().unwrap().len(), 1);
}
