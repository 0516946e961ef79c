//! What a reader sees on the terminal.

use crate::counts::Counted;
use crate::report::{Report, Series};
use crate::workload::{CREEL, Workload};

/// Prints a workload's peers, the fastest first, and how the goals came out.
pub(crate) fn print(workload: &Workload, series: &Series) {
    println!(
        "\n{}  {}  [{}, {}]",
        workload.name, workload.title, workload.unit, series.allocator
    );
    println!(
        "  {:<28} {:>11} {:>11} {:>7} {:>8} {:>11} {:>13}",
        "peer", "median", "best", "spread", "ratio", "CPU ns/op", "switches/1000"
    );
    let mut summaries = series.summaries();
    let creel = summaries
        .iter()
        .find(|summary| summary.peer == CREEL)
        .map(|summary| summary.median);
    summaries.sort_by(|a, b| a.median.total_cmp(&b.median));
    for summary in summaries {
        let ratio = creel
            .filter(|&creel| creel > 0.0)
            .map_or_else(String::new, |creel| figure(summary.median / creel));
        println!(
            "  {:<28} {:>11} {:>11} {:>6.0}% {ratio:>8} {:>11} {:>13}",
            summary.peer,
            figure(summary.median),
            figure(summary.best),
            summary.spread * 100.0,
            figure(summary.cpu_ns),
            figure(summary.switches_per_thousand),
        );
    }
    for absence in series.absences() {
        println!("  {absence}");
    }
    for verdict in series.verdicts() {
        println!("  {verdict}");
    }
}

/// Prints what was counted in a workload, if anything was.
pub(crate) fn print_counts(workload: &Workload, counted: &[Counted]) {
    if counted.is_empty() {
        return;
    }
    println!("\n{}  counted", workload.name);
    println!(
        "  {:<28} {:>13} {:>11} {:>11} {:>17}",
        "peer", "allocations", "bytes", "futex/1000", "instructions/task"
    );
    for peer in counted {
        println!(
            "  {:<28} {:>13} {:>11} {:>11} {:>17}",
            peer.peer,
            figure(peer.allocations_per_task),
            figure(peer.bytes_per_task),
            peer.futex_calls_per_thousand
                .map_or_else(|| "no strace".into(), figure),
            peer.instructions_per_task
                .map_or_else(|| "no valgrind".into(), figure),
        );
    }
}

/// Prints which goals were missed; true when none was.
pub(crate) fn print_verdicts(report: &Report) -> bool {
    let verdicts = report.verdicts();
    let held = verdicts
        .iter()
        .filter(|(_, verdict)| verdict.is_held())
        .count();
    println!("\n{held} of {} goals held", verdicts.len());
    for (series, verdict) in &verdicts {
        if !verdict.is_held() {
            println!("  {:<4} {:<9} {verdict}", series.workload, series.allocator);
        }
    }
    held == verdicts.len()
}

/// A number with as many digits as say something.
pub(crate) fn figure(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
