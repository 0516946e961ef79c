use serde_json::{Value, json};

use crate::pictures;
use crate::program::Folder;

const FLOWERS: &str = "\
id,sepal_length,sepal_width,petal_length,petal_width
a,5.1,3.5,1.4,0.2
b,7.0,3.2,4.7,1.4
c,6.3,3.3,6.0,2.5
";

/// The ids of records with one of their outputs.
fn answers(records: &[Value], output: &str) -> Value {
    records
        .iter()
        .map(|record| json!([record["id"], record["answer"][output]]))
        .collect()
}

#[test]
fn rows_of_features_are_answered_under_their_ids() {
    let folder = Folder::new();
    folder.write("iris.csv", FLOWERS);
    let ended = folder.run("batch iris.csv --model iris").with_code(0);
    assert_eq!(
        answers(&ended.records(), "label"),
        json!([
            ["a", ["setosa"]],
            ["b", ["versicolor"]],
            ["c", ["virginica"]]
        ])
    );
}

#[test]
fn a_bad_row_fails_with_its_line_and_the_run_goes_on() {
    let folder = Folder::new();
    folder.write("iris.csv", FLOWERS.replace("3.2,4.7", "3.2,tall"));
    let ended = folder
        .run("batch iris.csv --model iris")
        .with_code(1)
        .saying("error: 1 of 3 items failed, with model iris at http://127.0.0.1:")
        .saying("iris.csv, line 3: column `petal_length` is `tall`, not a number; --columns chooses the features");
    let records = ended.records();
    assert_eq!(records[1]["id"], "b");
    assert_eq!(records[1]["status"], "failed");
    assert_eq!(
        records[1]["error"],
        "an item cannot be read: iris.csv, line 3: column `petal_length` is `tall`, not a number; --columns chooses the features"
    );
    assert_eq!(records[2]["answer"]["label"], json!(["virginica"]));
}

#[test]
fn prompts_come_from_a_file_or_from_the_standard_input() {
    let prompts =
        "Wer reitet so spät durch Nacht und Wind?\n\nIl était une fois un roi sans royaume.\n";
    let expected = json!([[1, ["deu"]], [3, ["fra"]]]);
    let folder = Folder::new();
    folder.write("prompts.txt", prompts);
    let ended = folder.run("batch prompts.txt --model lang").with_code(0);
    assert_eq!(answers(&ended.records(), "language"), expected);

    let line = "batch - --format text --model lang --protocol raw --out -";
    let ended = folder.run_with_input(line, prompts).with_code(0);
    assert_eq!(answers(&ended.printed(), "language"), expected);
}

#[test]
fn json_lines_keep_their_ids_whatever_they_are() {
    let folder = Folder::new();
    folder.write(
        "items.jsonl",
        concat!(
            "{\"id\": 70, \"prompt\": \"Das ist ein ganz gewöhnlicher Satz.\"}\n",
            "\"Ceci est une phrase tout à fait ordinaire.\"\n",
        ),
    );
    let ended = folder.run("batch items.jsonl --model lang").with_code(0);
    assert_eq!(
        answers(&ended.records(), "language"),
        json!([[70, ["deu"]], [2, ["fra"]]])
    );
}

#[test]
fn pictures_are_called_by_their_names_and_frames_by_their_numbers() {
    let folder = Folder::new();
    pictures::write(&folder.path().join("photos"), 3);
    let ended = folder.run("batch photos --model qr").with_code(0);
    assert_eq!(
        answers(&ended.records(), "text"),
        json!([
            ["frame-0.jpg", ["0"]],
            ["frame-1.jpg", ["1"]],
            ["frame-2.jpg", ["2"]],
        ])
    );
    if pictures::write_video(&folder.path().join("film.mp4"), 3) {
        let ended = folder.run("batch film.mp4 --model qr").with_code(0);
        assert_eq!(
            answers(&ended.records(), "text"),
            json!([[0, ["0"]], [1, ["1"]], [2, ["2"]]])
        );
    }
}

#[test]
fn an_empty_input_ends_before_anything_is_written() {
    let folder = Folder::new();
    folder.write("rows.csv", "a,b\n");
    folder.write("results.jsonl", "{\"id\":\"precious\"}\n");
    folder
        .run("batch rows.csv --model iris")
        .with_code(1)
        .saying("error: rows.csv is empty: there is nothing to send\n");
    let kept = std::fs::read_to_string(folder.path().join("results.jsonl")).unwrap();
    assert_eq!(kept, "{\"id\":\"precious\"}\n");
}

#[test]
fn the_input_is_never_replaced_by_the_results() {
    let folder = Folder::new();
    folder.write("prompts.txt", "hello\n");
    folder
        .run("batch ./prompts.txt --model lang --out prompts.txt")
        .with_code(1)
        .saying("error: --out prompts.txt is the input, which it would replace");
    let kept = std::fs::read_to_string(folder.path().join("prompts.txt")).unwrap();
    assert_eq!(kept, "hello\n");
}
