//! How the pool would do on more cores than there are here, by simulation.
//!
//! The decisions are those of `creel_core::executor`, which the pool itself applies; the steps between them are written
//! after the pool's own; only the cores and their caches are made up, with costs that were measured on two. So the
//! figures say where cores would stand in line for one another and how that grows, not what a task would cost.

mod engine;
mod memory;
mod patience;
mod pool;
mod queues;
mod rules;
mod scenes;
mod threads;

use std::fmt::{self, Write};

use anyhow::{Context, Result};
use rules::{CREEL, OTHERS};
use scenes::SCENES;

use crate::document;

/// The sizes of the pool.
const WORKERS: [u16; 3] = [8, 64, 256];

/// The file that tells of it, from the root of the repository.
const DOCUMENT: &str = "docs/scaling.md";

/// Plays every scene with pools of every size, and writes down what came of it.
pub(crate) fn run() -> Result<()> {
    let tables = report().context("a string takes everything")?;
    println!("{tables}");
    document::replace_figures(DOCUMENT, &tables)?;
    println!("written: {DOCUMENT}");
    Ok(())
}

fn report() -> std::result::Result<String, fmt::Error> {
    let mut text = String::new();
    for scene in &SCENES {
        writeln!(text, "### {}\n", scene.title)?;
        write_head(&mut text)?;
        for workers in WORKERS {
            for rules in std::iter::once(CREEL).chain(OTHERS) {
                writeln!(text, "{}", scene.play(workers, rules))?;
            }
        }
        writeln!(text)?;
    }
    Ok(text)
}

fn write_head(text: &mut String) -> fmt::Result {
    writeln!(
        text,
        "| workers | rule | ns per task | workers' time in tasks | queued for the word, ns | for the common queue | for deques \
         | lines sent | retries | wakes per 1,000 | at work | all at work after, µs | wait p50, µs | p99 |"
    )?;
    writeln!(text, "|---|---|{}", "---:|".repeat(12))
}

#[cfg(test)]
mod tests;
