//! Whatever stands in an input, it is read to its end.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use creel_core::{Context, Source};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{BadItem, Content, Format, Input, of_batch, told};
use crate::done::Done;
use crate::record::Status;
use crate::rejects::Rejects;

/// What an item is, wherever it stands, and what of it would go to the rejects.
#[derive(Debug, PartialEq)]
struct Read {
    index: u64,
    what: Value,
    original: Vec<u8>,
}

/// Pieces of lines; a byte order mark and a bare carriage return mean something else at another place, and are left out.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"\"",
        b",",
        b"\n",
        b"\n",
        b"\r\n",
        b"1.5",
        b"-2e3",
        b"7,8",
        b"a",
        b" ",
        b"\xff",
        b"{",
        b"}",
        b"[1,2]",
        b"{\"features\":[1,2]}",
        b"{\"id\":7,\"prompt\":\"x\"}",
        b"\"y\"",
        b"{\"custom_id\":\"a\",\"url\":\"/v1\",\"body\":{}}",
        b"\\",
        b"\0",
    ];
    proptest::collection::vec(proptest::sample::select(pieces), 0..40)
        .prop_map(|pieces| pieces.concat())
}

/// Reads what comes behind so many items; `None` where nothing can be read at all.
fn read(path: &Path, format: Format, done: u64) -> Option<Vec<Read>> {
    let input = Input::open(&[path.to_owned()], Some(format), &[]).ok()?;
    let mut passed = Done::default();
    (0..done).for_each(|index| passed.insert(index, Status::Answered));
    let mut input = input.after(Arc::new(passed), Arc::new(Rejects::nowhere()));
    let mut items = Vec::new();
    loop {
        let (index, what, original) = match input.next(&Context::new()) {
            Ok(None) => return Some(items),
            Ok(Some(item)) => {
                let Content::Payload(payload) = item.content else {
                    panic!("nothing is to be encoded");
                };
                (of_batch(&item.key).0, told(payload), item.original)
            }
            Err(error) => {
                let bad = BadItem::of(&error).expect("the input can be read");
                let what = json!(bad.problem.to_string());
                (of_batch(&bad.key).0, what, bad.original.clone())
            }
        };
        items.push(Read {
            index,
            what,
            original: original.expect("no line is too long").to_vec(),
        });
    }
}

fn write(folder: &tempfile::TempDir, content: &[u8]) -> PathBuf {
    let path = folder.path().join("input");
    fs::write(&path, content).unwrap();
    path
}

proptest! {
    #[test]
    fn whatever_stands_in_an_input_can_be_passed_over_and_fed_again(
        content in content(),
        format in proptest::sample::select(vec![Format::Csv, Format::Jsonl, Format::Text]),
        done in 0..8_u64,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let header: &[u8] = if format == Format::Csv { b"a,b\n" } else { b"" };
        let path = write(&folder, &[header, &content].concat());
        let Some(items) = read(&path, format, 0) else {
            return Ok(());
        };
        let indexes: Vec<u64> = items.iter().map(|item| item.index).collect();
        let expected: Vec<u64> = (0..items.len() as u64).collect();
        prop_assert_eq!(indexes, expected);

        let done = done.min(items.len() as u64);
        let rest = read(&path, format, done).unwrap();
        prop_assert_eq!(&rest, &items[done as usize..]);

        let lines = items.iter().flat_map(|item| [&item.original[..], b"\n"]);
        let again = write(&folder, &[header, &lines.collect::<Vec<_>>().concat()].concat());
        prop_assert_eq!(read(&again, format, 0).unwrap(), items);
    }
}
