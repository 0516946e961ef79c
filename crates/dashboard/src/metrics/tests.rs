use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::*;
use crate::view::{Bottleneck, Fill, Sink, Source, Term, Workers};

/// The samples by name and labels, after a strict look at the form.
fn parsed(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with('\n'));
    let (mut samples, mut families) = (BTreeMap::new(), HashSet::new());
    let (mut name, mut kind) = (String::new(), String::new());
    let is_name = |name: &str| {
        !name.starts_with(|char: char| char.is_ascii_digit())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (found, help) = help.split_once(' ').unwrap();
            assert!(
                is_name(found) && !help.is_empty() && !help.contains('\\'),
                "{line}"
            );
            assert!(
                families.insert(found.to_owned()),
                "{found} stands there twice"
            );
            let kind_line = lines.next().unwrap();
            kind = kind_line
                .strip_prefix(&format!("# TYPE {found} "))
                .unwrap_or_else(|| panic!("{kind_line}"))
                .to_owned();
            assert!(
                ["counter", "gauge", "histogram"].contains(&&*kind),
                "{kind}"
            );
            assert_eq!(kind == "counter", found.ends_with("_total"), "{found}");
            name = found.to_owned();
            continue;
        }
        let (key, value) = line.rsplit_once(' ').unwrap();
        let (metric, labels) = match key.split_once('{') {
            Some((metric, labels)) => (metric, labels.strip_suffix('}').unwrap()),
            None => (key, ""),
        };
        let suffix = metric
            .strip_prefix(&*name)
            .unwrap_or_else(|| panic!("{line} below {name}"));
        let suffixes: &[&str] = match &*kind {
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        assert!(suffixes.contains(&suffix), "{line}");
        check_labels(labels);
        let value: f64 = value.parse().unwrap();
        assert!(value.is_finite(), "{line}");
        assert!(
            samples.insert(key.to_owned(), value).is_none(),
            "{key} stands there twice"
        );
    }
    samples
}

/// Labels are `name="value"`, joined by commas; in a value only `\\`, `\"` and `\n` are escaped.
fn check_labels(labels: &str) {
    let mut rest = labels;
    while !rest.is_empty() {
        let (name, value) = rest.split_once("=\"").unwrap_or_else(|| panic!("{labels}"));
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
            "{name}"
        );
        let mut chars = value.char_indices();
        let end = loop {
            match chars
                .next()
                .unwrap_or_else(|| panic!("no end of a value: {labels}"))
            {
                (_, '\\') => assert!(
                    matches!(chars.next(), Some((_, '\\' | '"' | 'n'))),
                    "{labels}"
                ),
                (index, '"') => break index,
                (_, char) => assert_ne!(char, '\n'),
            }
        };
        rest = &value[end + 1..];
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
}

fn view() -> View {
    let ledger = |captured| Ledger {
        came: vec![Term::of("captured", captured)],
        went: vec![
            Term::of("answered", captured - 3),
            Term::of("dropped", 1).because("buffer full"),
            Term::of("dropped", 1).because("spool full"),
            Term::at("in_flight", 1),
        ],
    };
    let source = |name: &str, captured, health| Source {
        name: name.into(),
        health,
        ledger: ledger(captured),
        lost: 2,
        disconnections: 1,
    };
    let stalled = Health::Stalled {
        since: Duration::from_millis(2_500),
    };
    View {
        title: "a run".into(),
        noun: "frame",
        elapsed: Duration::from_secs(5),
        ledger: ledger(300),
        sources: vec![
            source("front", 100, Health::Live),
            source("C:\\cam \"2\"\nback", 200, stalled),
        ],
        workers: Workers {
            running: 1,
            blocked: 2,
            idle: 3,
            most: 8,
        },
        fills: vec![Fill {
            name: "spool",
            unit: Unit::Bytes,
            used: 5,
            capacity: Some(10),
        }],
        bottleneck: Some(Bottleneck {
            part: "server",
            text: "slow".into(),
        }),
        sinks: vec![Sink {
            name: "http://hook:9/\"in\"".into(),
            state: "down",
            is_well: false,
            written: 90,
            rejected: 1,
            dropped: 6,
            queued: 3,
            trouble: Some("nobody answers".into()),
        }],
        ..View::default()
    }
}

#[test]
fn the_text_is_what_prometheus_takes_with_every_figure_in_it() {
    let mut latency = Histogram::new();
    for milliseconds in [1, 7, 70, 70_000] {
        latency.record(Duration::from_millis(milliseconds));
    }
    let samples = parsed(&text(&view(), &(latency, Histogram::new()), 3));
    for (key, value) in [
        (r#"creel_items_captured_total{source="front"}"#, 100.0),
        (
            r#"creel_items_captured_total{source="C:\\cam \"2\"\nback"}"#,
            200.0,
        ),
        (
            r#"creel_items_dropped_total{source="front",reason="buffer full"}"#,
            1.0,
        ),
        (r#"creel_items_in_flight{source="front"}"#, 1.0),
        (r#"creel_source_up{source="front"}"#, 1.0),
        (r#"creel_source_up{source="C:\\cam \"2\"\nback"}"#, 0.0),
        (
            r#"creel_source_silence_seconds{source="C:\\cam \"2\"\nback"}"#,
            2.5,
        ),
        (r#"creel_source_health{source="front",health="live"}"#, 1.0),
        (
            r#"creel_source_health{source="front",health="stalled"}"#,
            0.0,
        ),
        (r#"creel_sink_up{sink="http://hook:9/\"in\""}"#, 0.0),
        (
            r#"creel_sink_records_total{sink="http://hook:9/\"in\"",fate="dropped"}"#,
            6.0,
        ),
        (
            r#"creel_sink_queued_records{sink="http://hook:9/\"in\""}"#,
            3.0,
        ),
        (r#"creel_latency_seconds_bucket{le="0.001"}"#, 1.0),
        (r#"creel_latency_seconds_bucket{le="0.1"}"#, 3.0),
        (r#"creel_latency_seconds_bucket{le="60"}"#, 3.0),
        (r#"creel_latency_seconds_bucket{le="+Inf"}"#, 4.0),
        ("creel_latency_seconds_count", 4.0),
        ("creel_latency_seconds_sum", 70.078),
        (r#"creel_workers{state="blocked"}"#, 2.0),
        ("creel_spool_bytes", 5.0),
        ("creel_spool_capacity_bytes", 10.0),
        (r#"creel_bottleneck{part="server"}"#, 1.0),
        ("creel_dashboard_pages", 3.0),
        ("creel_run_seconds", 5.0),
    ] {
        assert_eq!(samples.get(key), Some(&value), "{key}");
    }
}

#[test]
fn a_run_of_which_nothing_is_known_has_metrics_too() {
    let none = (Histogram::new(), Histogram::new());
    parsed(&text(&View::default(), &none, 0));
}

#[test]
fn the_sources_add_up_to_what_the_ledger_has() {
    let view = view();
    assert!(view.sources.iter().all(|source| source.ledger.adds_up()));
    assert!(view.ledger.adds_up());
    let none = (Histogram::new(), Histogram::new());
    let samples = parsed(&text(&view, &none, 0));
    let sum: f64 = samples
        .iter()
        .filter(|(key, _)| key.starts_with("creel_items_captured_total"))
        .map(|(_, value)| value)
        .sum();
    assert_eq!(sum, view.ledger.count("captured") as f64);
}

#[test]
#[ignore = "needs promtool: cargo xtask metrics"]
fn promtool_has_nothing_to_say_of_any_figure_and_any_name() {
    let mut latency = Histogram::new();
    latency.record(Duration::from_millis(70));
    creel_testkit::promtool(&text(&view(), &(latency, Histogram::new()), 3));
    let none = (Histogram::new(), Histogram::new());
    creel_testkit::promtool(&text(&View::default(), &none, 0));
}
