//! `cargo xtask capture`: whether cameras are captured evenly while all behind them stands still, and what many cost.

mod answerer;
mod disk;
mod eight;
mod gaps;
mod opencv;
mod pages;
mod pictures;
mod streams;
mod watch;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::artifacts;
use crate::workspace::Workspace;

/// What is tried, and for how long.
#[derive(Args)]
pub(crate) struct Capture {
    /// How often each run is made; the medians count.
    #[arg(long, value_name = "N", default_value = "3")]
    rounds: usize,
    /// For how many seconds each run captures; 60 for the gaps, whose tail takes many frames, 30 for all else.
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u64>,
    /// Only one of them.
    #[arg(long, value_enum)]
    only: Option<Scene>,
    /// Tries this program, and builds none.
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Scene {
    /// One camera at 120 frames a second, with server, disk and results standing still.
    Gaps,
    /// The same with a hundred pages open.
    Pages,
    /// Eight cameras at 30 frames a second.
    Eight,
    /// The same beside OpenCV and Python's `ThreadPoolExecutor`.
    Opencv,
}

/// What the scenes are played with.
struct Stage {
    program: PathBuf,
    examples: Examples,
    folder: PathBuf,
    rounds: usize,
    seconds: u64,
}

/// Examples of the camera's crate.
struct Examples {
    capture_gaps: PathBuf,
    snapshots: PathBuf,
}

impl Capture {
    /// Plays the scenes; true when all that they claim holds.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<bool> {
        let folder = workspace.target().join("xtask/capture");
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let _alone = alone(&folder)?;
        disk::clear(&folder)?;
        let mut stage = Stage {
            program: artifacts::program(workspace, self.program.as_deref())?,
            examples: Examples::build(workspace)?,
            folder,
            rounds: self.rounds.max(1),
            seconds: 0,
        };
        let mut holds = true;
        for (scene, play, seconds) in [
            (Scene::Gaps, gaps::play as fn(&Stage) -> Result<bool>, 60),
            (Scene::Pages, gaps::play_pages, 60),
            (Scene::Eight, eight::play, 30),
            (Scene::Opencv, opencv::play, 30),
        ] {
            if self.only.is_none_or(|only| only == scene) {
                stage.seconds = self.seconds.unwrap_or(seconds).max(1);
                holds &= play(&stage)?;
            }
        }
        println!(
            "{}",
            if holds {
                "every camera was captured evenly, and every frame accounted for"
            } else {
                "something did not hold"
            }
        );
        Ok(holds)
    }
}

impl Examples {
    fn build(workspace: &Workspace) -> Result<Self> {
        let mut command = workspace.cargo();
        command.args(["build", "--release", "--package", "creel-camera-source"]);
        command.args(["--example", "capture_gaps", "--example", "snapshots"]);
        let artifacts = artifacts::build(&mut command)?;
        let example = |name: &str| {
            let artifact = artifacts
                .iter()
                .find(|artifact| artifact.target.name == name);
            let path = artifact.and_then(|artifact| artifact.executable.clone());
            path.map(PathBuf::from)
                .with_context(|| format!("the build made no {name}"))
        };
        Ok(Self {
            capture_gaps: example("capture_gaps")?,
            snapshots: example("snapshots")?,
        })
    }
}

/// Keeps all other runs out of a folder until it is dropped: what they have left there is cleared away.
fn alone(folder: &Path) -> Result<File> {
    let file = File::create(folder.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another `cargo xtask capture` runs in {}; wait for its end",
            folder.display()
        ),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Prints a claim with what was seen; true when it holds.
fn claim(holds: bool, told: &str) -> bool {
    println!("{} {told}", if holds { "ok    " } else { "BROKEN" });
    holds
}

/// The middle one of some figures.
fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// An empty folder for one run.
fn fresh(folder: &Path) -> Result<tempfile::TempDir> {
    tempfile::tempdir_in(folder).with_context(|| format!("no room in {}", folder.display()))
}
