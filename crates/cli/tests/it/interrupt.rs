use std::io::Write;

use creel_testkit::http::Reply;

use crate::program::Folder;
use crate::script::{self, QUESTIONS};

#[test]
fn an_interrupted_watch_finishes_what_is_in_flight_and_loses_no_record() {
    let server = script::server(script::echo);
    let folder = Folder::new();
    let going = folder.start(&format!(
        "watch --camera test:?size=160x160 --server {} --protocol oip --tensors json --model m",
        server.url()
    ));
    server.wait_for_requests(QUESTIONS + 10);
    going.interrupt();
    let ended = going
        .end()
        .with_code(130)
        .saying("interrupted: finishing what is in flight");
    let records = ended.records();
    assert!(records.len() >= 10);
    for (number, record) in records.iter().enumerate() {
        assert_eq!(record["frame"], number);
        assert_ne!(record["status"], "failed", "{record}");
        if record["status"] == "dropped" {
            assert_eq!(record["error"], "interrupted");
        }
    }
}

#[test]
fn the_second_interrupt_waits_for_nobody() {
    let server = script::server(|_| Reply::Hang);
    let folder = Folder::new();
    let mut going = folder.start(&format!(
        "watch --camera test:?size=160x160 --server {} --protocol oip --tensors json --model m --timeout 1h",
        server.url()
    ));
    server.wait_for_requests(QUESTIONS + 1);
    going.interrupt();
    going.wait_until_said("once more stops at once");
    going.interrupt();
    going.end().with_code(130).saying("stopping at once");
}

#[test]
fn an_input_that_never_ends_can_be_interrupted() {
    let server = script::server(script::echo);
    let folder = Folder::new();
    let mut going = folder.start(&format!(
        "batch - --format text --server {} --protocol oip --tensors json --model m",
        server.url()
    ));
    let mut stdin = going.stdin.take().unwrap();
    stdin.write_all(b"one\ntwo\nthr").unwrap();
    server.wait_for_requests(QUESTIONS + 2);
    going.interrupt();
    let ended = going.end().with_code(130);
    let records = ended.records();
    assert_eq!(records.len(), 2);
    assert_eq!(records[1]["answer"]["echo"][0], "two");
    drop(stdin);
}
