//! Where results go.

use clap::{Args, ValueEnum};
use creel_protocols::Secret;

use super::Keeping;

/// Where results go, and in which order.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Results")]
pub(crate) struct Recording {
    /// The file that gets one line of JSON for each; `-` for the standard output; `answers/` for a file of each one's own
    ///
    /// A file called .csv gets a row for each, with a column for each element of the answers. A name that ends with a
    /// slash, or a folder that is empty or has records, gets a JSON document for each.
    /// The ledger is written beside it, as results.ledger.json.
    #[arg(long, value_name = "FILE", default_value = "results.jsonl")]
    pub(crate) out: std::path::PathBuf,
    /// Keep each picture, as it was sent, in this folder too, with its answer in a JSON document beside it
    #[arg(long, value_name = "FOLDER")]
    pub(crate) frames_to: Option<std::path::PathBuf>,
    /// Write how the run went to this file too, in JSON: counts, rate, latencies, reasons of failures
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<std::path::PathBuf>,
    /// Write what each worker did, and when, to this file: a trace that Perfetto and chrome://tracing open
    ///
    /// Frames are told apart by their number; waits in the queue are arrows. What cannot be written as fast as it happens is left
    /// out, and counted.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) trace: Option<std::path::PathBuf>,
    /// Write results as they come, not in the order of their capture
    #[arg(long)]
    pub(crate) unordered: bool,
    /// Post each record to this server or web hook too, as a JSON document
    ///
    /// Before it is written to the file, so that after a crash it comes again rather than never. A token for the server
    /// stands in the environment, as CREEL_FORWARD_TOKEN.
    #[arg(long, value_name = "URL")]
    pub(crate) forward: Option<Secret>,
    /// What the run goes on without: `forward`, `frames`, or both joined by a comma
    ///
    /// What such a place does not take in time is dropped there and counted, and holds nothing else up. Without it, a
    /// place that fails ends the run, so that what is counted as written is everywhere.
    #[arg(long, value_name = "PLACE", value_delimiter = ',')]
    pub(crate) optional: Vec<OptionalPlace>,
    #[command(flatten)]
    pub(crate) keeping: Keeping,
}

/// A place for records that a run can go on without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OptionalPlace {
    /// The server of --forward
    Forward,
    /// The folder of --frames-to
    Frames,
}
