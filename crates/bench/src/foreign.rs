//! Pools of other languages, which play in processes of their own language.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::machine;

/// A pool that a script plays.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Foreign {
    /// `concurrent.futures.ThreadPoolExecutor`, or asyncio where tasks only sleep.
    Python,
    /// `java.util.concurrent.ThreadPoolExecutor`.
    JavaThreadPoolExecutor,
    /// `java.util.concurrent.ForkJoinPool`.
    JavaForkJoinPool,
}

/// Where installed Javas stand.
const JAVAS: &str = "/usr/lib/jvm";

impl Foreign {
    /// What plays a workload; `None` where the language is not installed.
    pub(crate) fn command(self, workload: &str, size: u64) -> Option<Command> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scripts");
        let mut command = match self {
            Self::Python => {
                let mut python = Command::new("python3");
                python.arg(folder.join("pool.py"));
                python
            }
            Self::JavaThreadPoolExecutor | Self::JavaForkJoinPool => {
                let mut java = Command::new(java()?);
                java.arg(folder.join("Pool.java"));
                java.arg(if self == Self::JavaForkJoinPool {
                    "ForkJoinPool"
                } else {
                    "ThreadPoolExecutor"
                });
                java
            }
        };
        command.args([workload, &size.to_string()]);
        Some(command)
    }

    /// What the language's program says of itself; `None` where it is not installed.
    pub(crate) fn version(self) -> Option<String> {
        match self {
            Self::Python => machine::first_line("python3", "--version"),
            Self::JavaThreadPoolExecutor | Self::JavaForkJoinPool => {
                machine::first_line(java()?.to_str()?, "--version")
            }
        }
    }
}

/// The newest Java there is, unless `JAVA_HOME` says which.
fn java() -> Option<&'static PathBuf> {
    static JAVA: OnceLock<Option<PathBuf>> = OnceLock::new();
    JAVA.get_or_init(|| {
        let program = |home: PathBuf| home.join("bin/java");
        if let Some(home) = env::var_os("JAVA_HOME") {
            return Some(program(home.into()));
        }
        let installed = fs::read_dir(JAVAS).into_iter().flatten().flatten();
        let mut javas: Vec<_> = installed
            .map(|folder| program(folder.path()))
            .chain([PathBuf::from("java")])
            .filter_map(|java| Some((major_version(&java)?, java)))
            .collect();
        javas.sort();
        javas.pop().map(|(_, java)| java)
    })
    .as_ref()
}

/// The first number of a version such as `openjdk 25.0.1 2025-10-21`.
fn major_version(java: &Path) -> Option<u32> {
    let line = machine::first_line(java.to_str()?, "--version")?;
    let version = line.split_whitespace().nth(1)?;
    version.split('.').next()?.parse().ok()
}
