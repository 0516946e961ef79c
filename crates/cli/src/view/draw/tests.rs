use std::time::Duration;

use creel_pipeline::Health;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::super::glimpses::Glimpse;
use super::super::picture::{Camera, Gauge, Picture};
use super::draw;
use crate::record::Status;

fn picture() -> Picture {
    Picture {
        title: "creel  front, back to model qr at http://gpu:8000".to_owned(),
        elapsed: Duration::from_millis(12_300),
        cameras: vec![
            Camera {
                name: "front".to_owned(),
                health: Health::Live,
                rate: 29.97,
                captured: 360,
                answered: 340,
                failed: 2,
                dropped: 11,
                lost: 0,
            },
            Camera {
                name: "back".to_owned(),
                health: Health::Reconnecting {
                    since: Duration::from_secs(5),
                    attempts: 3,
                },
                rate: 0.0,
                captured: 7,
                answered: 7,
                failed: 0,
                dropped: 0,
                lost: 4,
            },
        ],
        rate: 28.4,
        gauges: vec![Gauge {
            name: "buffer",
            fill: 0.5,
            told: "32 of 64, 3.2 MB".to_owned(),
        }],
        stages: [3, 8, 1],
        latency: "p50 12 ms  p99 40 ms  max 60 ms".to_owned(),
        server: "p50 9.0 ms  p99 30 ms  max 55 ms".to_owned(),
        bottleneck: Some(
            "the server, waited for 97% of the time: 346 ms for an answer, 1.9 asked at once"
                .to_owned(),
        ),
        sinks: vec!["http://hook:9/in: down, 12 missing: nobody answers".to_owned()],
        in_flight: Vec::new(),
        answers: vec![
            Glimpse {
                key: "front 341".to_owned(),
                status: Status::Failed,
                said: "the request timed out".to_owned(),
                latency: Some(Duration::from_secs(30)),
            },
            Glimpse {
                key: "front 340".to_owned(),
                status: Status::Answered,
                said: r#"{"text":["340"]}"#.to_owned(),
                latency: Some(Duration::from_millis(12)),
            },
        ],
        log: vec![
            "an old line".to_owned(),
            "\u{1b}[2m12:00:00\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m reconnecting".to_owned(),
        ],
    }
}

fn drawn(picture: &Picture, width: u16, height: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, picture)).unwrap();
    let buffer = terminal.backend().buffer();
    let row = |y| {
        let cells = (0..width).map(|x| buffer[(x, y)].symbol());
        cells.collect::<String>().trim_end().to_owned()
    };
    (0..height).map(row).collect()
}

#[track_caller]
fn shows(lines: &[String], words: &[&str]) {
    let found = lines
        .iter()
        .any(|line| words.iter().all(|word| line.contains(word)));
    assert!(found, "no line has {words:?}:\n{}", lines.join("\n"));
}

#[test]
fn all_that_matters_stands_in_a_terminal_of_the_usual_size() {
    let lines = drawn(&picture(), 80, 24);
    shows(
        &lines,
        &["creel  front, back", "28.4 frames/s  12 s  Ctrl-C ends"],
    );
    shows(&lines, &["front", "live", "30.0", "360", "340", "11"]);
    shows(&lines, &["back", "reconnecting 5 s", "0.0", "7"]);
    let half = "█".repeat(15) + &"░".repeat(15);
    shows(&lines, &["buffer", &half, "32 of 64, 3.2 MB"]);
    shows(&lines, &["3 queued, 8 running, 1 answered"]);
    shows(&lines, &["latency", "p50 12 ms"]);
    shows(
        &lines,
        &["bottleneck", "the server, waited for 97% of the time"],
    );
    shows(&lines, &["346 ms for an answer, 1.9 asked at once"]);
    let down = "http://hook:9/in: down, 12 missing: nobody answers";
    shows(&lines, &["results", down]);
    shows(
        &lines,
        &["front 341", "failed", "30.0 s", "the request timed out"],
    );
    shows(
        &lines,
        &["front 340", "answered", "12 ms", r#"{"text":["340"]}"#],
    );
    shows(&lines, &["12:00:00  WARN reconnecting"]);
}

#[test]
fn a_wide_terminal_has_the_items_beside_the_results() {
    let lines = drawn(&picture(), 200, 50);
    shows(
        &lines,
        &["in flight, oldest first", "results, latest first"],
    );
}

#[test]
fn a_long_line_of_the_log_goes_on_in_the_next() {
    let log = vec!["a".repeat(80) + &"b".repeat(30)];
    let lines = drawn(&Picture { log, ..picture() }, 80, 24);
    assert_eq!(lines[21], "a".repeat(80));
    assert_eq!(lines[22], "b".repeat(30));
}

#[test]
fn nothing_breaks_in_a_terminal_of_any_size() {
    let full = picture();
    for (width, height) in [(1, 1), (3, 2), (20, 5), (80, 12), (119, 24), (500, 200)] {
        drawn(&full, width, height);
        drawn(&Picture::default(), width, height);
    }
}
