//! A run: every peer plays every workload in turn, again and again.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::allocator::Allocator;
use crate::arguments::Settings;
use crate::contest::Contest;
use crate::counts;
use crate::document;
use crate::machine::Machine;
use crate::report::{Peer, Report, Series};
use crate::sample;
use crate::summary::Summary;
use crate::table;
use crate::workload::{Contestant, Workload};
use crate::workloads::{self, Pace};

/// Takes all samples that the settings ask for, tells what they come to, and keeps it; true when every goal was held.
pub(crate) fn run(settings: &Settings) -> Result<bool> {
    let report = match &settings.from {
        Some(path) => Report::load(path)?,
        None => {
            let path = settings.json.clone().map_or_else(kept, Ok)?;
            let report = measure(settings, &path)?;
            println!("\nall samples: {}", path.display());
            report
        }
    };
    if settings.writes() {
        for path in document::write(&report)? {
            println!("written: {}", path.display());
        }
    }
    Ok(table::print_verdicts(&report))
}

/// Takes the samples. What there is of them is kept after each workload: a run takes an hour, and may be cut off.
fn measure(settings: &Settings, path: &Path) -> Result<Report> {
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
            report.save(path)?;
        }
    }
    if !settings.no_counts {
        for workload in &workloads {
            let counted = counts::count(workload, settings)?;
            table::print_counts(workload, &counted);
            report.counted.extend(counted);
            report.save(path)?;
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

/// Has the peers play in turn, so that what comes and goes on the machine meets all of them, and then Creel in pairs.
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
    let mut contest = Contest {
        workload,
        program,
        size: workload.size(settings.quick),
        pace: if settings.quick {
            Pace::Quick
        } else {
            Pace::Full
        },
        repetitions: settings.repetitions().min(workload.most_repetitions()),
        failures: vec![0; contestants.len()],
        contestants,
    };
    let samples = contest.play_in_turn()?;
    let summaries: Vec<_> = contest
        .contestants
        .iter()
        .zip(&samples)
        .map(|(contestant, samples)| Summary::of(contestant.peer, samples))
        .collect();
    let pairs = contest.play_in_pairs(&summaries)?;
    let peers = summaries
        .into_iter()
        .zip(samples)
        .zip(contest.failures)
        .map(|((summary, samples), failures)| Peer {
            summary,
            samples,
            failures,
        })
        .collect();
    Ok(Series {
        workload: workload.name.to_owned(),
        allocator,
        size: contest.size,
        peers,
        pairs,
        not_installed: missing
            .iter()
            .map(|contestant| contestant.peer.to_owned())
            .collect(),
    })
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
