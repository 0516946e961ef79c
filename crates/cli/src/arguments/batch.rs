//! `creel batch`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::{Asking, Recording, Showing};
use crate::input::Format;

/// Send the rows, images or prompts of a file to a model server
///
/// INPUT is a CSV file (a header; the column `id` names rows, the others are features), a JSON Lines file
/// (`{"id": …, "features": […]}`, or `prompt`, `text` or `image` in place of `features`; or the requests of an OpenAI
/// batch file), a text file with a prompt
/// on each line, a list of pictures (`.list`, a path on each line), folders of pictures, a video file, or `-` for the
/// standard input.
///
/// Stopped or killed at any moment, the same command goes on where it stopped. An item that cannot be read is a result
/// too, as failed, and the run goes on; what has failed is also in results.errors.*, in the input's own form.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  creel batch iris.csv --model iris
  creel batch prompts.txt --server http://gpu:8000 --model lang --out -
  grep -i urgent mail.txt | creel batch - --format text --model lang --out -

Exit codes: 0 done, 1 something failed, 2 wrong usage, 130 interrupted.")]
pub(crate) struct Batch {
    /// The file to read, `-` for the standard input, or folders and pictures, also as patterns such as 'in/*.jpg'
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// What the input is, where its name does not tell
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// The columns of a CSV file that are the features, in their order, joined by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    #[command(flatten)]
    pub(crate) asking: Asking,
    #[command(flatten)]
    pub(crate) recording: Recording,
    #[command(flatten)]
    pub(crate) showing: Showing,
    /// How many rows of features go in one request at most; each keeps a record of its own
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) rows_per_request: NonZeroUsize,
    /// Show the first request and the server's answer, send nothing else, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Begin anew, whatever is in the results
    ///
    /// Without it a run goes on behind the records that are there: every item gets exactly one, however often the
    /// command is stopped and started again.
    #[arg(long, help_heading = "Results")]
    pub(crate) overwrite: bool,
}
