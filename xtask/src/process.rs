//! What a process holds and has used, as the kernel tells.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// The kernel's ticks in a second, which its interface fixes at this wherever Linux runs today.
const TICKS_PER_SECOND: f64 = 100.0;

/// The memory that a process holds at this moment, in megabytes.
pub(crate) fn resident_mb(process: u32) -> Result<f64> {
    memory_mb(process, "VmRSS:")
}

/// The most memory that a process has held, in megabytes.
pub(crate) fn peak_mb(process: u32) -> Result<f64> {
    memory_mb(process, "VmHWM:")
}

/// The processor time of a process, all its threads together.
pub(crate) fn cpu(process: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"));
    cpu_of(&stat.context("the process has ended")?).map(|(_, cpu)| cpu)
}

/// The processor time of its threads, those of one name together.
pub(crate) fn cpu_by_thread(process: u32) -> Result<BTreeMap<String, Duration>> {
    let mut threads = BTreeMap::new();
    let tasks = fs::read_dir(format!("/proc/{process}/task")).context("the process has ended")?;
    for task in tasks {
        // One that has ended meanwhile has no figure any more.
        if let Ok(stat) = fs::read_to_string(task?.path().join("stat")) {
            let (name, cpu) = cpu_of(&stat)?;
            *threads.entry(name).or_default() += cpu;
        }
    }
    Ok(threads)
}

fn memory_mb(process: u32, field: &str) -> Result<f64> {
    let status =
        fs::read_to_string(format!("/proc/{process}/status")).context("the process has ended")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB"));
    let kib: f64 = kib
        .with_context(|| format!("the kernel tells no {field}"))?
        .trim()
        .parse()?;
    Ok(kib * 1024.0 / 1e6)
}

/// The name and the processor time of a line of `stat`, as proc(5) has it: the name stands in brackets, and may hold
/// any character; times in user and kernel are the twelfth and the thirteenth field behind it.
fn cpu_of(stat: &str) -> Result<(String, Duration)> {
    let fields = || {
        let (head, fields) = stat.rsplit_once(')')?;
        let (_, name) = head.split_once('(')?;
        let mut ticks = fields.split_whitespace().skip(11);
        let user: u64 = ticks.next()?.parse().ok()?;
        let kernel: u64 = ticks.next()?.parse().ok()?;
        let seconds = (user + kernel) as f64 / TICKS_PER_SECOND;
        Some((name.to_owned(), Duration::from_secs_f64(seconds)))
    };
    fields().with_context(|| format!("no line of a process: {stat}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_stand_behind_the_last_bracket() {
        let line = "7 (a) b (c)) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 12 0 0";
        let (name, cpu) = cpu_of(line).expect("a line of stat");
        assert_eq!(name, "a) b (c)");
        assert_eq!(cpu, Duration::from_secs(3));
    }

    #[test]
    fn this_process_has_memory_and_threads() {
        let own = std::process::id();
        assert!(resident_mb(own).expect("a figure") > 0.5);
        assert!(peak_mb(own).expect("a figure") >= resident_mb(own).expect("a figure") / 2.0);
        assert!(!cpu_by_thread(own).expect("figures").is_empty());
    }
}
