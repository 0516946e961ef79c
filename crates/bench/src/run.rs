//! A run: every peer plays every workload in turn, again and again.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::allocator::Allocator;
use crate::arguments::Settings;
use crate::counts;
use crate::document;
use crate::machine::Machine;
use crate::report::{Peer, Report, Series};
use crate::sample::{self, Order};
use crate::summary::Summary;
use crate::table;
use crate::workload::{Contestant, Played, Workload};
use crate::workloads;

/// Takes all samples that the settings ask for, tells what they come to, and keeps it; true when every goal was held.
pub(crate) fn run(settings: &Settings) -> Result<bool> {
    let report = match &settings.from {
        Some(path) => Report::load(path)?,
        None => measure(settings)?,
    };
    if settings.from.is_none() {
        let path = settings.json.clone().map_or_else(kept, Ok)?;
        report.save(&path)?;
        println!("\nall samples: {}", path.display());
    }
    if settings.writes() {
        for path in document::write(&report)? {
            println!("written: {}", path.display());
        }
    }
    Ok(table::print_verdicts(&report))
}

fn measure(settings: &Settings) -> Result<Report> {
    let workloads = chosen(settings)?;
    let mut report = Report {
        machine: Machine::describe(),
        quick: settings.quick,
        repetitions: settings.repetitions(),
        played: Vec::new(),
        counted: Vec::new(),
    };
    for &allocator in settings.allocator.allocators() {
        let program = sample::sibling(allocator.program())?;
        for workload in &workloads {
            let series = play(workload, allocator, &program, settings)?;
            table::print(workload, &series);
            report.played.push(series);
        }
    }
    if !settings.no_counts {
        for workload in &workloads {
            let counted = counts::count(workload, settings)?;
            table::print_counts(workload, &counted);
            report.counted.extend(counted);
        }
    }
    Ok(report)
}

fn chosen(settings: &Settings) -> Result<Vec<&'static Workload>> {
    if settings.workloads.is_empty() {
        return Ok(workloads::ALL.iter().collect());
    }
    let mut chosen = Vec::new();
    for name in &settings.workloads {
        let Some(workload) = workloads::named(name) else {
            let names: Vec<_> = workloads::ALL
                .iter()
                .map(|workload| workload.name)
                .collect();
            bail!("there is no workload {name}, but {}", names.join(", "));
        };
        chosen.push(workload);
    }
    Ok(chosen)
}

/// Has the peers play in turn, so that what comes and goes on the machine meets all of them.
fn play(
    workload: &Workload,
    allocator: Allocator,
    program: &Path,
    settings: &Settings,
) -> Result<Series> {
    let contestants: Vec<&Contestant> = workload
        .contestants
        .iter()
        .filter(|contestant| settings.asks_for(contestant.peer) && contestant.plays_on(allocator))
        .collect();
    let (contestants, missing): (Vec<_>, Vec<_>) = contestants
        .into_iter()
        .partition(|contestant| contestant.is_installed());
    let mut samples: Vec<Vec<Played>> = vec![Vec::new(); contestants.len()];
    let mut failures = vec![0; contestants.len()];
    let size = workload.size(settings.quick);
    let repetitions = settings.repetitions().min(workload.most_repetitions());
    for repetition in 0..repetitions {
        show_progress(workload, repetition, repetitions)?;
        for index in turns(contestants.len(), repetition) {
            let contestant = contestants[index];
            let order = Order {
                workload: workload.name.to_owned(),
                peer: contestant.peer.to_owned(),
                size,
                once: false,
            };
            let failures = &mut failures[index];
            let played = sample::patiently(contestant.peer, failures, || order.send(program))?;
            samples[index].push(played);
        }
    }
    let peers = contestants
        .iter()
        .zip(samples)
        .zip(failures)
        .map(|((contestant, samples), failures)| Peer {
            summary: Summary::of(contestant.peer, &samples),
            samples,
            failures,
        })
        .collect();
    Ok(Series {
        workload: workload.name.to_owned(),
        allocator,
        size,
        peers,
        not_installed: missing
            .iter()
            .map(|contestant| contestant.peer.to_owned())
            .collect(),
    })
}

/// The order in which so many contestants play.
///
/// Each repetition has another one: what a process leaves behind, such as memory that is quick to have again, is good or bad for
/// the next, and is to be so for all.
fn turns(contestants: usize, repetition: usize) -> impl Iterator<Item = usize> {
    let strides = || (1..=contestants).filter(|stride| gcd(*stride, contestants) == 1);
    let stride = strides().cycle().nth(repetition).unwrap_or(1);
    (0..contestants).map(move |turn| (repetition + turn * stride) % contestants)
}

fn gcd(one: usize, other: usize) -> usize {
    if other == 0 {
        one
    } else {
        gcd(other, one % other)
    }
}

/// On a line that the table overwrites.
fn show_progress(workload: &Workload, done: usize, all: usize) -> Result<()> {
    if io::stderr().is_terminal() {
        eprint!("\r{} {done}/{all}\r", workload.name);
        io::stderr().flush()?;
    }
    Ok(())
}

/// Where a report is kept unless it is said: beside the build products.
fn kept() -> Result<PathBuf> {
    let program = sample::sibling(Allocator::Glibc.program())?;
    let folder = program
        .parent()
        .and_then(Path::parent)
        .context("the program is in no folder")?;
    Ok(folder.join("report.json"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_contestant_plays_once_in_a_repetition() {
        for contestants in 1..20 {
            for repetition in 0..30 {
                let order: HashSet<_> = turns(contestants, repetition).collect();
                assert_eq!(order.len(), contestants);
                assert!(order.iter().all(|index| *index < contestants));
            }
        }
    }

    #[test]
    fn who_plays_before_a_contestant_changes_from_repetition_to_repetition() {
        let before = |repetition| {
            let order: Vec<_> = turns(15, repetition).collect();
            let place = order.iter().position(|index| *index == 0).unwrap();
            place.checked_sub(1).map(|before| order[before])
        };
        let others: HashSet<_> = (0..8).map(before).collect();
        assert!(others.len() >= 7, "{others:?}");
    }
}
