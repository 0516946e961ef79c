//! The command line.

mod asking;
mod batch;
mod bearing;
mod camera;
mod cameras;
mod keeping;
mod listen;
mod reaching;
mod recording;
mod serve;
mod showing;
mod size;
mod speaking;
mod spooling;
mod sync;
mod watch;
mod workers;

use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use jiff::SignedDuration;

pub(crate) use asking::Asking;
pub(crate) use batch::Batch;
pub(crate) use bearing::Bearing;
pub(crate) use cameras::Cameras;
pub(crate) use keeping::{DiskFull, Keeping};
pub(crate) use reaching::{Reaching, Transport};
pub(crate) use recording::{OptionalPlace, Recording};
pub(crate) use serve::Serve;
pub(crate) use showing::Showing;
pub(crate) use speaking::{Speaking, Speech, Tensors};
pub(crate) use spooling::Spooling;
pub(crate) use sync::SyncWhen;
pub(crate) use watch::{NamedCamera, Watch, WhenFull};
pub(crate) use workers::Workers;

/// Keep a model server busy, from a camera or from files
///
/// Frames, rows, images or prompts go through a pool of workers to a model server; each comes back as one line
/// of JSON, and a ledger says what became of every one of them.
#[derive(Debug, Parser)]
#[command(
    name = "creel",
    version,
    propagate_version = false,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = "\
Try it, with the test camera and the built-in model server:
  creel watch --frames 300

`creel COMMAND --help` says more about each."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) talk: Talk,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Watch(Watch),
    Batch(Batch),
    Serve(Serve),
    Cameras(Cameras),
}

/// How much the program says beside its results.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Talk {
    /// Say more of what happens; twice for everything
    #[arg(short, long, global = true, action = ArgAction::Count, display_order = 900)]
    pub(crate) verbose: u8,
    /// Say nothing but errors
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        display_order = 901
    )]
    pub(crate) quiet: bool,
}

/// What a value is called on the command line.
pub(crate) fn name_of(value: impl ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

/// Reads a duration: seconds as a plain number, or a number with its unit.
fn duration(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().map(Duration::try_from_secs_f64);
    let with_unit = || text.parse::<SignedDuration>().ok()?.try_into().ok();
    seconds
        .map_or_else(with_unit, Result::ok)
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| {
            "a time is seconds, as in 2.5, or has its unit, as in 500ms or 2m".to_owned()
        })
}

#[cfg(test)]
mod tests;
