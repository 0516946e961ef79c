//! `cargo xtask interop`: model servers that are not ours, asked with the real program.

mod case;
mod creel;
mod irises;
mod peer;
mod records;
mod stage;
mod table;

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::environment::Environment;
use crate::workspace::Workspace;
use case::Outcome;
use creel::Creel;
use peer::Peer;
use stage::Stage;
use table::{Row, Table};

/// Where the table is.
const DOCUMENT: &str = "docs/interop.md";

/// Whom to ask.
#[derive(Args)]
pub(crate) struct Interop {
    /// The servers to ask; all when none is named.
    #[arg(value_name = "SERVER", value_parser = names())]
    servers: Vec<String>,
}

impl Interop {
    /// Asks the servers and writes the table; true when every case of theirs held.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<bool> {
        let creel = Creel::build(workspace)?;
        let document = workspace.root().join(DOCUMENT);
        let mut table = Table::default();
        for peer in peer::ALL.into_iter().filter(|peer| self.asks(*peer)) {
            println!("\n==> {}", peer.title());
            let started = Instant::now();
            let folder = workspace.target().join("interop").join(peer.name());
            let (version, outcomes) = ask(peer, &creel, &folder);
            println!("        took {:.0} s", started.elapsed().as_secs_f64());
            for (case, outcome) in peer.cases().iter().zip(outcomes) {
                table.push(Row::new(peer.title(), &version, case, &outcome));
            }
        }
        let order: Vec<_> = peer::ALL.iter().map(|peer| peer.title()).collect();
        let text = fs::read_to_string(&document)
            .with_context(|| format!("cannot read {}", document.display()))?;
        fs::write(&document, table.put_into(&text, &order)?)?;
        println!("\n==> summary, which is also in {DOCUMENT}");
        table.print();
        Ok(table.held())
    }

    fn asks(&self, peer: &dyn Peer) -> bool {
        self.servers.is_empty() || self.servers.iter().any(|name| name == peer.name())
    }
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(peer::ALL.map(Peer::name))
}

/// Plays all cases of a server; returns its version, and an outcome for each case.
fn ask(peer: &dyn Peer, creel: &Creel, folder: &Path) -> (String, Vec<Outcome>) {
    let cases = peer.cases();
    let not_run = |error: &anyhow::Error| {
        println!("not run {error:#}");
        let reason = first_line(error);
        let outcomes = cases.iter().map(|_| Outcome::NotRun(reason.clone()));
        outcomes.collect()
    };
    let environment = match Environment::of(peer.name(), peer.recipe()) {
        Ok(environment) => environment,
        Err(error) => return (String::new(), not_run(&error)),
    };
    let version = environment.version().unwrap_or_default();
    let stage = clear(folder)
        .and_then(|()| peer.lay_out(&environment, folder))
        .and_then(|()| Stage::set(peer, creel, &environment, folder));
    let stage = match stage {
        Ok(stage) => stage,
        Err(error) => return (version, not_run(&error)),
    };
    let outcomes = cases.iter().map(|case| {
        let (protocol, claim) = (case.protocol, case.claim);
        match (case.play)(&stage) {
            Ok(note) => {
                println!("ok      {protocol:<9} {claim}: {note}");
                Outcome::Held(note)
            }
            Err(error) => {
                println!("FAILED  {protocol:<9} {claim}: {error:#}");
                println!("--- the server's log ends with:\n{}\n---", stage.log());
                Outcome::Failed(first_line(&error))
            }
        }
    });
    let outcomes = outcomes.collect();
    (version, outcomes)
}

/// Makes a folder that nothing is in.
fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))
}

/// What stands in the table of an error, which may tell more.
fn first_line(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    text.lines().next().unwrap_or_default().to_owned()
}
