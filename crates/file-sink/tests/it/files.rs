use std::fs;
use std::path::Path;

use creel_core::port::SinkError;
use creel_core::{BoxError, Context, Sink};
use creel_file_sink::{Leaf, OpenError, Picture, RecordFiles};
use creel_testkit::contract;

use crate::{Record, directory, record};

/// A record whose picture is what its answer is, in letters.
fn leaf(record: &Record) -> Result<Leaf<'_>, BoxError> {
    Ok(Leaf {
        name: name(record),
        document: serde_json::to_vec(record)?,
        picture: Some(Picture {
            extension: "jpg",
            bytes: record.id.as_bytes(),
        }),
    })
}

/// The id, behind its number so that names sort as numbers do.
fn name(record: &Record) -> String {
    format!("{:04} {}", (1.0 / record.answer).round() as u32, record.id)
}

fn open(path: &Path) -> RecordFiles<Record> {
    RecordFiles::open(path, leaf).unwrap()
}

/// The records in a folder, in the order of their names, after a check of their pictures.
fn records(path: &Path) -> Vec<Record> {
    let mut files: Vec<_> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| {
            let record: Record = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
            let picture = fs::read(file.with_extension("jpg")).unwrap();
            assert_eq!(picture, record.id.as_bytes());
            record
        })
        .collect()
}

#[test]
fn a_folder_of_files_keeps_the_contract() {
    let (directory, _) = directory();
    let mut folders = 0;
    contract::sink(
        || {
            folders += 1;
            let path = directory.path().join(format!("{folders}"));
            (open(&path), move || records(&path))
        },
        record,
    );
    let path = directory.path().join("recovering");
    contract::sink_recovers(|| open(&path), record, name);
    assert_eq!(records(&path), (0..15).map(record).collect::<Vec<_>>());
}

#[test]
fn a_record_without_files_is_rejected_whole() {
    let (directory, _) = directory();
    let path = directory.path().join("answers");
    contract::sink_rejects(
        || {
            let path = path.clone();
            let sink = RecordFiles::open(&path, |record: &Record| {
                if record.id.is_empty() {
                    return Err("it has no id".into());
                }
                leaf(record)
            });
            (sink.unwrap(), move || records(&path))
        },
        record,
        &Record {
            id: String::new(),
            answer: 0.0,
        },
    );
}

#[test]
fn a_file_has_its_name_once_it_is_durable_or_at_once() {
    let (directory, _) = directory();
    let path = directory.path().join("answers");
    let mut sink = open(&path);
    sink.write(&record(0), &Context::new()).unwrap();
    assert_eq!(records(&path), []);
    sink.flush().unwrap();
    assert_eq!(records(&path), [record(0)]);
    drop(sink);

    let mut sink = open(&path).named_at_once();
    sink.write(&record(1), &Context::new()).unwrap();
    assert_eq!(records(&path), [record(0), record(1)]);
}

#[test]
fn two_sinks_never_write_to_one_folder_and_a_file_is_none() {
    let (directory, path) = directory();
    let folder = directory.path().join("answers");
    let _first = open(&folder);
    let error = RecordFiles::open(&folder, leaf).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
    fs::write(&path, "").unwrap();
    let error = RecordFiles::open(&path, leaf).unwrap_err();
    assert!(matches!(error, OpenError::IsFile { .. }), "{error:?}");
    contract::error(&error);
}

#[test]
fn somebody_elses_document_is_named_and_left_as_it_is() {
    let (directory, _) = directory();
    let path = directory.path().join("answers");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("package.json"), "{}").unwrap();
    let mut sink = open(&path);
    let error = sink.each_found(|_: Record| {}).unwrap_err();
    assert!(matches!(error, SinkError::Failed(_)), "{error:?}");
    contract::error(&error);
    drop(sink);
    assert_eq!(fs::read_to_string(path.join("package.json")).unwrap(), "{}");
}
