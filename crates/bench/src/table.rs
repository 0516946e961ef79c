//! What a reader sees on the terminal.

use crate::goal::Verdict;
use crate::summary::Summary;
use crate::workload::{CREEL, Workload};

/// Prints a workload's peers, the fastest first, and how the goals came out.
pub(crate) fn print(
    workload: &Workload,
    allocator: &str,
    summaries: &[Summary],
    verdicts: &[Verdict],
) {
    println!(
        "\n{}  {}  [{}, {allocator}]",
        workload.name, workload.title, workload.unit
    );
    println!(
        "  {:<22} {:>11} {:>11} {:>7} {:>8} {:>11} {:>13}",
        "peer", "median", "best", "spread", "ratio", "CPU ns/op", "switches/1000"
    );
    let creel = summaries
        .iter()
        .find(|summary| summary.peer == CREEL)
        .map(|summary| summary.median);
    let mut sorted: Vec<_> = summaries.iter().collect();
    sorted.sort_by(|a, b| a.median.total_cmp(&b.median));
    for summary in sorted {
        let ratio = creel
            .filter(|&creel| creel > 0.0)
            .map_or_else(String::new, |creel| figure(summary.median / creel));
        println!(
            "  {:<22} {:>11} {:>11} {:>6.0}% {ratio:>8} {:>11} {:>13}",
            summary.peer,
            figure(summary.median),
            figure(summary.best),
            summary.spread * 100.0,
            figure(summary.cpu_ns),
            figure(summary.switches_per_thousand),
        );
    }
    for verdict in verdicts {
        println!("  {verdict}");
    }
}

/// A number with as many digits as say something.
pub(crate) fn figure(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
