//! What the command line asks for.

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::sample::Order;

/// What to do.
pub(crate) enum Arguments {
    /// Take one sample in this process.
    Sample(Order),
    /// Take all samples, and compare them.
    Run(Settings),
}

impl Arguments {
    pub(crate) fn parse() -> Self {
        let CommandLine { command, settings } = CommandLine::parse();
        match command {
            Some(Verb::Sample(order)) => Self::Sample(order),
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
}

/// How a run goes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Settings {
    /// The workloads; all when none is named.
    #[arg(value_name = "WORKLOAD")]
    pub(crate) workloads: Vec<String>,
    /// Smaller workloads and fewer repetitions: under three minutes for all.
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
}

/// Which allocators are measured.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Choice {
    Glibc,
    Mimalloc,
    Both,
}

impl Settings {
    pub(crate) fn repetitions(&self) -> usize {
        self.repetitions
            .unwrap_or(if self.quick { 3 } else { 9 })
            .max(1)
    }
}
