mod anything;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use creel_core::{Context, Sink, Source};
use creel_protocols::Payload;
use serde_json::{Value, json};

use super::{BadItem, Content, Format, Input};
use crate::done::Done;
use crate::record::{Key, Status};
use crate::rejects::{Rejects, RejectsSink};

/// A folder with one file in it.
struct Fixture {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn fixture(name: &str, content: impl AsRef<[u8]>) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    Fixture {
        _folder: folder,
        path,
    }
}

/// Reads everything: an item as its id and payload, a bad one as its id and what is told of it.
fn read(path: &Path, columns: &[&str]) -> Vec<(Value, Value)> {
    let columns: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
    let mut input = Input::open(&[path.to_owned()], None, &columns).unwrap();
    let mut items = Vec::new();
    loop {
        match input.next(&Context::new()) {
            Ok(None) => return items,
            Ok(Some(item)) => {
                let (index, id) = of_batch(&item.key);
                let Content::Payload(payload) = item.content else {
                    panic!("nothing is to be encoded");
                };
                assert_eq!(index, items.len() as u64);
                items.push((id, told(payload)));
            }
            Err(error) => {
                let bad = BadItem::of(&error).unwrap();
                let folder = path.parent().unwrap().display().to_string();
                let (index, id) = of_batch(&bad.key);
                assert_eq!(index, items.len() as u64);
                items.push((id, json!(chain(bad).replace(&folder, ""))));
            }
        }
    }
}

fn of_batch(key: &Key) -> (u64, Value) {
    match key {
        Key::Item { index, id } => (*index, json!(id)),
        Key::Request { index, custom_id } => (*index, json!(custom_id)),
        Key::Frame { .. } => panic!("an item of a batch has an id"),
    }
}

fn told(payload: Payload) -> Value {
    match payload {
        Payload::Features(features) => json!(features.values()),
        Payload::Text(text) => json!(text),
        Payload::Image(image) => json!({ image.media_type: image.bytes.len() }),
        Payload::Texts(texts) => json!({ "texts": texts }),
        Payload::Document(document) => json!({ document.path: document.body }),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

fn check(name: &str, content: impl AsRef<[u8]>, expected: Value) {
    let fixture = fixture(name, content);
    assert_eq!(json!(read(&fixture.path, &[])), expected);
}

/// Opens a file that cannot be used and gives the message.
fn refused(name: &str, content: &str, columns: &[&str]) -> String {
    let fixture = fixture(name, content);
    let columns: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
    let error = Input::open(std::slice::from_ref(&fixture.path), None, &columns)
        .err()
        .unwrap();
    let folder = fixture.path.parent().unwrap().display().to_string() + "/";
    format!("{error:#}").replace(&folder, "")
}

#[test]
fn the_column_id_names_rows_and_the_others_are_features() {
    check(
        "rows.csv",
        "a,id,b\n1,x-1,2\n 3.5 ,x-2,-4e-1\n",
        json!([["x-1", [1.0, 2.0]], ["x-2", [3.5, -0.4]]]),
    );
}

#[test]
fn a_row_without_an_id_is_called_by_its_line() {
    check(
        "rows.csv",
        "\u{feff}a,b\r\n1,2\r\n\r\n3,4\r\n",
        json!([[2, [1.0, 2.0]], [4, [3.0, 4.0]]]),
    );
}

#[test]
fn a_bad_row_is_told_with_its_line_and_the_next_one_is_read() {
    check(
        "rows.csv",
        b"id,a,b\n7,1,2\n8,1,x\n,1,\n9,1\n10,\xff,1\n11,1,nan\n12,5,6\n",
        json!([
            ["7", [1.0, 2.0]],
            [
                "8",
                "/rows.csv, line 3: column `b` is `x`, not a number; --columns chooses the features"
            ],
            [4, "/rows.csv, line 4: column `b` is empty"],
            ["9", "/rows.csv, line 5: 2 values where the header names 3"],
            [6, "/rows.csv, line 6: not UTF-8: save the file as UTF-8"],
            [
                "11",
                "/rows.csv, line 7: column `b` is `nan`, not a number; --columns chooses the features"
            ],
            ["12", [5.0, 6.0]],
        ]),
    );
}

#[test]
fn a_quoted_value_may_hold_commas_quotes_and_line_breaks() {
    check(
        "rows.csv",
        "id,\"a, or\"\"b\"\"\"\n\"1,\n2\",\"3\"\n5,6\n",
        json!([["1,\n2", [3.0]], ["5", [6.0]]]),
    );
    check(
        "rows.csv",
        "id,a\n1,2\n\"3,4\n5,6\n",
        json!([
            ["1", [2.0]],
            [3, "/rows.csv, line 3: a quote is opened and not closed"],
        ]),
    );
}

#[test]
fn chosen_columns_are_the_features_in_their_order() {
    let fixture = fixture("rows.csv", "a,species,b\n1,setosa,2\n");
    assert_eq!(
        json!(read(&fixture.path, &["b", "a"])),
        json!([[2, [2.0, 1.0]]])
    );
    assert_eq!(
        refused("rows.csv", "a,b\n1,2\n", &["c"]),
        "cannot read rows.csv: it has no column `c`, only a, b"
    );
}

#[test]
fn a_header_that_names_nothing_is_refused() {
    assert_eq!(
        refused("rows.csv", "5.1,3.5\n4.9,3.0\n", &[]),
        "cannot read rows.csv: its first line has only numbers where the columns' names belong: \
         add a line such as a,b,c"
    );
    assert_eq!(
        refused("rows.csv", "id\n1\n", &[]),
        "cannot read rows.csv: it has no column but `id`: the other columns are the features"
    );
}

#[test]
fn json_lines_are_objects_lists_and_strings() {
    check(
        "items.jsonl",
        concat!(
            "{\"id\": \"a\", \"features\": [1, 2.5]}\n",
            "{\"id\": 7, \"prompt\": \"hello\", \"note\": true}\n",
            "\n",
            "{\"text\": \"hallo\"}\n",
            "[3, 4]\n",
            "\"salut\"",
        ),
        json!([
            ["a", [1.0, 2.5]],
            [7, "hello"],
            [4, "hallo"],
            [5, [3.0, 4.0]],
            [6, "salut"],
        ]),
    );
}

#[test]
fn a_bad_line_of_json_keeps_the_id_that_could_be_read() {
    check(
        "items.jsonl",
        concat!(
            "{\"id\": \"a\", \"features\": [1, \"x\"]}\n",
            "{\"id\": \"b\"}\n",
            "{\"id\": [], \"prompt\": \"c\"}\n",
            "{\"prompt\": 1}\n",
            "{\"prompt\": \"d\", \"features\": [1]}\n",
            "{\"prompt\": \"e\n",
            "12\n",
        ),
        json!([
            [
                "a",
                "/items.jsonl, line 1: `features` is not a list of numbers"
            ],
            [
                "b",
                "/items.jsonl, line 2: no item: it needs `features` (numbers), `prompt` or `text` (a string), or `image` (a path)"
            ],
            [
                3,
                "/items.jsonl, line 3: `id` is neither a string nor a number"
            ],
            [4, "/items.jsonl, line 4: `prompt` is not a string"],
            [
                5,
                "/items.jsonl, line 5: `features` and `prompt` in one item: leave one out"
            ],
            [
                6,
                "/items.jsonl, line 6: not JSON at column 13: EOF while parsing a string"
            ],
            [
                7,
                "/items.jsonl, line 7: no item: it needs `features` (numbers), `prompt` or `text` (a string), or `image` (a path)"
            ],
        ]),
    );
}

#[test]
fn an_image_is_found_beside_the_file_that_names_it() {
    let lines = concat!(
        "{\"id\": 1, \"image\": \"a.jpg\"}\n",
        "{\"id\": 2, \"image\": \"b.png\"}\n",
        "{\"id\": 3, \"image\": \"items.jsonl\"}\n",
        "{\"id\": 4, \"image\": \"none.jpg\"}\n",
    );
    let fixture = fixture("items.jsonl", lines);
    let folder = fixture.path.parent().unwrap();
    fs::write(folder.join("a.jpg"), b"\xff\xd8\xff\xe0").unwrap();
    fs::write(folder.join("b.png"), b"\x89PNG\r\n\x1a\n!").unwrap();
    assert_eq!(
        json!(read(&fixture.path, &[])),
        json!([
            [1, {"image/jpeg": 4}],
            [2, {"image/png": 9}],
            [3, "/items.jsonl, line 3: the image /items.jsonl is neither JPEG nor PNG"],
            [4, "/items.jsonl, line 4: the image /none.jpg cannot be read: No such file or directory (os error 2)"],
        ])
    );
}

#[test]
fn every_line_that_is_not_blank_is_a_prompt() {
    check(
        "prompts.txt",
        b"\xef\xbb\xbfBonjour\r\n\n  \n Wie geht's? \n\xff\nlast",
        json!([
            [1, "Bonjour"],
            [4, " Wie geht's? "],
            [5, "/prompts.txt, line 5: not UTF-8: save the file as UTF-8"],
            [6, "last"],
        ]),
    );
}

#[test]
fn a_line_that_does_not_end_is_not_kept_in_memory() {
    let mut content = vec![b'x'; (64 << 20) + 1];
    content.extend(b"\nshort\n");
    check(
        "prompts.txt",
        content,
        json!([
            [
                1,
                "/prompts.txt, line 1: longer than 64 MiB: is a line break or a closing quote missing?"
            ],
            [2, "short"],
        ]),
    );
}

#[test]
fn an_input_without_items_is_refused() {
    for (name, content) in [
        ("a.csv", ""),
        ("a.csv", "a,b\n"),
        ("a.txt", "\n \n"),
        ("a.jsonl", ""),
    ] {
        assert_eq!(
            refused(name, content, &[]),
            format!("{name} is empty: there is nothing to send")
        );
    }
}

#[test]
fn an_input_that_cannot_be_told_is_refused() {
    assert_eq!(
        refused("data.parquet", "x", &[]),
        "the name of data.parquet does not tell what it is: say --format csv, jsonl, text, images, list or video"
    );
    let error = Input::open(&["nowhere.csv".into()], None, &[])
        .err()
        .unwrap();
    assert_eq!(
        format!("{error:#}"),
        "cannot read nowhere.csv: No such file or directory (os error 2)"
    );
}

#[test]
fn the_format_can_be_said() {
    let fixture = fixture("prompts.csv", "Guten Tag, Welt\n");
    let mut input =
        Input::open(std::slice::from_ref(&fixture.path), Some(Format::Text), &[]).unwrap();
    let item = input.next(&Context::new()).unwrap().unwrap();
    let Content::Payload(payload) = item.content else {
        panic!("nothing is to be encoded");
    };
    assert_eq!(told(payload), json!("Guten Tag, Welt"));
}

#[test]
fn folders_are_read_with_all_that_is_in_them_in_the_order_of_a_person() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("b/c")).unwrap();
    for name in [
        "10.jpg",
        "9.jpg",
        "b/2.png",
        "b/c/1.jpg",
        ".hidden.jpg",
        "notes.txt",
    ] {
        fs::write(folder.path().join(name), "no picture").unwrap();
    }
    let ids = |inputs: &[&str]| {
        let inputs: Vec<PathBuf> = inputs.iter().map(|name| folder.path().join(name)).collect();
        let mut input = Input::open(&inputs, Some(Format::Images), &[]).unwrap();
        let mut ids = Vec::new();
        while let Err(error) = input.next(&Context::new()) {
            let Key::Item { id, .. } = &BadItem::of(&error).unwrap().key else {
                panic!("an item of a batch has an id");
            };
            let id = json!(id).as_str().unwrap().to_owned();
            ids.push(id.replace(&format!("{}/", folder.path().display()), "/"));
        }
        ids
    };
    assert_eq!(ids(&[""]), ["9.jpg", "10.jpg", "b/2.png", "b/c/1.jpg"]);
    assert_eq!(ids(&["b", "9.jpg"]), ["/b/2.png", "/b/c/1.jpg", "/9.jpg"]);
    assert_eq!(ids(&["*.jpg"]), ["/.hidden.jpg", "/9.jpg", "/10.jpg"]);
    let nothing = Input::open(&[folder.path().join("*.gif")], None, &[]);
    let error = nothing.err().unwrap().to_string();
    assert!(error.starts_with("nothing is there that fits"), "{error}");
}

#[test]
fn only_pictures_are_read_from_several_places() {
    let inputs = ["a.csv".into(), "b.csv".into()];
    let error = Input::open(&inputs, Some(Format::Csv), &[]).err().unwrap();
    let told = error.to_string();
    assert!(
        told.starts_with("a.csv and b.csv cannot be read in one run"),
        "{told}"
    );
}

#[test]
fn what_is_done_is_passed_over_and_what_of_it_has_failed_is_kept_again() {
    let fixture = fixture("rows.csv", "id,a\nx,1\ny,tall\n\n\"z,\nz\",3\nv,\nw,5\n");
    let out = fixture.path.with_file_name("results.jsonl");
    let input = Input::open(std::slice::from_ref(&fixture.path), None, &[]).unwrap();
    let mut done = Done::default();
    for (index, status) in [
        (0, Status::Answered),
        (1, Status::Failed),
        (2, Status::Failed),
    ] {
        done.insert(index, status);
    }
    let rejects = Arc::new(Rejects::beside(&out, &input));
    let mut input = input.after(Arc::new(done), Arc::clone(&rejects));
    let error = input.next(&Context::new()).err().unwrap();
    let bad = BadItem::of(&error).unwrap();
    assert!(matches!(&bad.key, Key::Item { index: 3, .. }), "{bad:?}");
    rejects.add(bad.original.as_ref()).unwrap();
    let last = input.next(&Context::new()).unwrap().unwrap();
    assert!(matches!(&last.key, Key::Item { index: 4, .. }));
    assert!(input.next(&Context::new()).unwrap().is_none());
    RejectsSink(rejects).flush().unwrap();
    assert_eq!(
        fs::read_to_string(out.with_extension("errors.csv")).unwrap(),
        "id,a\ny,tall\n\"z,\nz\",3\nv,\n"
    );
}

#[test]
fn an_input_that_has_become_shorter_is_not_taken_for_the_same() {
    let fixture = fixture("prompts.txt", "one\n");
    let input = Input::open(std::slice::from_ref(&fixture.path), None, &[]).unwrap();
    let mut done = Done::default();
    done.insert(0, Status::Answered);
    done.insert(1, Status::Answered);
    let mut input = input.after(Arc::new(done), Arc::new(Rejects::nowhere()));
    let error = input.next(&Context::new()).err().unwrap();
    assert!(chain(&error).contains("ends after 1 items"), "{error:?}");
}

#[test]
fn the_requests_of_a_batch_file_are_taken_as_they_are() {
    check(
        "batch.jsonl",
        concat!(
            r#"{"custom_id": "a", "method": "POST", "url": "/v1/embeddings", "body": {"input": "x"}}"#,
            "\n",
            r#"{"custom_id": "b", "method": "GET", "url": "/v1/embeddings", "body": {}}"#,
            "\n",
            r#"{"custom_id": "c", "method": "POST", "url": "http://host/", "body": {}}"#,
            "\n",
            r#"{"custom_id": "d", "method": "POST", "url": "/v1/embeddings", "body": "x"}"#,
            "\n",
            r#"{"custom_id": 5, "method": "POST", "url": "/v1/embeddings", "body": {}}"#,
        ),
        json!([
            ["a", {"/v1/embeddings": {"input": "x"}}],
            ["b", "/batch.jsonl, line 2: `method` is not POST"],
            ["c", "/batch.jsonl, line 3: `url` is not a path such as /v1/chat/completions"],
            ["d", "/batch.jsonl, line 4: `body` is not an object"],
            ["5", "/batch.jsonl, line 5: `custom_id` is not a string"],
        ]),
    );
}

#[test]
fn pictures_that_are_done_are_passed_over_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["1.jpg", "2.jpg", "10.jpg"] {
        fs::write(folder.path().join(name), "no picture").unwrap();
    }
    let input = Input::open(&[folder.path().to_owned()], None, &[]).unwrap();
    let out = folder.path().join("results.jsonl");
    let mut done = Done::default();
    done.insert(0, Status::Failed);
    done.insert(2, Status::Answered);
    let rejects = Arc::new(Rejects::beside(&out, &input));
    let mut input = input.after(Arc::new(done), Arc::clone(&rejects));
    let error = input.next(&Context::new()).err().unwrap();
    let key = &BadItem::of(&error).unwrap().key;
    assert_eq!(of_batch(key), (1, json!("2.jpg")));
    assert!(input.next(&Context::new()).unwrap().is_none());
    RejectsSink(rejects).flush().unwrap();
    let failed = fs::read_to_string(out.with_extension("errors.list")).unwrap();
    assert_eq!(
        failed,
        format!("{}\n", folder.path().join("1.jpg").display())
    );
}
