//! `cargo xtask outage`: a watch whose server stands still for minutes, and one that is killed again and again.

mod answers;
mod frozen;
mod killed;
mod watch;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::artifacts;
use crate::workspace::Workspace;

/// How long, and how often.
#[derive(Args)]
pub(crate) struct Outage {
    /// For how many seconds the server stands still.
    #[arg(long, value_name = "SECONDS", default_value = "600")]
    freeze: u64,
    /// How often a watch is killed before it may end.
    #[arg(long, value_name = "N", default_value = "200")]
    kills: u32,
    /// Makes the random choices of a run that printed this seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Only one of the two.
    #[arg(long, value_enum)]
    only: Option<Scene>,
    /// Tries this program, and builds none.
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Scene {
    Frozen,
    Killed,
}

impl Outage {
    /// Runs both with the program; true when every frame came out once and in order.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<bool> {
        let program = &artifacts::program(workspace, self.program.as_deref())?;
        let mut holds = true;
        if self.only != Some(Scene::Frozen) {
            let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
            println!("{} kills, seed {seed}", self.kills);
            holds &= killed::run(program, self.kills, seed)?;
        }
        if self.only != Some(Scene::Killed) {
            println!("the server stands still for {} s", self.freeze);
            holds &= frozen::run(program, self.freeze)?;
        }
        println!(
            "{}",
            if holds {
                "no frame was lost in silence"
            } else {
                "frames were lost"
            }
        );
        Ok(holds)
    }
}

/// Prints a claim with what was seen; true when it holds.
fn claim(holds: bool, told: &str) -> bool {
    println!("{} {told}", if holds { "ok    " } else { "BROKEN" });
    holds
}
