//! A batch that was stopped, and is started again with the same command.

use std::io::Write;

use creel_testkit::http::{Received, Reply, ScriptedServer};
use serde_json::Value;

use crate::program::Folder;
use crate::script::{self, QUESTIONS};

/// As many requests as a run has in flight at most, with the answers that wait for their turn.
const WINDOW: usize = 16;

fn numbers(count: usize) -> String {
    let rows = (0..count).map(|number| format!("n{number},{number}\n"));
    std::iter::once("id,value\n".to_owned())
        .chain(rows)
        .collect()
}

fn records(folder: &Folder) -> Vec<Value> {
    let lines = folder.read("results.jsonl");
    assert!(lines.is_empty() || lines.ends_with('\n'), "a torn record");
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Fails the test unless each row of [`numbers`] has exactly one record with its own answer.
#[track_caller]
fn check_complete(mut records: Vec<Value>, count: usize) {
    records.sort_by_key(|record| record["index"].as_u64());
    assert_eq!(records.len(), count);
    for (index, record) in records.iter().enumerate() {
        assert_eq!(record["index"], index);
        assert_eq!(record["id"], format!("n{index}"));
        assert_eq!(record["answer"]["echo"][0], index as f64);
    }
}

fn inferences(server: &ScriptedServer) -> usize {
    let received = server.received();
    let is_inference = |received: &&Received| received.method == "POST";
    received.iter().filter(is_inference).count()
}

fn check_kills(options: &str) {
    const ROWS: usize = 3000;
    let server = script::server(script::echo);
    let folder = Folder::new();
    folder.write("rows.csv", numbers(ROWS));
    let command = format!(
        "batch rows.csv --server {} --protocol oip --tensors json --model m {options}",
        server.url()
    );
    let mut requests = 0;
    for more in [1, 700, 1100] {
        let going = folder.start(&command);
        server.wait_for_requests(requests + QUESTIONS + more);
        going.kill();
        requests = server.received().len();
    }
    folder.run(&command).with_code(0);
    check_complete(records(&folder), ROWS);
    let asked = inferences(&server);
    assert!(
        asked <= ROWS + 3 * WINDOW,
        "{asked} requests for {ROWS} rows"
    );
    folder
        .run(&command)
        .with_code(0)
        .saying("nothing is left to do: each of 3000 items has its record in results.jsonl");
    assert_eq!(inferences(&server), asked);
}

#[test]
fn a_batch_that_is_killed_goes_on_and_each_row_is_answered_once() {
    check_kills("");
}

#[test]
fn a_batch_whose_order_is_free_goes_on_as_well() {
    check_kills("--unordered");
}

#[test]
fn what_is_in_order_stays_in_order_over_a_kill() {
    let server = script::server(script::echo);
    let folder = Folder::new();
    folder.write("rows.csv", numbers(500));
    let command = format!(
        "batch rows.csv --server {} --protocol oip --tensors json --model m",
        server.url()
    );
    let going = folder.start(&command);
    server.wait_for_requests(QUESTIONS + 200);
    going.kill();
    folder.run(&command).with_code(0);
    let indexes: Vec<_> = records(&folder)
        .iter()
        .map(|record| record["index"].as_u64())
        .collect();
    assert!(indexes.is_sorted());
}

#[test]
fn an_interrupted_batch_says_how_it_goes_on_and_does() {
    let server = script::server(script::echo);
    let folder = Folder::new();
    folder.write("rows.csv", numbers(2000));
    let command = format!(
        "batch rows.csv --server {} --protocol oip --tensors json --model m",
        server.url()
    );
    let going = folder.start(&command);
    server.wait_for_requests(QUESTIONS + 100);
    going.interrupt();
    going
        .end()
        .with_code(130)
        .saying("the same command goes on where this run has stopped");
    let written = records(&folder).len();
    folder.run(&command).with_code(0).saying(&format!(
        "going on behind {written} records in results.jsonl"
    ));
    check_complete(records(&folder), 2000);
    assert_eq!(inferences(&server), 2000, "an interrupt asks nothing twice");
}

#[test]
fn a_stream_is_fed_again_and_goes_on() {
    let server = script::server(script::echo);
    let folder = Folder::new();
    let rows = numbers(300);
    let command = format!(
        "batch - --format csv --server {} --protocol oip --tensors json --model m",
        server.url()
    );
    let mut going = folder.start(&command);
    let mut stdin = going.stdin.take().unwrap();
    stdin.write_all(&rows.as_bytes()[..rows.len() / 2]).unwrap();
    server.wait_for_requests(QUESTIONS + 50);
    going.kill();
    folder.run_with_input(&command, &rows).with_code(0);
    check_complete(records(&folder), 300);
    assert!(inferences(&server) <= 300 + WINDOW);
}

#[test]
fn another_job_is_refused_with_the_difference_and_begins_anew_when_told() {
    let server = script::server(script::echo);
    let folder = Folder::new();
    folder.write("rows.csv", numbers(3));
    let command = format!(
        "batch rows.csv --server {} --protocol oip --tensors json --model",
        server.url()
    );
    folder.run(&format!("{command} m")).with_code(0);
    let kept = folder.read("results.jsonl");
    folder
        .run(&format!("{command} other"))
        .with_code(1)
        .saying("error: results.jsonl holds the results of another job: its model was m, and is other; begin anew with --overwrite, or choose another --out");
    folder.write("rows.csv", numbers(3).replace("n1", "m1"));
    folder
        .run(&format!("{command} m"))
        .with_code(1)
        .saying("rows.csv had another content than ");
    folder.write("rows.csv", numbers(4));
    folder
        .run(&format!("{command} m"))
        .with_code(1)
        .saying("rows.csv had 24 bytes, and ");
    assert_eq!(folder.read("results.jsonl"), kept);
    folder.run(&format!("{command} m --overwrite")).with_code(0);
    check_complete(records(&folder), 4);
}

#[test]
fn records_that_belong_to_no_job_are_left_alone() {
    let folder = Folder::new();
    folder.write("rows.csv", numbers(3));
    folder.write("results.jsonl", "{\"precious\":1}\n");
    folder
        .run("batch rows.csv --model iris")
        .with_code(1)
        .saying("nothing beside it tells which one");
    assert_eq!(folder.read("results.jsonl"), "{\"precious\":1}\n");
}

#[test]
fn two_runs_never_write_the_same_results() {
    let server = script::server(|_| Reply::Hang);
    let folder = Folder::new();
    folder.write("rows.csv", numbers(3));
    let command = format!(
        "batch rows.csv --server {} --protocol oip --tensors json --model m",
        server.url()
    );
    let going = folder.start(&command);
    server.wait_for_requests(QUESTIONS + 3);
    for options in ["", "--overwrite"] {
        folder
            .run(&format!("{command} {options}"))
            .with_code(1)
            .saying("results.jsonl is being written to by another run");
    }
    going.kill();
}

#[test]
fn what_has_failed_can_be_mended_and_fed_again() {
    let folder = Folder::new();
    let flowers = "id,a,b,c,d\nx,5.1,3.5,1.4,0.2\ny,tall,3.2,4.7,1.4\nz,6.3,3.3,6.0\n";
    folder.write("iris.csv", flowers);
    folder
        .run("batch iris.csv --model iris")
        .with_code(1)
        .saying("2 items in results.errors.csv, to be mended and fed again");
    let errors = folder.read("results.errors.csv");
    assert_eq!(errors, "id,a,b,c,d\ny,tall,3.2,4.7,1.4\nz,6.3,3.3,6.0\n");
    folder
        .run("batch iris.csv --model iris")
        .with_code(1)
        .saying("2 of 3 items failed\n  they are in results.errors.csv");
    folder
        .run("batch results.errors.csv --model iris")
        .with_code(1)
        .saying("what fails would go to results.errors.csv, which is the input");
    folder.write(
        "mended.csv",
        errors.replace("tall", "7.0").replace("6.0", "6.0,2.5"),
    );
    folder
        .run("batch mended.csv --model iris --out mended.jsonl")
        .with_code(0);
    assert_eq!(folder.read("mended.jsonl").lines().count(), 2);
}

#[test]
fn what_has_failed_is_told_once_over_a_kill() {
    let server = script::server(|received| {
        let body = String::from_utf8_lossy(&received.body).into_owned();
        match body.contains("[13.0]") {
            true => Reply::json(400, r#"{"error": "thirteen"}"#),
            false => script::echo(received),
        }
    });
    let folder = Folder::new();
    folder.write("rows.csv", numbers(400).replace("n7,7", "n7,seven"));
    let command = format!(
        "batch rows.csv --server {} --protocol oip --tensors json --model m",
        server.url()
    );
    let going = folder.start(&command);
    server.wait_for_requests(QUESTIONS + 200);
    going.kill();
    folder.run(&command).with_code(1);
    assert_eq!(records(&folder).len(), 400);
    assert_eq!(
        folder.read("results.errors.csv"),
        "id,value\nn7,seven\nn13,13\n"
    );
}

#[test]
fn a_picture_that_has_failed_is_on_a_list_that_can_be_fed() {
    let folder = Folder::new();
    crate::pictures::write(&folder.path().join("photos"), 2);
    folder.write("photos/frame-2.jpg", "no picture");
    folder.run("batch photos --model qr").with_code(1);
    assert_eq!(folder.read("results.errors.list"), "photos/frame-2.jpg\n");
    std::fs::copy(
        folder.path().join("photos/frame-1.jpg"),
        folder.path().join("photos/frame-2.jpg"),
    )
    .unwrap();
    folder
        .run("batch results.errors.list --model qr --out mended.jsonl")
        .with_code(0);
    let record: Value = serde_json::from_str(&folder.read("mended.jsonl")).unwrap();
    assert_eq!(record["id"], "photos/frame-2.jpg");
    assert_eq!(record["answer"]["text"][0], "1");
}

#[test]
fn several_rows_go_in_one_request_and_each_has_its_own_record() {
    let server = script::server(script::echo);
    let folder = Folder::new();
    folder.write("rows.csv", numbers(1000));
    let command = format!(
        "batch rows.csv --server {} --protocol oip --tensors json --model m --rows-per-request 50 --workers 2",
        server.url()
    );
    let going = folder.start(&command);
    server.wait_for_requests(QUESTIONS + 5);
    going.kill();
    folder.run(&command).with_code(0);
    check_complete(records(&folder), 1000);
    let asked = inferences(&server);
    assert!(asked < 200, "{asked} requests");
}
