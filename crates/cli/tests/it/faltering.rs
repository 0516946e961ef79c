//! Servers that falter, and come back.

use creel_testkit::http::{Received, Reply};
use serde_json::Value;

use crate::program::{Ended, Folder};
use crate::script;

const PROMPTS: usize = 40;

/// Runs forty prompts against a server that gives these replies first, and then answers.
fn ask(replies: impl IntoIterator<Item = Reply>, options: &str) -> (Ended, Value, usize) {
    let mut replies = replies.into_iter().collect::<Vec<_>>().into_iter();
    ask_one_that(
        move |received| replies.next().unwrap_or_else(|| script::echo(received)),
        options,
    )
}

/// Does so against a server that replies like this.
fn ask_one_that(
    reply: impl FnMut(&Received) -> Reply + Send + 'static,
    options: &str,
) -> (Ended, Value, usize) {
    let server = script::server(reply);
    let folder = Folder::new();
    folder.write("prompts.txt", prompts());
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

fn prompts() -> String {
    let lines = (0..PROMPTS).map(|number| format!("prompt {number}\n"));
    lines.collect()
}

/// The reply, but for its last byte and the rest of the connection.
fn torn(reply: Reply) -> Reply {
    match reply {
        Reply::Answer { status, body, .. } => Reply::torn(status, body),
        other => panic!("{other:?} has nothing to tear"),
    }
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
fn a_server_that_hangs_is_asked_again() {
    let (ended, ledger, asked) = ask(vec![Reply::Hang; 2], "--timeout 300ms");
    ended.with_code(0).saying("answered 40 + failed 0\n");
    assert_eq!(ledger["retries"], 2);
    assert_eq!(asked, PROMPTS + 2);
}

#[test]
fn what_was_cut_off_is_asked_for_again() {
    for transport in ["blocking", "async"] {
        let mut count = 0;
        let reply = move |received: &Received| {
            count += 1;
            let reply = script::echo(received);
            if count % 20 == 7 { torn(reply) } else { reply }
        };
        let (ended, ledger, asked) = ask_one_that(reply, &format!("--transport {transport}"));
        ended.with_code(0).saying("answered 40 + failed 0\n");
        assert_eq!(ledger["retries"], 2, "{transport}");
        assert_eq!(asked, PROMPTS + 2);
    }
}

#[test]
fn a_server_that_closes_its_connections_costs_nothing_but_those() {
    for transport in ["blocking", "async"] {
        let reply = |received: &Received| script::echo(received).then_close();
        let (ended, ledger, _) = ask_one_that(reply, &format!("--transport {transport}"));
        ended.with_code(0).saying("answered 40 + failed 0\n");
        assert_eq!(ledger["retries"], 0, "{transport}");
    }
}

#[test]
fn an_answer_to_another_is_nobodys() {
    let mut last: Option<Reply> = None;
    let mut count = 0;
    let reply = move |received: &Received| {
        count += 1;
        let own = script::echo(received);
        let other = last.replace(own.clone());
        other.filter(|_| count == 9).unwrap_or(own)
    };
    let (ended, ..) = ask_one_that(reply, "");
    ended.with_code(1).saying("answered 39 + failed 1\n");
}

#[test]
fn rows_whose_answers_are_too_few_are_asked_about_alone() {
    let mut count = 0;
    let server = script::server(move |received: &Received| {
        count += 1;
        if count == 2 {
            return script::echo_of_other_rows(received);
        }
        script::echo(received)
    });
    let folder = Folder::new();
    let rows: String = (0..PROMPTS)
        .map(|number| format!("{number},0.5\n"))
        .collect();
    folder.write("rows.csv", "a,b\n".to_owned() + &rows);
    let ended = folder.run(&format!(
        "batch rows.csv --server {} --protocol oip --tensors json --model m --rows-per-request 4",
        server.url()
    ));
    let ended = ended.with_code(0).saying("answered 40 + failed 0\n");
    for (number, record) in ended.records().iter().enumerate() {
        let echo = serde_json::json!([number as f64, 0.5]);
        assert_eq!(record["answer"]["echo"], echo, "{record}");
    }
}

#[test]
fn a_server_that_comes_back_on_its_port_is_found() {
    let folder = Folder::new();
    folder.write("prompts.txt", prompts());
    let server = script::server(script::echo);
    let going = folder.start(&format!(
        "batch prompts.txt --server {} --protocol oip --tensors json --model m --rate 100/s",
        server.url()
    ));
    server.wait_for_requests(script::QUESTIONS + 5);
    let address = server.address();
    drop(server);
    let _again = script::server_at(address, script::echo);
    let ended = going.end().with_code(0).saying("answered 40 + failed 0\n");
    assert_eq!(ended.records().len(), PROMPTS);
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
