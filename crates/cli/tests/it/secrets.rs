//! Secrets go to the server, and nowhere else.

use std::fs;
use std::process::{Command, Output};

use creel_testkit::http::{Reply, ScriptedServer};

use crate::program::Folder;
use crate::script;

const SECRET: &str = "xyzzy";
/// What `name:xyzzy` is in base64.
const BASIC: &str = "bmFtZTp4eXp6eQ==";

#[test]
fn whatever_fails_no_secret_is_printed_logged_or_written() {
    for transport in ["blocking", "async"] {
        for hook in ["http://127.0.0.1:9/hook", "nonsense:/"] {
            whatever_fails(transport, hook);
        }
    }
}

fn whatever_fails(transport: &str, hook: &str) {
    let mut count = 0;
    let server = script::server(move |received| {
        count += 1;
        match count {
            1 => Reply::text(401, "who are you?"),
            2 => Reply::text(503, "busy"),
            3 => Reply::torn(200, "{}"),
            4 => Reply::Close,
            5 => Reply::text(200, "rubbish"),
            _ => script::echo(received),
        }
    });
    let folder = Folder::new();
    folder.write("prompts.txt", "one\ntwo\nthree\nfour\nfive\nsix\n");
    let url = server.url().replace("//", &format!("//name:{SECRET}@"));
    let output = Command::new(env!("CARGO_BIN_EXE_creel"))
        .args(["batch", "prompts.txt", "-vv", "--model", "m"])
        .args(["--protocol", "oip", "--tensors", "json"])
        .args(["--server", &format!("{url}?key={SECRET}"), "--retries", "1"])
        .args(["--transport", transport, "--summary", "summary.json"])
        .args(["--header", &format!("X-Key: {SECRET}")])
        .args(["--forward", &format!("{hook}?key={SECRET}")])
        .env("CREEL_TOKEN", SECRET)
        .env("CREEL_FORWARD_TOKEN", SECRET)
        .current_dir(folder.path())
        .output()
        .unwrap();
    check_silent(&output, &folder);
    let received = server.received();
    let Some(sent) = received.iter().find(|request| request.method == "POST") else {
        assert_eq!(hook, "nonsense:/", "nothing was sent");
        return;
    };
    let token = format!("Bearer {SECRET}");
    assert_eq!(sent.header("authorization"), Some(token.as_str()));
    assert_eq!(sent.header("x-key"), Some(SECRET));
    assert!(sent.path.ends_with("?key=xyzzy"), "{}", sent.path);
}

/// A run has failed, and neither what it said nor what it left in its folder holds a secret; what it said.
#[track_caller]
fn check_silent(output: &Output, folder: &Folder) -> String {
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout.clone()).unwrap()
        + &String::from_utf8(output.stderr.clone()).unwrap();
    let mut told = said.clone();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        told += &String::from_utf8_lossy(&fs::read(&path).unwrap());
    }
    for secret in [SECRET, BASIC] {
        assert!(!told.contains(secret), "{secret} is in {told}");
    }
    said
}

#[test]
fn a_token_that_was_said_and_the_password_of_a_proxy_are_told_by_nobody() {
    for transport in ["blocking", "async"] {
        let folder = Folder::new();
        folder.write("prompts.txt", "one\ntwo\n");
        let output = Command::new(env!("CARGO_BIN_EXE_creel"))
            .args(["batch", "prompts.txt", "-vv", "--model", "m"])
            .args(["--protocol", "oip", "--server", "http://model.example/"])
            .args(["--transport", transport, "--summary", "summary.json"])
            .args(["--retries", "0", "--bearer", SECRET])
            // Nobody listens there.
            .args(["--proxy", &format!("http://name:{SECRET}@127.0.0.1:9")])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = check_silent(&output, &folder);
        assert!(said.contains("model.example"), "{said}");
    }
}

#[test]
fn a_camera_that_is_not_there_is_told_without_its_password() {
    for camera in [
        "http://me:xyzzy@127.0.0.1:9/video?key=xyzzy",
        "rtsp://me:xyzzy@127.0.0.1:9/live?key=xyzzy",
    ] {
        let folder = Folder::new();
        let output = Command::new(env!("CARGO_BIN_EXE_creel"))
            .args(["watch", "--camera", camera, "-vv", "--reconnect", "0"])
            .args(["--out", "out.jsonl", "--summary", "summary.json"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = check_silent(&output, &folder);
        assert!(said.contains("127.0.0.1:9"), "{said}");
    }
}

#[test]
fn the_key_of_a_hosted_api_is_shown_to_a_server_that_asks_for_it() {
    let key = format!("Bearer {SECRET}");
    let server = ScriptedServer::answering(move |received| {
        match (received.header("authorization"), received.method.as_str()) {
            (Some(shown), "GET") if shown == key => Reply::json(200, r#"{"data": [{"id": "m"}]}"#),
            (Some(shown), _) if shown == key => Reply::json(
                200,
                r#"{"choices": [{"message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}]}"#,
            ),
            _ => Reply::json(401, r#"{"error": {"message": "who are you?"}}"#),
        }
    });
    let folder = Folder::new();
    folder.write("prompts.txt", "one\n");
    let run = |server: &str, key: &str| {
        Command::new(env!("CARGO_BIN_EXE_creel"))
            .args(["batch", "prompts.txt", "--overwrite", "--model", "m"])
            .args(["--server", server])
            .env("OPENAI_API_KEY", key)
            .current_dir(folder.path())
            .output()
            .unwrap()
    };
    let output = run(&server.url(), SECRET);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("is shown that of OPENAI_API_KEY"), "{told}");
    assert!(told.contains("speaks OpenAI's chat"), "{told}");
    // Nobody is shown a key unasked.
    let first = &server.received()[0];
    assert_eq!(first.header("authorization"), None);
    let output = run(&server.url(), "");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_camera_that_is_none_is_told_without_its_password() {
    for camera in ["rtsp://me:xyzzy@/live", "door=gopher://me:xyzzy@door/"] {
        let output = Command::new(env!("CARGO_BIN_EXE_creel"))
            .args(["watch", "--camera", camera])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("invalid value for '--camera"), "{told}");
        assert!(!told.contains(SECRET), "{told}");
    }
}
