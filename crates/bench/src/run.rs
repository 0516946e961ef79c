//! A run: every peer plays every workload in turn, again and again.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::arguments::{Choice, Settings};
use crate::sample::{self, Order};
use crate::summary::Summary;
use crate::table;
use crate::workload::{CREEL, Contestant, Played, Workload};
use crate::workloads;

/// Takes all samples that the settings ask for, and prints what they come to; true when every goal was held.
pub(crate) fn run(settings: &Settings) -> Result<bool> {
    let workloads = chosen(settings)?;
    let mut missed = Vec::new();
    let mut goals = 0;
    for (allocator, program) in programs(settings.allocator)? {
        for workload in &workloads {
            let summaries = play(workload, &program, settings)?;
            let verdicts: Vec<_> = workload
                .goals
                .iter()
                .filter_map(|goal| goal.judge(&summaries))
                .collect();
            table::print(workload, allocator, &summaries, &verdicts);
            let counted = verdicts.iter().filter(|verdict| verdict.counts());
            goals += counted.clone().count();
            missed.extend(
                counted
                    .filter(|verdict| !verdict.is_held())
                    .map(|verdict| format!("{:<4} {allocator:<9} {verdict}", workload.name)),
            );
        }
    }
    println!("\n{} of {goals} goals held", goals - missed.len());
    missed.iter().for_each(|line| println!("  {line}"));
    Ok(missed.is_empty())
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

/// The program of each allocator that is asked for.
fn programs(choice: Choice) -> Result<Vec<(&'static str, PathBuf)>> {
    let all = [
        (Choice::Glibc, "glibc", "creel-bench"),
        (Choice::Mimalloc, "mimalloc", "creel-bench-mimalloc"),
    ];
    all.into_iter()
        .filter(|(one, ..)| choice == Choice::Both || choice == *one)
        .map(|(_, allocator, name)| Ok((allocator, sample::sibling(name)?)))
        .collect()
}

/// Has the peers play in turn, so that what comes and goes on the machine meets all of them.
fn play(workload: &Workload, program: &Path, settings: &Settings) -> Result<Vec<Summary>> {
    let contestants: Vec<_> = workload
        .contestants
        .iter()
        .filter(|contestant| is_asked_for(contestant, &settings.peers))
        .collect();
    let mut samples: Vec<Vec<Played>> = vec![Vec::new(); contestants.len()];
    for repetition in 0..settings.repetitions() {
        show_progress(workload, repetition, settings.repetitions())?;
        for (contestant, samples) in contestants.iter().zip(&mut samples) {
            let order = Order {
                workload: workload.name.to_owned(),
                peer: contestant.peer.to_owned(),
                size: workload.size(settings.quick),
            };
            samples.push(order.send(program)?);
        }
    }
    show_progress(workload, settings.repetitions(), settings.repetitions())?;
    Ok(contestants
        .iter()
        .zip(&samples)
        .map(|(contestant, samples)| Summary::of(contestant.peer, samples))
        .collect())
}

fn is_asked_for(contestant: &Contestant, peers: &[String]) -> bool {
    let names = |peer: &String| contestant.peer.contains(peer.as_str());
    peers.is_empty() || contestant.peer == CREEL || peers.iter().any(names)
}

/// On a line that the table overwrites.
fn show_progress(workload: &Workload, done: usize, all: usize) -> Result<()> {
    if io::stderr().is_terminal() {
        eprint!("\r{} {done}/{all}\r", workload.name);
        io::stderr().flush()?;
    }
    Ok(())
}
