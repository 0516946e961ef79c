//! The run as a trace.

use std::collections::HashMap;

use creel_testkit::http::Reply;
use serde_json::Value;

use crate::program::Folder;
use crate::script;

/// What tells the spans of a name from each other.
fn span(event: &Value) -> &str {
    event["id2"]["local"].as_str().unwrap()
}

/// How many there were of each stage, and how many microseconds they took together.
fn sums(events: &[Value]) -> HashMap<String, (u64, f64)> {
    let mut sums = HashMap::<String, (u64, f64)>::new();
    let mut open = HashMap::new();
    for event in events {
        let name = event["name"].as_str().unwrap();
        let at = event["ts"].as_f64().unwrap();
        let time = match event["ph"].as_str().unwrap() {
            "X" => event["dur"].as_f64().unwrap(),
            "b" => {
                let before = open.insert((name, span(event)), at);
                assert_eq!(before, None, "{event}");
                continue;
            }
            "e" => {
                let begun = open.remove(&(name, span(event)));
                at - begun.expect("it was begun")
            }
            _ => continue,
        };
        assert!(time >= 0.0, "{event}");
        let sum = sums.entry(name.to_owned()).or_default();
        sum.0 += 1;
        sum.1 += time;
    }
    assert_eq!(open.len(), 0, "each span that begins ends");
    sums
}

/// Checks what the format asks of every event, and that workers are named.
fn check_form(events: &[Value]) {
    let mut names = HashMap::new();
    for event in events {
        assert_eq!(event["pid"], 1, "{event}");
        let thread = event["tid"].as_u64().unwrap();
        match event["ph"].as_str().unwrap() {
            "M" => {
                names.insert(thread, event["args"]["name"].as_str().unwrap());
            }
            "X" => assert!(names.contains_key(&thread), "{event}"),
            "s" | "f" => assert!(event["id"].is_u64(), "{event}"),
            "b" | "e" => assert!(span(event).starts_with("0x"), "{event}"),
            "i" => assert_eq!(event["s"], "t"),
            other => panic!("{other}: {event}"),
        }
    }
    let workers = names.values().filter(|name| name.starts_with("creel-ask"));
    assert!(workers.count() >= 1, "{names:?}");
}

#[test]
fn the_slices_of_a_trace_are_the_sums_of_the_summary() {
    for transport in ["blocking", "async"] {
        let folder = Folder::new();
        folder
            .run(&format!(
                "watch --camera test:?size=160x160 --frames 40 --transport {transport} --trace run.json"
            ))
            .with_code(0)
            .saying("trace of 40 in run.json\n");
        let events: Vec<Value> = serde_json::from_str(&folder.read("run.json")).unwrap();
        check_form(&events);
        let sums = sums(&events);
        let ledger: Value = serde_json::from_str(&folder.read("results.ledger.json")).unwrap();
        for (stage, told) in ledger["stages"].as_object().unwrap() {
            let (count, microseconds) = sums[stage];
            assert_eq!(told["count"], count, "{stage}");
            assert_eq!(count, 40, "{stage}");
            let total = told["total_s"].as_f64().unwrap() * 1e6;
            assert!(
                (microseconds - total).abs() < 2.0,
                "{stage}: {microseconds} µs, {told}"
            );
        }
        assert_eq!(sums["frame"].0, 40);
        let arrows = |phase| events.iter().filter(|event| event["ph"] == phase).count();
        assert_eq!((arrows("s"), arrows("f")), (40, 40));
    }
}

#[test]
fn the_trace_of_an_interrupted_run_is_whole() {
    let server = script::server(|_| Reply::json(200, "{}"));
    let folder = Folder::new();
    let going = folder.start(&format!(
        "watch --camera test:?size=160x160 --protocol raw --server {}/p --trace run.json",
        server.url()
    ));
    server.wait_for_requests(20);
    going.interrupt();
    going.end().with_code(130).saying("trace of ");
    let events: Vec<Value> = serde_json::from_str(&folder.read("run.json")).unwrap();
    check_form(&events);
    assert!(sums(&events)["frame"].0 >= 1);
}

#[test]
fn the_trace_of_a_killed_run_lacks_its_end_alone() {
    let server = script::server(|_| Reply::json(200, "{}"));
    let folder = Folder::new();
    let going = folder.start(&format!(
        "watch --camera test:?size=160x160 --protocol raw --server {}/p --trace run.json",
        server.url()
    ));
    server.wait_for_requests(100);
    going.kill();
    let text = folder.read("run.json");
    let events: Vec<Value> = serde_json::from_str(&format!("{text}]")).unwrap();
    assert!(!events.is_empty());
}

#[test]
fn a_trace_that_cannot_be_written_ends_the_run_before_it_begins() {
    let folder = Folder::new();
    folder
        .run("watch --frames 1 --trace nowhere/run.json")
        .with_code(1)
        .saying("error: --trace nowhere/run.json cannot be written");
}

#[test]
#[cfg(target_os = "linux")]
fn a_trace_whose_disk_is_full_is_told_while_the_run_goes_on() {
    let server = script::server(|_| Reply::json(200, "{}"));
    let folder = Folder::new();
    let mut going = folder.start(&format!(
        "watch --camera test:?size=160x160 --protocol raw --server {}/p --trace /dev/full",
        server.url()
    ));
    going.wait_until_said("the trace cannot be written any more");
    server.wait_for_requests(server.received().len() + 20);
    going.interrupt();
    let ended = going.end();
    ended.with_code(1).saying("--trace /dev/full is torn");
}
