use creel_testkit::http::{Reply, ScriptedServer};
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
        let ended = folder
            .run("batch film.mp4 --model qr --overwrite")
            .with_code(0);
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

#[test]
fn a_dry_run_shows_the_first_request_and_its_answer_and_writes_nothing() {
    let folder = Folder::new();
    folder.write("iris.csv", FLOWERS);
    let ended = folder
        .run("batch iris.csv --model iris --tensors json --dry-run")
        .with_code(0)
        .saying("nothing else was sent");
    let shown = &ended.stdout;
    assert!(shown.starts_with("POST http://127.0.0.1:"), "{shown}");
    assert!(shown.contains("/v2/models/iris/infer\n"), "{shown}");
    assert!(
        shown.contains("content-type: application/json\n"),
        "{shown}"
    );
    assert!(shown.contains("[5.1,3.5,1.4,0.2]"), "{shown}");
    assert!(shown.contains("setosa"), "{shown}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn a_table_has_a_column_for_each_element_and_goes_on_like_lines_do() {
    let folder = Folder::new();
    folder.write("iris.csv", FLOWERS.replace("3.2,4.7", "3.2,tall"));
    let command = "batch iris.csv --model iris --out flowers.csv --summary how.json";
    folder.run(command).with_code(1);
    let table = folder.read("flowers.csv");
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(
        lines[0],
        "index,id,class,label,probabilities_0,probabilities_1,probabilities_2,error"
    );
    assert!(lines[1].starts_with("0,a,0,setosa,"), "{table}");
    assert!(
        lines[2].starts_with("1,b,,,,,,\"an item cannot be read: "),
        "{table}"
    );
    assert!(lines[3].starts_with("2,c,2,virginica,"), "{table}");
    let summary: Value = serde_json::from_str(&folder.read("how.json")).unwrap();
    assert_eq!(summary["answered"], 2);
    assert_eq!(summary["reasons"].as_object().unwrap().len(), 1);
    std::fs::write(
        folder.path().join("flowers.csv"),
        lines[..2].join("\n") + "\n1,b,,torn",
    )
    .unwrap();
    folder.run(command).with_code(1);
    let again = folder.read("flowers.csv");
    assert_eq!(again.lines().count(), 4);
    assert!(again.starts_with(&lines[..3].join("\n")), "{again}");
    folder
        .run(command)
        .with_code(1)
        .saying("nothing is left to do");
}

#[test]
fn the_requests_of_an_openai_batch_file_are_answered_in_its_own_form() {
    let server = ScriptedServer::answering(|received| {
        let body: Value = serde_json::from_slice(&received.body).unwrap_or_default();
        if received.method != "POST" {
            return Reply::json(200, r#"{"object": "list", "data": [{"id": "m"}]}"#);
        }
        let said = body["messages"][0]["content"].as_str().unwrap_or_default();
        if said == "teapot" {
            return Reply::json(400, r#"{"error": {"message": "I am a teapot"}}"#);
        }
        let answer = json!({"id": "chat-1", "choices": [{"index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": said.to_uppercase()}}]});
        Reply::json(200, answer.to_string())
    });
    let folder = Folder::new();
    let line = |id: &str, said: &str| {
        let body = json!({"model": "m", "messages": [{"role": "user", "content": said}]});
        json!({"custom_id": id, "method": "POST", "url": "/v1/chat/completions", "body": body})
            .to_string()
    };
    let batch = [line("a", "hello"), line("b", "teapot"), line("c", "bye")].join("\n") + "\n";
    folder.write("batch.jsonl", &batch);
    let command = format!(
        "batch batch.jsonl --server {} --protocol openai",
        server.url()
    );
    folder.run(&command).with_code(1);
    let replies: Vec<Value> = folder
        .read("results.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(replies[0]["custom_id"], "a");
    assert_eq!(
        replies[0]["response"]["body"]["choices"][0]["message"]["content"],
        "HELLO"
    );
    assert_eq!(replies[0]["error"], Value::Null);
    assert_eq!(replies[1]["response"], Value::Null);
    let why = replies[1]["error"]["message"].as_str().unwrap();
    assert!(why.contains("I am a teapot"), "{why}");
    assert_eq!(replies[2]["custom_id"], "c");
    assert_eq!(
        folder.read("results.errors.jsonl"),
        line("b", "teapot") + "\n"
    );
    folder
        .run(&command)
        .with_code(1)
        .saying("nothing is left to do");
}

#[test]
fn a_dry_run_never_shows_a_key() {
    let server = ScriptedServer::answering(|_| Reply::json(200, r#"{"predictions": []}"#));
    let folder = Folder::new();
    pictures::write(&folder.path().join("photos"), 1);
    let ended = folder.run(&format!(
        "batch photos --dry-run --server {} --protocol roboflow --model m --roboflow-key hush",
        server.url()
    ));
    let ended = ended.with_code(0);
    assert!(
        ended.stdout.contains(r#""api_key":"…""#),
        "{}",
        ended.stdout
    );
    assert!(!ended.stdout.contains("hush") && !ended.stderr.contains("hush"));
    let sent = server.received().pop().unwrap();
    assert!(String::from_utf8_lossy(&sent.body).contains("hush"));
}
