//! What somebody else has put beside the results.

use std::fs;
use std::num::NonZeroU64;
use std::path::Path;

use creel_core::{BoxError, Context, Sink};
use creel_file_sink::{JsonLines, Leaf, RecordFiles, Rotation, parts, remove_parts};

use crate::{append, directory, flush, record, recovered, write};

/// Much more than may be kept.
const LARGE: [u8; 4_000] = [b'x'; 4_000];

/// A limit that removes what is older than a few records.
fn limit() -> Rotation {
    Rotation {
        keep: NonZeroU64::new(1_000),
        ..Rotation::default()
    }
}

/// A record that fills a folder of its own.
fn leaf(number: &u32) -> Result<Leaf<'_>, BoxError> {
    Ok(Leaf {
        name: format!("{number:04}"),
        document: format!("\"{number:098}\"").into_bytes(),
        picture: None,
    })
}

/// Writes records into a folder, of which most are removed again.
fn fill(path: &Path) {
    let mut sink = RecordFiles::open(path, leaf).unwrap();
    sink.rotate(limit()).unwrap();
    for number in 0..30 {
        sink.write(&number, &Context::new()).unwrap();
    }
    sink.flush().unwrap();
}

fn folders(path: &Path) -> Vec<String> {
    let mut folders: Vec<String> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    folders.sort();
    folders
}

#[test]
fn files_with_dates_are_neither_parts_nor_removed() {
    let (directory, path) = directory();
    let dated = ["20260101", "202601", "000001", "000003"]
        .map(|date| directory.path().join(format!("results.{date}.jsonl")));
    for file in &dated {
        fs::write(file, LARGE).unwrap();
    }
    let mut sink: JsonLines = append(&path);
    sink.rotate(limit()).unwrap();
    for number in 0..100 {
        write(&mut sink, number).unwrap();
    }
    flush(&mut sink).unwrap();
    drop(sink);
    let parts = parts(&path).unwrap();
    assert!(!parts.is_empty());
    for file in &dated {
        assert_eq!(fs::read(file).unwrap(), LARGE);
        assert!(!parts.contains(file), "{parts:?}");
    }
    // What is read is what the sink has written, and no part's number was anybody else's.
    let mut sink: JsonLines = append(&path);
    let found = recovered(&mut sink);
    let first = 100 - found.len();
    let written: Vec<String> = (first..100).map(|number| record(number).id).collect();
    assert!(first > 0 && found == written, "{found:?}");
    drop(sink);
    remove_parts(&path).unwrap();
    let names = fs::read_dir(directory.path()).unwrap();
    assert_eq!(names.count(), dated.len() + 1, "theirs and the open file");
}

#[test]
fn folders_that_no_rotation_has_made_stay_as_they_are() {
    let (directory, _) = directory();
    let path = directory.path().join("answers");
    for folder in ["20260101", "000001", "000003"] {
        let folder = path.join(folder);
        fs::create_dir_all(folder.join("more")).unwrap();
        for file in [
            "notes.txt",
            "0001.jpg",
            "0001.json",
            ".0002.json.creel-part",
        ] {
            fs::write(folder.join(file), LARGE).unwrap();
        }
    }
    fs::write(path.join("000002"), "a file").unwrap();
    fill(&path);
    for folder in ["20260101", "000001", "000003"] {
        let entries = fs::read_dir(path.join(folder)).unwrap();
        assert_eq!(entries.count(), 5, "{folder}");
    }
    assert!(!path.join("20260102").exists());
    assert!(!path.join("000004").exists(), "the limit removes its own");
    assert!(folders(&path).len() > 4, "{:?}", folders(&path));
}

#[test]
fn of_a_folder_that_is_removed_stays_what_somebody_has_put_there() {
    let (directory, _) = directory();
    let path = directory.path().join("answers");
    drop({
        let mut sink = RecordFiles::open(&path, leaf).unwrap();
        sink.rotate(limit()).unwrap();
        sink
    });
    fs::write(path.join("000001").join("notes.txt"), "mine").unwrap();
    fs::create_dir(path.join("000001").join("more")).unwrap();
    fs::write(path.join("000001").join("more").join("7.json"), "7").unwrap();
    fill(&path);
    let mut left: Vec<_> = fs::read_dir(path.join("000001"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["more", "notes.txt"]);
    let more = path.join("000001").join("more").join("7.json");
    assert_eq!(fs::read_to_string(more).unwrap(), "7");
    assert!(!path.join("000002").exists(), "it is the next oldest");
    // Nobody takes it for a folder of records again.
    fill(&path);
    assert_eq!(fs::read_dir(path.join("000001")).unwrap().count(), 2);
}
