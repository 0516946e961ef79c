use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::program::{Folder, Going};

/// How long something may take that takes a moment, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the program was told to show, and where.
pub(crate) struct Page {
    pub(crate) address: String,
    query: String,
}

impl Page {
    /// Waits until the program has said where its page is.
    pub(crate) fn of(going: &mut Going) -> Self {
        let line = going.line_that_says("page at http://");
        let url = line.split("http://").nth(1).unwrap().trim();
        let (address, query) = url.split_once('/').unwrap();
        Self {
            address: address.to_owned(),
            query: query.to_owned(),
        }
    }

    fn connect(&self, path: &str) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = &self.address;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        BufReader::new(stream)
    }

    /// The status and the body.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let mut text = Vec::new();
        self.connect(path).read_to_end(&mut text).unwrap();
        let text = String::from_utf8_lossy(&text);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }
}

#[test]
fn a_page_shows_the_run_and_the_picture_with_its_answer() {
    let folder = Folder::new();
    let mut going =
        folder.start("watch --camera front=test:?size=320x240&fps=20 --when-full block --ui 0");
    let page = Page::of(&mut going);
    assert_eq!(page.get("/").0, 200);
    assert_eq!(page.get("/healthz"), (200, "ok\n".to_owned()));
    let mut events = page.connect("/events").lines();
    let mut state = |is_so: &dyn Fn(&Value) -> bool| loop {
        let line = events.next().unwrap().unwrap();
        let state = line.strip_prefix("data: ").unwrap_or("null");
        let Ok(state) = serde_json::from_str::<Value>(state) else {
            continue;
        };
        if is_so(&state) {
            return state;
        }
    };
    let state_of_run = state(&|state| state["strips"][0]["worker"] == "creel-ask-0");
    assert_eq!(state_of_run["ledger"]["adds_up"], true);
    assert_eq!(state_of_run["sources"][0]["name"], "front");
    assert!(!state_of_run["lanes"].as_array().unwrap().is_empty());
    state(&|pictures| {
        let shown = pictures["easels"][0]["shown"].as_str();
        shown.is_some_and(|shown| shown.ends_with('a'))
    });
    let shot = page.get("/sources/0/shot").1;
    let head = &shot[shot.find('{').unwrap()..=shot.find("]}").unwrap() + 1];
    assert!(head.contains(r#""is_answered":true"#), "{head}");
    let metrics = page.get("/metrics").1;
    assert!(
        metrics.contains("creel_source_up{source=\"front\"} 1"),
        "{metrics}"
    );
    going.interrupt();
    let ended = going.end().with_code(130);
    assert!(!ended.records().is_empty());
}

#[test]
fn a_hundred_pages_of_which_half_never_read_change_nothing_in_the_records() {
    let folder = Folder::new();
    let mut going = folder
        .start("watch --camera test:?size=160x160&fps=50 --frames 150 --when-full block --ui 0");
    let page = Page::of(&mut going);
    let pages: Vec<_> = (0..100).map(|_| page.connect("/events")).collect();
    let (mut idle, reading): (Vec<_>, Vec<_>) = pages
        .into_iter()
        .enumerate()
        .partition(|(number, _)| number % 2 == 0);
    for (_, page) in &mut idle {
        // It was let in, and that is all it ever reads.
        let mut line = String::new();
        page.read_line(&mut line).unwrap();
        assert_eq!(line, "HTTP/1.1 200 OK\r\n");
    }
    let readers: Vec<_> = reading
        .into_iter()
        .map(|(_, page)| {
            std::thread::spawn(move || {
                page.lines()
                    .map_while(Result::ok)
                    .any(|line| line == "event: end")
            })
        })
        .collect();
    let ended = going.end().with_code(0);
    for reader in readers {
        assert!(reader.join().unwrap(), "each hears of the end");
    }
    drop(idle);
    let records = ended.records();
    let frames: Vec<&Value> = records.iter().map(|record| &record["frame"]).collect();
    assert_eq!(json!(frames), json!((0..150).collect::<Vec<_>>()));
    for record in &records {
        assert_eq!(
            record["answer"]["text"],
            json!([record["frame"].to_string()])
        );
    }
}

#[test]
fn a_camera_that_is_gone_is_told_to_machines() {
    let folder = Folder::new();
    let camera = creel_testkit::http::ScriptedServer::start([creel_testkit::http::Reply::Die]);
    let line = format!(
        "watch --camera test:?fps=5 --camera gate={}/stream --ui 0",
        camera.url()
    );
    let mut going = folder.start(&line);
    let page = Page::of(&mut going);
    let began = Instant::now();
    let reconnecting = loop {
        let (status, reasons) = page.get("/healthz");
        if status == 503 {
            break reasons;
        }
        assert!(began.elapsed() < PATIENCE, "healthy for ever");
    };
    assert!(
        reconnecting.starts_with("gate: reconnecting for "),
        "{reconnecting}"
    );
    let metrics = page.get("/metrics").1;
    assert!(
        metrics.contains("creel_source_up{source=\"gate\"} 0"),
        "{metrics}"
    );
    going.interrupt();
    going.end();
}

#[test]
fn at_an_address_that_others_reach_a_token_is_made_up_and_asked_for() {
    let folder = Folder::new();
    let mut going = folder.start("watch --camera test:?fps=5 --ui 0.0.0.0:0");
    let page = Page::of(&mut going);
    let token = page.query.strip_prefix("?token=").unwrap();
    assert_eq!(token.len(), 32);
    assert_eq!(page.get("/").0, 401);
    assert_eq!(page.get("/events").0, 401);
    assert_eq!(page.get(&format!("/?token={token}")).0, 303);
    going.interrupt();
    going.end();
}

#[test]
fn a_token_that_was_chosen_is_told_nowhere() {
    let folder = Folder::new();
    let token = "hide-me-0123456789";
    let line = format!("watch --camera test:?fps=5 --ui 0 -vv --ui-token {token}");
    let mut going = folder.start(&line);
    let page = Page::of(&mut going);
    assert_eq!(page.get(&format!("/?token={token}")).0, 303);
    assert_eq!(page.get("/metrics").0, 401);
    going.interrupt();
    let ended = going.end();
    assert!(!ended.stderr.contains("hide-me"), "{}", ended.stderr);
}

#[test]
fn wrong_words_about_the_page_are_told() {
    let folder = Folder::new();
    folder
        .run("watch --ui 0 --ui-token short")
        .with_code(2)
        .saying("a token for the page has 16 to 256 characters");
    folder
        .run("watch --ui nowhere:x")
        .with_code(2)
        .saying("--ui");
    folder
        .run("watch --quiet --ui 0.0.0.0:0")
        .with_code(2)
        .saying("CREEL_UI_TOKEN");
    let going = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = going.local_addr().unwrap();
    folder
        .run(&format!("watch --ui {address}"))
        .with_code(1)
        .saying("another program listens on");
}

#[test]
#[ignore = "needs promtool: cargo xtask metrics"]
fn promtool_has_nothing_to_say_of_the_metrics_of_a_watch() {
    let folder = Folder::new();
    let mut going = folder.start(
        "watch --camera front=test:?size=160x160&fps=20 --camera back=test:?size=160x160&fps=20&seed=2 --ui 0",
    );
    let page = Page::of(&mut going);
    let metrics = loop {
        let (status, metrics) = page.get("/metrics");
        assert_eq!(status, 200);
        let is_answered = |line: &str| {
            let count = line.strip_prefix("creel_items_answered_total{source=\"back\"} ");
            count.is_some_and(|count| count != "0")
        };
        if metrics.lines().any(is_answered) {
            break metrics;
        }
    };
    creel_testkit::promtool(&metrics);
}
