//! How many records a second go into a file of JSON lines, on one thread: `cargo run --release --example pace`.
//!
//! The record is as an answer of a detector is: a key, a time, three boxes with labels and scores. What is measured is making
//! the line and handing it to the system, and at the end the wait for the disk.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::time::Instant;

use creel_core::{Context, Sink};
use creel_file_sink::{JsonLines, Rotation};
use serde::Serialize;

#[derive(Serialize)]
struct Record<'a> {
    run: &'a str,
    camera: &'a str,
    frame: u64,
    captured_at: &'a str,
    status: &'a str,
    boxes: [[f32; 4]; 3],
    labels: [&'a str; 3],
    scores: [f32; 3],
    latency_ms: f64,
}

const RECORDS: u64 = 500_000;
/// Records between two flushes: as many as come in a second.
const FLUSH_EACH: u64 = 100_000;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = match std::env::args().nth(1) {
        Some(folder) => folder.into(),
        None => std::env::temp_dir(),
    };
    for (name, rotation) in [
        ("one file", Rotation::default()),
        (
            "parts of 16 MiB",
            Rotation {
                size: std::num::NonZeroU64::new(16 << 20),
                ..Rotation::default()
            },
        ),
    ] {
        let path = folder.join("creel-pace.jsonl");
        let mut sink = JsonLines::create(&path)?;
        sink.rotate(rotation)?;
        let context = Context::new();
        let started = Instant::now();
        let mut flushing = std::time::Duration::ZERO;
        for frame in 0..RECORDS {
            let at = frame as f32;
            let record = Record {
                run: "20261129T120000Z-0a1b2c",
                camera: "front",
                frame,
                captured_at: "2026-11-29T12:00:00.123Z",
                status: "answered",
                boxes: [[at, 20.5, 110.25, 220.75]; 3],
                labels: ["person", "bicycle", "car"],
                scores: [0.98, 0.75, 0.5],
                latency_ms: 12.345,
            };
            sink.write(&record, &context)?;
            if frame % FLUSH_EACH == FLUSH_EACH - 1 {
                let began = Instant::now();
                Sink::<Record>::flush(&mut sink)?;
                flushing += began.elapsed();
            }
        }
        let elapsed = started.elapsed();
        drop(sink);
        let parts = creel_file_sink::parts(&path)?;
        let bytes = path.metadata()?.len();
        let per_second = |time: std::time::Duration| RECORDS as f64 / time.as_secs_f64();
        println!(
            "{name}: {:.0} records a second, {:.0} without the flushes; {} parts, {bytes} bytes in the last",
            per_second(elapsed),
            per_second(elapsed.saturating_sub(flushing)),
            parts.len()
        );
        for part in parts {
            std::fs::remove_file(part)?;
        }
        std::fs::remove_file(path)?;
    }
    Ok(())
}
