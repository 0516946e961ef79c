//! Kills whoever writes, again and again.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::form::{FORMS, Form};

/// A folder is begun anew after so many kills, so that looking at it takes no longer and longer.
const KILLS_EACH: u32 = 20;

/// What was seen of a form.
#[derive(Default)]
struct Seen {
    records: u64,
    torn: u64,
}

pub(crate) fn run(folder: &Path, count: u32, seed: u64) -> Result<()> {
    let mut random = Random(seed);
    let mut seen: HashMap<&str, Seen> = HashMap::new();
    for round in 0..count {
        let folder = folder.join(format!("{}", round / KILLS_EACH));
        fs::create_dir_all(&folder)?;
        // Some at the very beginning, while files are opened.
        let lines = random.below(40) * random.below(10);
        let flushed = kill_one(&folder, lines)?;
        for name in FORMS {
            let form = Form::open(name, &folder)?;
            let durable = flushed.get(name).copied().unwrap_or(0);
            ensure!(
                form.count >= durable,
                "kill {round}, {name}: {} records are there of {durable} that were flushed",
                form.count
            );
            let seen = seen.entry(name).or_default();
            seen.records = seen.records.max(form.count);
            seen.torn += u64::from(form.torn > 0);
        }
    }
    for name in FORMS {
        let Seen { records, torn } = seen.remove(name).unwrap_or_default();
        println!(
            "ok      {name}: {count} kills, up to {records} records, torn {torn} times, whole and all that was flushed after each"
        );
    }
    Ok(())
}

/// Has this program write there, and kills it once it has said so many lines; what it said was flushed.
fn kill_one(folder: &Path, lines: u64) -> Result<HashMap<String, u64>> {
    let program = std::env::current_exe()?;
    let mut child = Command::new(program)
        .arg("write")
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()?;
    let output = child.stdout.take().context("its output was piped")?;
    let mut flushed = HashMap::new();
    let mut killed = false;
    for (number, line) in BufReader::new(output).lines().enumerate() {
        let line = line?;
        let mut words = line.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("flushed"), Some(name), Some(count)) => {
                if let Ok(count) = count.parse() {
                    flushed.insert(name.to_owned(), count);
                }
            }
            (Some("found"), ..) => {}
            // The last may have been said in part.
            _ => ensure!(killed, "{line}"),
        }
        if number as u64 >= lines && !killed {
            child.kill()?;
            killed = true;
        }
    }
    child.wait()?;
    Ok(flushed)
}

/// Draws the same numbers for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}
