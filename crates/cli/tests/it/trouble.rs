use std::net::TcpListener;

use creel_testkit::http::{Reply, ScriptedServer};
use serde_json::Value;

use crate::program::{Ended, Folder};
use crate::script;

/// Runs three prompts against a server.
fn ask(url: &str, options: &str) -> Ended {
    let folder = Folder::new();
    folder.write("prompts.txt", "one\ntwo\nthree\n");
    // The folder goes with the test; the records are read before.
    let ended = folder.run(&format!(
        "batch prompts.txt --server {url} --protocol oip --tensors json --model m {options} --out - "
    ));
    for record in ended.printed() {
        assert!(record["id"].is_u64());
    }
    ended
}

/// Checks that all three failed, each with a reason, and that the message names the server and what to do.
#[track_caller]
fn check_failed(ended: Ended, url: &str, reason: &str, advice: &str) {
    let ended = ended
        .with_code(1)
        .saying(&format!(
            "sending prompts.txt to model m at {url}, results to standard output\n"
        ))
        .saying("captured 3 = answered 0 + failed 3\n")
        .saying(&format!(
            "error: 3 of 3 items failed, with model m at {url}\n"
        ))
        .saying(&format!("3 × {reason}"))
        .saying(&format!("→ {advice}"));
    let records = ended.printed();
    assert_eq!(records.len(), 3);
    for record in &records {
        let error = record["error"].as_str().unwrap();
        assert_eq!(record["status"], "failed");
        assert!(error.starts_with(reason), "{error}");
        assert!(error.contains(url), "{error}");
    }
}

#[test]
fn every_item_fails_when_the_server_is_down() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", port.local_addr().unwrap());
    drop(port);
    check_failed(
        ask(&url, ""),
        &url,
        "the service cannot be reached: connection refused",
        "start the server, or correct --server",
    );
}

#[test]
fn every_item_fails_when_the_server_answers_500_to_everything() {
    let server = ScriptedServer::answering(|_| Reply::text(500, "out of memory"));
    let ended = ask(&server.url(), "").saying("out of memory");
    check_failed(
        ended,
        &server.url(),
        "the service failed",
        "look at the server's log",
    );
}

#[test]
fn every_item_fails_when_the_server_answers_rubbish() {
    let server = ScriptedServer::answering(|_| Reply::text(200, "<html>Welcome!</html>"));
    check_failed(
        ask(&server.url(), ""),
        &server.url(),
        "the reply cannot be understood",
        "look at --server and --protocol",
    );
}

#[test]
fn every_item_fails_when_the_server_hangs() {
    let server = script::server(|_| Reply::Hang);
    check_failed(
        ask(&server.url(), "--timeout 200ms --retries 0"),
        &server.url(),
        "the service did not answer in time",
        "allow more time with --timeout",
    );
}

#[test]
fn what_a_dying_server_has_answered_is_kept() {
    let mut count = 0;
    let server = script::server(move |received| {
        count += 1;
        if count <= 2 {
            script::echo(received)
        } else {
            Reply::Die
        }
    });
    let folder = Folder::new();
    folder.write("prompts.txt", "one\ntwo\nthree\nfour\nfive\n");
    let url = server.url();
    let ended = folder
        .run(&format!(
            "batch prompts.txt --server {url} --protocol oip --tensors json --model m --workers 1 --retries 0"
        ))
        .with_code(1)
        .saying("captured 5 = answered 2 + failed 3\n")
        .saying(&format!(
            "error: 3 of 5 items failed, with model m at {url}\n"
        ));
    let records = ended.records();
    let echoes: Vec<&Value> = records
        .iter()
        .map(|record| &record["answer"]["echo"][0])
        .collect();
    assert_eq!(echoes[..2], ["one", "two"]);
    assert!(records[4]["error"].as_str().unwrap().contains(&url));
}

#[test]
fn an_unknown_model_ends_the_run_before_it_begins() {
    let folder = Folder::new();
    folder.write("prompts.txt", "one\n");
    folder
        .run("batch prompts.txt --model nonsuch")
        .with_code(1)
        .saying("has no model `nonsuch`; it has iris, lang, qr");
    assert!(!folder.path().join("results.jsonl").exists());
}

#[test]
fn a_result_file_that_cannot_be_written_is_named() {
    let folder = Folder::new();
    folder.write("prompts.txt", "one\ntwo\n");
    folder
        .run("batch prompts.txt --model lang --out nowhere/results.jsonl")
        .with_code(1)
        .saying("error: cannot create nowhere/results.jsonl: there is no directory nowhere");
    folder
        .run("batch prompts.txt --model lang --out .")
        .with_code(1)
        .saying("error: . is a directory");
    folder
        .run("batch prompts.txt --model lang --out /dev/full")
        .with_code(1)
        .saying("cannot write to /dev/full")
        .saying("captured 2 = answered 0 + failed 0 + dropped 2 (sink failed)\n");
}
