//! Where the figures were taken, and of what.

use std::env;
use std::fs;
use std::process::Command;
use std::thread;

use serde::{Deserialize, Serialize};

use crate::foreign::Foreign;

/// The peers that are crates.
const PEERS: [&str; 15] = [
    "async-executor",
    "async-io",
    "blocking",
    "chili",
    "crossbeam-channel",
    "forte",
    "hyper",
    "hyper-util",
    "oneshot",
    "rayon",
    "reqwest",
    "rusty_pool",
    "threadpool",
    "tokio",
    "ureq",
];

/// What a reader needs to know to expect the same figures.
#[derive(Deserialize, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) compiler: String,
    /// The peers with their versions.
    pub(crate) peers: Vec<String>,
}

impl Machine {
    /// Looks around.
    pub(crate) fn describe() -> Self {
        let foreign = [Foreign::Python, Foreign::JavaForkJoinPool]
            .into_iter()
            .filter_map(Foreign::version);
        Self {
            processor: processor(),
            cores: thread::available_parallelism().map_or(1, |cores| cores.get()),
            kernel: read("/proc/sys/kernel/osrelease"),
            compiler: first_line(&env::var("RUSTC").unwrap_or_else(|_| "rustc".into()), "-V")
                .unwrap_or_else(unknown),
            peers: peers().into_iter().chain(foreign).collect(),
        }
    }
}

/// The first line that a program prints about itself; `None` where it is not installed.
pub(crate) fn first_line(program: &str, question: &str) -> Option<String> {
    let output = Command::new(program).arg(question).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    let line = text.lines().next()?.to_owned();
    output.status.success().then_some(line)
}

fn processor() -> String {
    read("/proc/cpuinfo")
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .and_then(|rest| rest.split_once(':'))
        .map_or_else(unknown, |(_, name)| name.trim().to_owned())
}

fn read(path: &str) -> String {
    fs::read_to_string(path).map_or_else(|_| unknown(), |text| text.trim().to_owned())
}

fn unknown() -> String {
    "unknown".into()
}

/// As the lock file has them.
fn peers() -> Vec<String> {
    let lock = include_str!("../Cargo.lock");
    let quoted = |line: &str| line.split('"').nth(1).map(str::to_owned);
    let lines: Vec<_> = lock.lines().collect();
    lines
        .windows(2)
        .filter(|pair| pair[0].starts_with("name = ") && pair[1].starts_with("version = "))
        .filter_map(|pair| Some((quoted(pair[0])?, quoted(pair[1])?)))
        .filter(|(name, _)| PEERS.contains(&name.as_str()))
        .map(|(name, version)| format!("{name} {version}"))
        .collect()
}
