//! Servers that falter, and come back.

use creel_testkit::http::{Received, Reply};
use serde_json::Value;

use crate::program::{Ended, Folder};
use crate::script;

const PROMPTS: usize = 40;

/// Runs forty prompts against a server that gives these replies first, and then answers.
fn ask(replies: impl IntoIterator<Item = Reply>, options: &str) -> (Ended, Value, usize) {
    let mut replies = replies.into_iter().collect::<Vec<_>>().into_iter();
    let server = script::server(move |received: &Received| {
        replies.next().unwrap_or_else(|| script::echo(received))
    });
    let folder = Folder::new();
    let prompts: String = (0..PROMPTS)
        .map(|number| format!("prompt {number}\n"))
        .collect();
    folder.write("prompts.txt", prompts);
    let ended = folder.run(&format!(
        "batch prompts.txt --server {} --protocol oip --tensors json --model m {options}",
        server.url()
    ));
    let ledger = serde_json::from_str(&folder.read("results.ledger.json")).unwrap();
    let asked = server.received().len() - script::QUESTIONS;
    // The folder goes with the test; the records are read before.
    for (number, record) in ended.records().iter().enumerate() {
        if record["status"] == "answered" {
            assert_eq!(record["answer"]["echo"][0], format!("prompt {number}"));
        }
    }
    (ended, ledger, asked)
}

#[test]
fn what_a_busy_server_did_not_take_is_sent_again() {
    let (ended, ledger, asked) = ask(vec![Reply::text(503, "busy"); 2], "");
    ended
        .with_code(0)
        .saying("captured 40 = answered 40 + failed 0\n")
        .saying("2 requests sent again");
    assert_eq!(
        (&ledger["requests"], &ledger["retries"]),
        (&40.into(), &2.into())
    );
    assert_eq!(asked, PROMPTS + 2);
}

#[test]
fn a_pause_that_the_server_asks_for_is_kept_and_nothing_fails() {
    let throttled = Reply::text(429, "slow down").with_header("Retry-After", "1");
    let (ended, ledger, _) = ask([throttled], "--workers 1");
    ended
        .with_code(0)
        .saying("answered 40")
        .saying("1 request sent again, 1 call for fewer requests");
    assert_eq!(ledger["throttled"], 1);
    assert!(ledger["elapsed_s"].as_f64().unwrap() >= 1.0, "{ledger}");
}

#[test]
fn a_server_that_is_gone_is_waited_for() {
    let (ended, ledger, asked) = ask(vec![Reply::Close; 8], "--workers 4");
    ended
        .with_code(0)
        .saying("answered 40 + failed 0\n")
        .saying("1 time without a server");
    assert_eq!(ledger["outages"], 1);
    assert_eq!(asked, PROMPTS + 8);
}

#[test]
fn nothing_is_sent_again_without_retries() {
    let (ended, ledger, asked) = ask(vec![Reply::text(503, "busy"); 2], "--retries 0");
    ended.with_code(1).saying("answered 38 + failed 2\n");
    assert_eq!(ledger["retries"], 0);
    assert_eq!(asked, PROMPTS);
}

#[test]
fn workers_can_be_found_and_need_no_thread_each() {
    let (ended, ledger, _) = ask([], "--workers auto");
    ended.with_code(0).saying("in flight at the end");
    assert_eq!(ledger["in_flight_max"], 4);
    let (ended, ..) = ask(
        [Reply::text(503, "busy")],
        "--workers 2000 --transport async --gzip",
    );
    ended
        .with_code(0)
        .saying("answered 40")
        .saying("1 request sent again");
}

#[test]
fn what_cannot_be_meant_is_told() {
    let folder = Folder::new();
    folder.write("prompts.txt", "one\n");
    let run = |options: &str| {
        folder.run(&format!(
            "batch prompts.txt --server http://127.0.0.1:9 --protocol oip --model m {options}"
        ))
    };
    run("--hedge 1s")
        .with_code(2)
        .saying("--hedge needs --transport async");
    run("--workers 0")
        .with_code(2)
        .saying("at least 1, or `auto`");
    run("--rate fast")
        .with_code(2)
        .saying("as in 10/s, 600/min or 5000/h");
    run("--header nonsense").with_code(2).saying("NAME: VALUE");
    run("--ca nowhere.pem")
        .with_code(1)
        .saying("--ca nowhere.pem cannot be read");
    run("--ca prompts.txt")
        .with_code(1)
        .saying("BEGIN CERTIFICATE");
    run("--proxy nonsense://p")
        .with_code(1)
        .saying("http://proxy:3128");
}
