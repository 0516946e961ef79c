//! `cargo xtask kill`: a bulk job that is killed again and again, and has to come out whole.

mod job;
mod rows;
pub(crate) mod server;
mod verdict;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::artifacts;
use crate::workspace::Workspace;
use job::Job;
use rows::Rows;
use server::Server;
use verdict::Verdict;

/// How often, and how large.
#[derive(Args)]
pub(crate) struct Kill {
    /// Rows of features that are asked about.
    #[arg(long, default_value = "1000000")]
    rows: u64,
    /// How often the job is killed before it may end.
    #[arg(long, default_value = "20")]
    kills: usize,
    /// Makes the random choices of a run that printed this seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Requests that are in flight at most; answers that wait for their turn double it.
    #[arg(long, default_value = "8")]
    workers: u64,
    /// Rows that go in one request at most, of which a kill repeats as many times more.
    #[arg(long, value_name = "N", default_value = "1")]
    rows_per_request: u64,
    /// Kills this program, and builds none.
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
    /// What else `creel batch` is told, such as --unordered.
    #[arg(last = true)]
    options: Vec<String>,
}

impl Kill {
    /// Runs the program; true when everything came out whole.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<bool> {
        if self.rows < 100 * self.kills as u64 {
            bail!("--rows has to be a hundred times --kills, so that each kill has its own place");
        }
        let program = artifacts::program(workspace, self.program.as_deref())?;
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        println!(
            "{} rows, {} in a request, {} kills, {} workers, seed {seed}",
            self.rows, self.rows_per_request, self.kills, self.workers
        );
        let mut random = fastrand::Rng::with_seed(seed);
        let folder = tempfile::tempdir().context("there is no room for the job")?;
        let rows = Rows::write(&folder.path().join("rows.csv"), self.rows, &mut random)?;
        let mut server = Server::start(&program)?;
        let job = Job {
            program,
            folder: folder.path().to_owned(),
            server: server.url().to_owned(),
            workers: self.workers,
            rows_per_request: self.rows_per_request,
            options: self.options.clone(),
        };
        let mut memory = Vec::new();
        for (number, at) in self.places(&mut random).into_iter().enumerate() {
            let killed = job.kill_at(at)?;
            println!(
                "kill {:>2} at {:>9} records: {:>5.1} MB at most, {:>7.0} rows per second",
                number + 1,
                killed.records,
                killed.peak_mb,
                killed.rate
            );
            memory.push(killed.peak_mb);
        }
        let last = job.finish()?;
        println!(
            "the end  at {:>9} records: {:>5.1} MB at most, {:>7.0} rows per second",
            last.records, last.peak_mb, last.rate
        );
        memory.push(last.peak_mb);
        let again = job.finish_again()?;
        let asked_about = server.stop()?;
        let verdict = Verdict {
            found: rows.compare(&job.results())?,
            repeated: asked_about.checked_sub(self.rows),
            repeated_max: 2 * self.workers * self.rows_per_request * self.kills as u64,
            memory_mb: memory,
            sent_again: again,
        };
        Ok(verdict.tell())
    }

    /// At how many records the job is killed: anywhere, but each time somewhat later, and not so near to the end that it
    /// might be over before it is killed.
    fn places(&self, random: &mut fastrand::Rng) -> Vec<u64> {
        let mut places = std::collections::BTreeSet::new();
        while places.len() < self.kills {
            places.insert(random.u64(1..=self.rows - self.rows / 50));
        }
        places.into_iter().collect()
    }
}
