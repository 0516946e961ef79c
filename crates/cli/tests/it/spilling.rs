//! Frames that wait on disk, and cameras side by side.

use std::collections::BTreeMap;

use creel_testkit::http::{Reply, ScriptedServer};
use serde_json::Value;

use crate::program::Folder;
use crate::script::{self, QUESTIONS};

/// A server that answers so many inferences, and hangs on those that follow.
fn answering(count: usize) -> ScriptedServer {
    let mut answered = 0;
    script::server(move |received| {
        answered += 1;
        if answered > count {
            Reply::Hang
        } else {
            script::echo(received)
        }
    })
}

fn command(server: &ScriptedServer, options: &str) -> String {
    format!(
        "watch --camera test:?size=160x160&fps=300 --server {} --protocol oip --tensors json --model m \
         --workers 1 --buffer 4 {options}",
        server.url()
    )
}

/// The frame numbers that have a record, in the order written, for each run in the order of their first.
#[track_caller]
fn frames(folder: &Folder) -> Vec<Vec<u64>> {
    let lines = folder.read("results.jsonl");
    assert!(lines.ends_with('\n'), "a torn record");
    let (mut runs, mut frames) = (Vec::new(), BTreeMap::<String, Vec<u64>>::new());
    for line in lines.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let run = record["run"].as_str().unwrap().to_owned();
        if !frames.contains_key(&run) {
            runs.push(run.clone());
        }
        let of_run = frames.entry(run).or_default();
        of_run.push(record["frame"].as_u64().unwrap());
    }
    let mut told = Vec::new();
    for run in runs {
        told.push(frames.remove(&run).unwrap());
    }
    told
}

/// Fails the test if a frame has two records.
#[track_caller]
fn check_once(mut numbers: Vec<u64>) {
    let count = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), count, "a frame has two records");
}

#[test]
fn what_waits_on_disk_when_the_program_is_killed_is_answered_once_by_the_next_start() {
    let folder = Folder::new();
    let server = answering(20);
    let mut going = folder.start(&command(&server, "--frames 60 --timeout 1h -v"));
    server.wait_for_requests(QUESTIONS + 21);
    going.wait_until_said("a source has ended");
    going.kill();
    let answered = frames(&folder)[0].len();
    assert!(answered <= 20);
    assert!(folder.path().join("results.spool").exists());

    let server = script::server(script::echo);
    folder
        .run(&command(&server, "--frames 3"))
        .with_code(0)
        .saying("frames of earlier runs wait in results.spool");
    let runs = frames(&folder);
    assert!(runs[0].len() > answered, "nothing came of what waited");
    check_once(runs[0].clone());
    assert_eq!(runs[1], [0, 1, 2]);
    assert!(!folder.path().join("results.spool").exists());
}

#[test]
fn what_ctrl_c_leaves_waits_for_the_next_start() {
    let folder = Folder::new();
    let server = answering(20);
    let options = "--frames 60 --timeout 2s --retries 0 --patience 300ms -v";
    let mut going = folder.start(&command(&server, options));
    server.wait_for_requests(QUESTIONS + 21);
    going.wait_until_said("a source has ended");
    going.interrupt();
    going
        .end()
        .with_code(130)
        .saying(" frames wait in results.spool: the same command goes on with them");

    let server = script::server(script::echo);
    folder
        .run(&command(&server, "--frames 3"))
        .with_code(0)
        .saying("earlier runs: captured 0 + recovered ");
    let runs = frames(&folder);
    let mut first = runs[0].clone();
    check_once(first.clone());
    first.sort_unstable();
    let count = first.len() as u64;
    assert_eq!(first, (0..count).collect::<Vec<_>>(), "a frame is missing");
    assert_eq!(runs[1], [0, 1, 2]);
}

#[test]
fn one_ctrl_c_ends_a_watch_whose_server_is_gone_and_loses_nothing() {
    let folder = Folder::new();
    let server = script::server(script::echo);
    let mut going = folder.start(&command(&server, "-v"));
    server.wait_for_requests(QUESTIONS + 5);
    drop(server);
    going.wait_until_said("the service has stopped answering");
    going.interrupt();
    going
        .end()
        .with_code(130)
        .saying("wait in results.spool: the same command goes on with");
    let ledger: Value = serde_json::from_str(&folder.read("results.ledger.json")).unwrap();
    assert_eq!(ledger["dropped"], 0, "{ledger}");
    assert_eq!(ledger["failed"], 0, "{ledger}");
    assert!(ledger["spilled"].as_u64() > Some(0), "{ledger}");
}

#[test]
fn live_frames_go_first_where_that_is_asked_for() {
    let folder = Folder::new();
    let server = answering(5);
    let mut going = folder.start(&command(&server, "--frames 60 --timeout 1h -v"));
    going.wait_until_said("a source has ended");
    going.kill();

    let server = script::server(script::echo);
    let ended = folder
        .run(&command(&server, "--frames 3 --live-first"))
        .with_code(0);
    let ledger: Value = serde_json::from_str(&folder.read("results.ledger.json")).unwrap();
    assert_eq!(ledger["spilled"], 0, "{}", ended.stderr);
    let runs = frames(&folder);
    check_once(runs[0].clone());
    assert_eq!(runs[1], [0, 1, 2]);
}

#[test]
fn a_full_spool_is_told_and_what_it_had_no_room_for_is_recorded() {
    let folder = Folder::new();
    let server = answering(0);
    let options = "--frames 60 --spool-size 64K --timeout 500ms --retries 0 --patience 500ms";
    folder
        .run(&command(&server, options))
        .with_code(1)
        .saying("(spool full)");
    let ledger: Value = serde_json::from_str(&folder.read("results.ledger.json")).unwrap();
    assert_eq!(ledger["adds_up"], true);
    assert_eq!(ledger["captured"], 60);
    assert!(
        ledger["dropped_by_reason"]["spool full"].as_u64() > Some(0),
        "{ledger}"
    );
    assert_eq!(frames(&folder)[0], (0..60).collect::<Vec<_>>());
}

#[test]
fn two_programs_do_not_share_a_spool() {
    let folder = Folder::new();
    let server = answering(0);
    let going = folder.start(&command(&server, "--timeout 1h"));
    server.wait_for_requests(QUESTIONS + 1);
    folder
        .run(&command(
            &server,
            "--out others.jsonl --spool results.spool",
        ))
        .with_code(1)
        .saying("frames cannot wait in results.spool");
    going.kill();
}

#[test]
fn cameras_stand_side_by_side_under_their_names() {
    let folder = Folder::new();
    let server = script::server(script::echo);
    let line = format!(
        "watch --camera front=test:?size=160x160&frames=7 --camera back=test:?size=160x160&frames=5 \
         --server {} --protocol oip --tensors json --model m",
        server.url()
    );
    let ended = folder
        .run(&line)
        .with_code(0)
        .saying("sending front, back to model m")
        .saying("front: captured 7 = answered 7 + failed 0\n")
        .saying("back: captured 5 = answered 5 + failed 0\n");
    let of = |camera: &str| -> Vec<Value> {
        let records = ended.records().into_iter();
        let mine = records.filter(|record| record["camera"] == camera);
        mine.map(|record| record["frame"].clone()).collect()
    };
    assert_eq!(of("front"), (0..7).map(Value::from).collect::<Vec<_>>());
    assert_eq!(of("back"), (0..5).map(Value::from).collect::<Vec<_>>());
    let ledger: Value = serde_json::from_str(&folder.read("results.ledger.json")).unwrap();
    assert_eq!(ledger["sources"][1]["name"], "back");
    assert_eq!(ledger["sources"][1]["answered"], 5);
}

#[test]
fn cameras_of_one_name_are_refused_before_anything_is_opened() {
    Folder::new()
        .run("watch --camera test: --camera test:")
        .with_code(2)
        .saying("two cameras are called test: name them");
}

#[test]
fn a_camera_that_is_nowhere_is_told_and_ends_the_run() {
    Folder::new()
        .run("watch --camera http://127.0.0.1:9/video --reconnect 1")
        .with_code(1)
        .saying("is disconnected, 1 times asked again in vain");
}

#[test]
fn a_run_that_does_not_begin_leaves_no_empty_spool() {
    let folder = Folder::new();
    folder
        .run("watch --camera test:?size=160x160&fps=30 --model nobody")
        .with_code(1);
    assert!(!folder.path().join("results.spool").exists());
}

#[test]
fn a_spool_that_was_named_keeps_its_frames_whatever_becomes_of_the_results() {
    let folder = Folder::new();
    let server = answering(0);
    let options = "--frames 60 --timeout 1h -v --spool kept";
    let mut going = folder.start(&command(&server, options));
    server.wait_for_requests(QUESTIONS + 1);
    going.wait_until_said("a source has ended");
    going.kill();

    // The standard output knows of no earlier run.
    let again = "--frames 1 --timeout 300ms --retries 0 --patience 300ms --spool kept --out -";
    let mut going = folder.start(&command(&server, again));
    going.wait_until_said("frames of earlier runs wait in kept");
    server.wait_for_requests(2 * QUESTIONS + 2);
    going.interrupt();
    going
        .end()
        .with_code(130)
        .saying(" frames wait in kept: the same command goes on with them");
    assert!(folder.path().join("kept").exists());
}
