//! `cargo xtask faults`: the real program against a server that falters in every way on purpose, in real time.

mod document;
mod exchange;
mod job;
mod pace;
mod scenario;
mod script;
mod search;
mod server;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::artifacts;
use crate::workspace::Workspace;
use job::Program;
use scenario::Scenario;
use search::Landscape;

/// What to try.
#[derive(Args)]
pub(crate) struct Faults {
    /// Only the faults and servers whose names contain this; docs/faults.md stays as it is then.
    #[arg(value_name = "NAME")]
    only: Option<String>,
    /// Tries this program, and builds none.
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
}

impl Faults {
    /// Runs the program; true when it bore everything as it must.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<bool> {
        let program = artifacts::program(workspace, self.program.as_deref())?;
        let program = Program::new(program);
        let is_asked_for = |name: &str| self.only.as_deref().is_none_or(|only| name.contains(only));

        let mut borne = Vec::new();
        for scenario in Scenario::all() {
            if is_asked_for(scenario.name) {
                println!("--- {}", scenario.name);
                let outcome = scenario.play(&program)?;
                println!("{outcome}");
                borne.push(outcome);
            }
        }
        let mut found = Vec::new();
        for landscape in Landscape::all() {
            if is_asked_for(landscape.name) {
                println!("--- {}", landscape.name);
                let outcome = landscape.explore(&program)?;
                println!("{outcome}");
                found.push(outcome);
            }
        }
        if self.only.is_none() {
            document::write(workspace.root(), &borne, &found)?;
            println!("written: {}", document::PATH);
        }
        let broken: Vec<String> = borne
            .iter()
            .flat_map(scenario::Outcome::objections)
            .chain(found.iter().filter_map(search::Outcome::objection))
            .collect();
        for objection in &broken {
            println!("BROKEN {objection}");
        }
        if broken.is_empty() {
            println!("ok     everything was borne as it must be");
        }
        Ok(broken.is_empty())
    }
}
