//! Records that go on to a web hook.

use creel_testkit::http::{Reply, ScriptedServer};
use serde_json::Value;

use crate::program::Folder;

/// Asks the built-in server about three irises, and posts the records to a hook that gives this reply first.
fn forward(reply: Reply) -> (ScriptedServer, crate::program::Ended, usize) {
    let mut replies = [reply].into_iter();
    let hook =
        ScriptedServer::answering(move |_| replies.next().unwrap_or_else(|| Reply::text(204, "")));
    let folder = Folder::new();
    folder.write(
        "iris.csv",
        "a,b,c,d\n5.1,3.5,1.4,0.2\n6.2,2.8,4.8,1.8\n5.9,3.0,4.2,1.5\n",
    );
    let ended = folder.run(&format!(
        "batch iris.csv --model iris --forward {}/hook",
        hook.url()
    ));
    let records = ended.records().len();
    (hook, ended, records)
}

#[test]
fn each_record_is_posted_and_written() {
    let (hook, ended, records) = forward(Reply::text(503, "busy"));
    ended
        .with_code(0)
        .saying("captured 3 = answered 3 + failed 0\n")
        .saying("1 record written again");
    assert_eq!(records, 3);
    let posted: Vec<Value> = hook
        .received()
        .iter()
        .map(|request| serde_json::from_slice(&request.body).unwrap())
        .collect();
    assert_eq!(posted[0], posted[1], "the first came twice");
    let ids: Vec<_> = posted[1..].iter().map(|record| &record["id"]).collect();
    assert_eq!(ids, [2, 3, 4]);
    assert_eq!(posted[1]["answer"]["label"][0], "setosa");
}

#[test]
fn a_hook_that_is_not_there_ends_the_run_and_is_named() {
    let (hook, ended, _) = forward(Reply::text(404, "no such hook"));
    ended
        .with_code(1)
        .saying(&format!("{}/hook", hook.url()))
        .saying("no such hook");
}
