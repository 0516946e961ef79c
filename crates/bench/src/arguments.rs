//! What the command line asks for.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::allocator::Choice;
use crate::responder::Manner;
use crate::sample::Order;
use crate::workload::CREEL;

/// What to do.
pub(crate) enum Arguments {
    /// Take one sample in this process.
    Sample(Order),
    /// Answer what a client in another process posts.
    Responder(Manner),
    /// Take all samples, and compare them.
    Run(Settings),
    /// Simulate the pool on more cores than there are.
    Scaling,
}

impl Arguments {
    pub(crate) fn parse() -> Self {
        let CommandLine { command, settings } = CommandLine::parse();
        match command {
            Some(Verb::Sample(order)) => Self::Sample(order),
            Some(Verb::Responder(manner)) => Self::Responder(manner),
            Some(Verb::Scaling) => Self::Scaling,
            None => Self::Run(settings),
        }
    }
}

/// Creel beside its peers.
#[derive(Parser)]
#[command(name = "creel-bench", args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Verb>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Subcommand)]
enum Verb {
    /// Takes one sample in this process, and prints it.
    #[command(hide = true)]
    Sample(Order),
    /// Answers what is posted, until its input ends.
    #[command(hide = true)]
    Responder(Manner),
    /// Simulates the pool on 8, 64 and 256 cores, and rewrites the tables of docs/scaling.md.
    Scaling,
}

/// How a run goes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Settings {
    /// The workloads; all when none is named.
    #[arg(value_name = "WORKLOAD")]
    pub(crate) workloads: Vec<String>,
    /// Smaller workloads, fewer repetitions, and counts of Creel alone: under three minutes for all.
    #[arg(long)]
    pub(crate) quick: bool,
    /// The allocator of all Rust peers.
    #[arg(long, value_enum, default_value_t = Choice::Glibc)]
    pub(crate) allocator: Choice,
    /// How often each peer plays each workload; 9, or 3 with --quick, unless it is said.
    #[arg(long, value_name = "N")]
    pub(crate) repetitions: Option<usize>,
    /// Plays only these peers, beside Creel.
    #[arg(long = "peer", value_name = "NAME")]
    pub(crate) peers: Vec<String>,
    /// Leaves out allocations, system calls and instructions.
    #[arg(long)]
    pub(crate) no_counts: bool,
    /// Rewrites the figures of docs/performance.md and their plot; a full run of everything does it unasked.
    #[arg(long)]
    pub(crate) write: bool,
    /// Where all samples are kept; beside the build products unless it is said.
    #[arg(long, value_name = "PATH")]
    pub(crate) json: Option<PathBuf>,
    /// Measures nothing, and tells what a run has found that kept its samples there.
    #[arg(long, value_name = "PATH", conflicts_with = "json")]
    pub(crate) from: Option<PathBuf>,
}

impl Settings {
    pub(crate) fn repetitions(&self) -> usize {
        self.repetitions
            .unwrap_or(if self.quick { 3 } else { 9 })
            .max(1)
    }

    /// Whether this peer plays: Creel always does.
    pub(crate) fn asks_for(&self, peer: &str) -> bool {
        let names = |name: &String| peer.contains(name.as_str());
        self.peers.is_empty() || peer == CREEL || self.peers.iter().any(names)
    }

    /// Whether the documentation is rewritten.
    pub(crate) fn writes(&self) -> bool {
        let everything = self.workloads.is_empty()
            && self.peers.is_empty()
            && !self.quick
            && !self.no_counts
            && self.from.is_none()
            && self.allocator == Choice::Both;
        self.write || everything
    }
}
