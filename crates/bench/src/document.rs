//! The part of the documentation that is written from a report.

use std::fmt::{self, Write};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::allocator::Allocator;
use crate::goal;
use crate::plot;
use crate::report::{Report, Series};
use crate::summary::Summary;
use crate::table::figure;
use crate::workload::{CREEL, LIMIT, Workload, is_creel};

/// The file, from the root of the repository.
const DOCUMENT: &str = "docs/performance.md";
/// The picture in it, beside it.
const PICTURE: &str = "docs/performance.svg";
/// What is written stands between these lines.
const BEGIN: &str = "<!-- Written by `cargo xtask bench`. -->";
const END: &str = "<!-- Up to here. -->";

/// Rewrites the figures and their plot, and names the files.
pub(crate) fn write(report: &Report) -> Result<Vec<PathBuf>> {
    let figures = figures(report).context("a string takes everything")?;
    replace_figures(DOCUMENT, &figures)?;
    plot::draw(report, PICTURE.as_ref())?;
    Ok(vec![DOCUMENT.into(), PICTURE.into()])
}

/// Puts figures between the lines of a document that say where they go.
pub(crate) fn replace_figures(path: &str, figures: &str) -> Result<()> {
    let document = fs::read_to_string(path)
        .with_context(|| format!("cannot read {path}; run this in the repository's root"))?;
    let parts = document.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let Some((before, after)) = parts else {
        bail!("{path} does not say where figures go: `{BEGIN}` and `{END}` are missing");
    };
    fs::write(path, format!("{before}{BEGIN}\n\n{figures}\n{END}{after}"))
        .with_context(|| format!("cannot write {path}"))
}

fn figures(report: &Report) -> Result<String, fmt::Error> {
    let mut text = String::new();
    write_origin(&mut text, report)?;
    writeln!(
        text,
        "\n![What each peer takes beside what Creel takes](performance.svg)"
    )?;
    for allocator in report.allocators() {
        write_standing(&mut text, report, allocator)?;
    }
    for allocator in report.allocators() {
        write_peers(&mut text, report, allocator)?;
    }
    write_counts(&mut text, report)?;
    write_limits(&mut text, report)?;
    Ok(text)
}

fn write_origin(text: &mut String, report: &Report) -> fmt::Result {
    let machine = &report.machine;
    let kind = if report.quick {
        "A quick run, smaller than it should be"
    } else {
        "A full run"
    };
    writeln!(
        text,
        "{kind}: {} repetitions, medians, on {} cores of {}, Linux {}, {}. Peers: {}.",
        report.repetitions,
        machine.cores,
        machine.processor,
        machine.kernel,
        machine.compiler,
        machine.peers.join(", ")
    )
}

/// Where Creel stands in each workload.
fn write_standing(text: &mut String, report: &Report, allocator: Allocator) -> fmt::Result {
    writeln!(text, "\n### Where Creel stands, on {allocator}\n")?;
    writeln!(
        text,
        "| | workload | | limit | fastest peer | Creel | beside it | beside the limit | goal |"
    )?;
    writeln!(text, "|---|---|---|---|---|---|---|---|---|")?;
    for (workload, series) in played(report, allocator) {
        let summaries = series.summaries();
        let named = |name: &str| summaries.iter().find(|summary| summary.peer == name);
        let (Some(creel), Some(peer)) = (named(CREEL), goal::fastest_peer(&summaries)) else {
            continue;
        };
        let limit = named(LIMIT).map(|limit| limit.median);
        let goals: Vec<_> = series
            .verdicts()
            .iter()
            .map(|verdict| {
                verdict
                    .to_string()
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect();
        writeln!(
            text,
            "| {} | {} | {} | {} | {} {} | {} ± {:.0} % | {} | {} | {} |",
            workload.name,
            workload.title,
            workload.unit,
            limit.map_or_else(String::new, figure),
            peer.peer,
            figure(peer.median),
            figure(creel.median),
            creel.spread * 50.0,
            ratio(creel.median, peer.median),
            limit.map_or_else(String::new, |limit| ratio(creel.median, limit)),
            goals.join("<br>"),
        )?;
    }
    Ok(())
}

fn write_peers(text: &mut String, report: &Report, allocator: Allocator) -> fmt::Result {
    writeln!(text, "\n### Everybody, on {allocator}\n")?;
    writeln!(text, "| | | median, the fastest first |\n|---|---|---|")?;
    for (workload, series) in played(report, allocator) {
        let mut summaries = series.summaries();
        summaries.sort_by(|a, b| a.median.total_cmp(&b.median));
        let mut told: Vec<_> = summaries.iter().map(|summary| tell(summary)).collect();
        told.extend(series.absences());
        writeln!(
            text,
            "| {} | {} | {} |",
            workload.name,
            workload.unit,
            told.join(" · ")
        )?;
    }
    Ok(())
}

fn tell(summary: &Summary) -> String {
    let Summary { peer, median, .. } = summary;
    if is_creel(peer) {
        format!("**{peer} {}**", figure(*median))
    } else {
        format!("{peer} {}", figure(*median))
    }
}

fn write_counts(text: &mut String, report: &Report) -> fmt::Result {
    if report.counted.is_empty() {
        return Ok(());
    }
    writeln!(
        text,
        "\n### Counts\n\nThey do not depend on the machine's mood: allocations and their bytes, calls of `futex` \
         for each thousand tasks (strace), instructions (callgrind).\n"
    )?;
    writeln!(
        text,
        "| | peer | allocations per task | bytes per task | futex per 1,000 | instructions per task |"
    )?;
    writeln!(text, "|---|---|---|---|---|---|")?;
    for counted in &report.counted {
        let optional = |value: Option<f64>| value.map_or_else(|| "not installed".into(), figure);
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            counted.workload,
            counted.peer,
            figure(counted.allocations_per_task),
            figure(counted.bytes_per_task),
            optional(counted.futex_calls_per_thousand),
            optional(counted.instructions_per_task),
        )?;
    }
    Ok(())
}

/// The steps in isolation.
fn write_limits(text: &mut String, report: &Report) -> fmt::Result {
    let allocators = report.allocators();
    let limits: Vec<_> = allocators
        .iter()
        .filter_map(|allocator| report.series("limits", *allocator))
        .collect();
    let Some(first) = limits.first() else {
        return Ok(());
    };
    let names: Vec<_> = limits
        .iter()
        .map(|series| format!("ns, {}", series.allocator))
        .collect();
    writeln!(
        text,
        "\n### The steps that every pool is made of\n\n| | {} |",
        names.join(" | ")
    )?;
    writeln!(text, "|---|{}", "---|".repeat(limits.len()))?;
    for (index, peer) in first.peers.iter().enumerate() {
        let columns: Vec<_> = limits
            .iter()
            .filter_map(|series| Some(figure(series.peers.get(index)?.summary.median)))
            .collect();
        writeln!(text, "| {} | {} |", peer.summary.peer, columns.join(" | "))?;
    }
    Ok(())
}

/// The workloads in which Creel takes part.
fn played(
    report: &Report,
    allocator: Allocator,
) -> impl Iterator<Item = (&'static Workload, &Series)> {
    report
        .played
        .iter()
        .filter(move |series| series.allocator == allocator)
        .filter_map(|series| Some((series.workload()?, series)))
        .filter(|(workload, _)| workload.contestant(CREEL).is_some())
}

fn ratio(creel: f64, other: f64) -> String {
    if other > 0.0 {
        format!("{:.2}", creel / other)
    } else {
        String::new()
    }
}
