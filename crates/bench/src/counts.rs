//! What a task takes in figures that do not depend on the machine's mood.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::allocator::Allocator;
use crate::arguments::Settings;
use crate::machine;
use crate::sample::{self, Order};
use crate::workload::{CREEL, LIMIT, Play, Played, THREADS, Workload};
use crate::workloads::Pace;

/// The program that counts allocations.
const COUNTING: &str = "creel-bench-counting";

/// The workloads that are counted, with a small size and one that is some tasks larger: what a process takes besides is
/// in both.
const COUNTED: [(&str, u64, u64); 5] = [
    ("W1", 5_000, 25_000),
    ("W2", 10, 14),
    ("W2J", 10, 14),
    ("W7", 5_000, 25_000),
    ("W9A", 1_000, 3_000),
];

/// One peer in one workload; what could not be counted, because the instrument is not installed, is missing.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Counted {
    pub(crate) workload: String,
    pub(crate) peer: String,
    pub(crate) allocations_per_task: f64,
    pub(crate) bytes_per_task: f64,
    /// By strace.
    pub(crate) futex_calls_per_thousand: Option<f64>,
    /// By callgrind.
    pub(crate) instructions_per_task: Option<f64>,
}

/// An instrument that watches a whole process.
#[derive(Clone, Copy)]
enum Instrument {
    Strace,
    Callgrind,
}

/// Counts what the peers of a workload take, if it is one that is counted.
pub(crate) fn count(workload: &Workload, settings: &Settings) -> Result<Vec<Counted>> {
    let Some(&(_, small, large)) = COUNTED.iter().find(|(name, ..)| *name == workload.name) else {
        return Ok(Vec::new());
    };
    let mut counted = Vec::new();
    for contestant in workload.contestants {
        let peer = contestant.peer;
        let is_counted = matches!(contestant.play, Play::Here(_))
            && peer != LIMIT
            && peer != THREADS
            && settings.asks_for(peer)
            // To count under callgrind takes as long as all the rest of a quick run.
            && (!settings.quick || peer == CREEL);
        if !is_counted {
            continue;
        }
        let order = |size| Order {
            workload: workload.name.to_owned(),
            peer: peer.to_owned(),
            size,
            pace: Pace::Once,
        };
        let orders = [order(small), order(large)];
        let mut failures = 0;
        let counting = sample::sibling(COUNTING)?;
        let played = sample::patiently(peer, &mut failures, || orders[1].send(&counting))?;
        let tasks = played.operations as f64;
        let allocations = played
            .effort
            .allocations
            .context("the program does not count allocations")?;
        counted.push(Counted {
            workload: workload.name.to_owned(),
            peer: peer.to_owned(),
            allocations_per_task: allocations.count as f64 / tasks,
            bytes_per_task: allocations.bytes as f64 / tasks,
            futex_calls_per_thousand: Instrument::Strace
                .watch(&orders, &mut failures)?
                .map(|calls| calls * 1e3),
            instructions_per_task: Instrument::Callgrind.watch(&orders, &mut failures)?,
        });
    }
    Ok(counted)
}

impl Instrument {
    /// What the larger of two orders takes more, for each task that it has more; `None` when the instrument is missing.
    fn watch(self, [small, large]: &[Order; 2], failures: &mut usize) -> Result<Option<f64>> {
        let (program, question) = match self {
            Self::Strace => ("strace", "-V"),
            Self::Callgrind => ("valgrind", "--version"),
        };
        if machine::first_line(program, question).is_none() {
            return Ok(None);
        }
        let (small_played, small_count) =
            sample::patiently(&small.peer, failures, || self.run(small))?;
        let (large_played, large_count) =
            sample::patiently(&large.peer, failures, || self.run(large))?;
        let tasks = large_played.operations - small_played.operations;
        Ok(Some((large_count - small_count).max(0.0) / tasks as f64))
    }

    /// What one order takes.
    fn run(self, order: &Order) -> Result<(Played, f64)> {
        let tally = env::temp_dir().join(format!("creel-bench-{}", process::id()));
        let mut command = match self {
            Self::Strace => {
                let mut strace = Command::new("strace");
                strace.args(["-f", "-c", "-e", "trace=futex", "-o"]);
                strace.arg(&tally);
                strace
            }
            Self::Callgrind => {
                let mut valgrind = Command::new("valgrind");
                valgrind.args(["--tool=callgrind", "--fair-sched=try"]);
                valgrind.arg("--callgrind-out-file=/dev/null");
                valgrind.arg(prefixed("--log-file=", &tally));
                valgrind
            }
        };
        let program = sample::sibling(Allocator::Glibc.program())?;
        let sample = order.command(&program)?;
        command.arg(sample.get_program()).args(sample.get_args());
        let output = command
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        ensure!(
            output.status.success(),
            "{} in {} ended with {} under an instrument",
            order.peer,
            order.workload,
            output.status
        );
        let text = fs::read_to_string(&tally).context("the instrument has written nothing")?;
        fs::remove_file(&tally).context("what the instrument wrote cannot be removed")?;
        let count = match self {
            Self::Strace => futex_calls(&text),
            Self::Callgrind => instructions(&text),
        };
        let played = serde_json::from_slice(&output.stdout).context("not a sample")?;
        Ok((played, count.context("the instrument has counted nothing")?))
    }
}

/// The calls in strace's table: a line of share, seconds, microseconds, calls, perhaps errors, and the name. A call that
/// was never made has none.
fn futex_calls(table: &str) -> Option<f64> {
    let Some(line) = table.lines().find(|line| line.ends_with(" futex")) else {
        return Some(0.0);
    };
    line.split_whitespace().nth(3)?.parse().ok()
}

/// The total that callgrind tells at its end.
fn instructions(text: &str) -> Option<f64> {
    let (_, total) = text.split_once("Collected :")?;
    total.split_whitespace().next()?.parse().ok()
}

fn prefixed(option: &str, path: &Path) -> PathBuf {
    let mut whole = std::ffi::OsString::from(option);
    whole.push(path);
    whole.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calls_are_read_from_a_table_with_and_without_errors() {
        let table = "% time     seconds  usecs/call     calls    errors syscall\n\
                     ------ ----------- ----------- --------- --------- -------------\n\
                     100.00    0.004567          12       381       103 futex\n";
        assert_eq!(futex_calls(table), Some(381.0));
        let without = " 99.00    0.000211          17        12           futex\n";
        assert_eq!(futex_calls(without), Some(12.0));
    }

    #[test]
    fn a_call_that_was_never_made_counts_as_none_and_a_line_that_cannot_be_read_as_an_error() {
        assert_eq!(futex_calls(""), Some(0.0));
        assert_eq!(futex_calls("100.00 0.1 x futex"), None);
    }

    #[test]
    fn the_instructions_are_those_that_were_collected() {
        let log = "==1== Events    : Ir\n==1== Collected : 27872968\n==1==\n";
        assert_eq!(instructions(log), Some(27_872_968.0));
        assert_eq!(instructions("==1== killed"), None);
    }
}
