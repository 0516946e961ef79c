//! Writes records to a file, stops, and goes on behind what is there.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use creel_core::{Context, Sink};
use creel_file_sink::JsonLines;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Record {
    id: String,
    square: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::temp_dir().join("creel-squares.jsonl");
    let context = Context::new();

    let mut sink = JsonLines::create(&path)?;
    for number in 1..=3 {
        sink.write(&square(number), &context)?;
    }
    Sink::<Record>::flush(&mut sink)?;
    drop(sink);

    let mut sink = JsonLines::append(&path, |record: Record| Some(record.id))?;
    let done = Sink::<Record>::recovered(&mut sink)?;
    println!("done before: {done:?}");
    for record in (1..=5).map(square) {
        if !done.contains(&record.id) {
            sink.write(&record, &context)?;
        }
    }
    Sink::<Record>::flush(&mut sink)?;

    print!("{}", std::fs::read_to_string(&path)?);
    Ok(())
}

fn square(number: u64) -> Record {
    Record {
        id: format!("number-{number}"),
        square: number * number,
    }
}
