use std::fs;
use std::num::NonZeroU64;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use creel_core::{Context, Sink};
use creel_file_sink::Rotation;
use serde_json::{Value, json};

use super::Table;
use crate::record::{Id, Key, Record, Status};

fn record(index: u64, outcome: Result<Value, &str>) -> Record {
    let (answer, error) = match outcome {
        Ok(answer) => (answer.as_object().cloned(), None),
        Err(error) => (None, Some(error.to_owned())),
    };
    Record {
        key: Key::Item {
            index,
            id: Id::Text(format!("n,{index}")),
        },
        captured_at: None,
        status: if answer.is_some() {
            Status::Answered
        } else {
            Status::Failed
        },
        answer,
        error,
        latency_ms: None,
        original: None,
        picture: None,
    }
}

fn write(table: &mut Table, index: u64, outcome: Result<Value, &str>) {
    let record = record(index, outcome);
    table.write(&record, &Context::new()).unwrap();
}

fn path(folder: &tempfile::TempDir) -> std::path::PathBuf {
    folder.path().join("results.csv")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn each_element_has_a_column_that_the_first_answer_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder);
    let mut table = Table::create(&path).unwrap();
    write(&mut table, 0, Err("said \"no\",\ntwice"));
    write(&mut table, 1, Ok(json!({"class": [2], "p": [[0.5, 1e-3]]})));
    write(&mut table, 2, Err("gone"));
    write(&mut table, 3, Ok(json!({"class": [2]})));
    drop(table);
    assert_eq!(
        read(&path),
        concat!(
            "index,id,class,p_0,p_1,error\n",
            "0,\"n,0\",,,,\"said \"\"no\"\", twice\"\n",
            "1,\"n,1\",2,0.5,0.001,\n",
            "2,\"n,2\",,,,gone\n",
            "3,\"n,3\",,,,the answer has other columns: class\n",
        )
    );
}

#[test]
fn a_table_goes_on_behind_its_last_whole_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder);
    fs::write(&path, "index,id,class,error\n0,a,1,\n2,c,,gone\n1,b,").unwrap();
    let mut table = Table::reopen(&path).unwrap();
    let done = table.done().unwrap();
    assert_eq!((done.recorded(), done.failed()), (2, 1));
    assert!(done.contains(0) && done.has_failed(2) && !done.contains(1));
    write(&mut table, 1, Ok(json!({"class": [7]})));
    drop(table);
    assert_eq!(
        read(&path),
        "index,id,class,error\n0,a,1,\n2,c,,gone\n1,\"n,1\",7,\n"
    );
}

#[test]
fn a_table_without_any_answer_still_says_what_has_failed() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder);
    let mut table = Table::create(&path).unwrap();
    write(&mut table, 0, Err("gone"));
    drop(table);
    assert_eq!(read(&path), "index,id,error\n0,\"n,0\",gone\n");
}

#[test]
fn a_table_without_any_answer_gets_its_columns_from_a_later_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder);
    let failed = "index,id,error\n0,\"n,0\",gone\n2,c,\"gone, too\"\n";
    fs::write(&path, failed).unwrap();
    let reopened = || {
        let mut table = Table::reopen(&path).unwrap();
        let done = table.done().unwrap();
        assert_eq!((done.recorded(), done.failed()), (2, 2));
        table
    };
    drop(reopened());
    assert_eq!(read(&path), failed);
    let mut table = reopened();
    write(&mut table, 1, Ok(json!({"class": [7]})));
    drop(table);
    assert_eq!(
        read(&path),
        "index,id,class,error\n0,\"n,0\",,gone\n2,c,,\"gone, too\"\n1,\"n,1\",7,\n"
    );
}

#[test]
fn rows_before_the_first_answer_are_written_once_and_no_file_is_closed_among_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder);
    let mut table = Table::reopen(&path).unwrap();
    table.done().unwrap();
    let rotation = Rotation {
        size: NonZeroU64::new(30),
        ..Rotation::default()
    };
    table.rotate(rotation).unwrap();
    let mut files = Vec::new();
    for index in 0..5 {
        write(&mut table, index, Err("gone"));
        table.flush().unwrap();
        assert_eq!(read(&path).lines().count(), 2 + index as usize);
        files.push(fs::metadata(&path).unwrap().ino());
    }
    assert!(
        files.iter().all(|file| *file == files[0]),
        "a file of its own for each flush"
    );
    write(&mut table, 5, Ok(json!({"class": [7]})));
    write(&mut table, 6, Err("gone"));
    drop(table);
    let header = "index,id,class,error\n";
    let early = (0..5).map(|index| format!("{index},\"n,{index}\",,gone\n"));
    let closed = folder.path().join("results.000001.csv");
    assert_eq!(
        read(&closed),
        header.to_owned() + &early.collect::<String>()
    );
    let closed = folder.path().join("results.000002.csv");
    assert_eq!(read(&closed), format!("{header}5,\"n,5\",7,\n"));
    assert_eq!(read(&path), format!("{header}6,\"n,6\",,gone\n"));
}

#[test]
fn a_table_that_is_gone_on_with_reads_its_columns_and_no_closed_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder);
    let header = "index,id,class,error\n";
    fs::write(folder.path().join("results.000001.csv"), "unreadable").unwrap();
    for (earlier, later) in [
        (
            format!("{header}0,a,7,\n"),
            format!("{header}0,a,7,\n1,\"n,1\",,gone\n"),
        ),
        (String::new(), "index,id,error\n1,\"n,1\",gone\n".to_owned()),
    ] {
        fs::write(&path, earlier).unwrap();
        let mut table = Table::reopen(&path).unwrap();
        table.go_on().unwrap();
        write(&mut table, 1, Err("gone"));
        drop(table);
        assert_eq!(read(&path), later);
    }
}

#[test]
fn another_table_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder);
    for content in ["name,age\n1,2\n", "index,id,class,error\nMary,1,2,\n"] {
        fs::write(&path, content).unwrap();
        Table::reopen(&path).unwrap().done().unwrap_err();
        assert_eq!(read(&path), content);
    }
}
