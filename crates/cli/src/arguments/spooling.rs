//! Where frames wait that the memory does not hold.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::size::Bytes;
use super::sync::SyncWhen;

/// Where frames wait that the memory does not hold.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "The spool, for --when-full spill")]
pub(crate) struct Spooling {
    /// The folder in which frames wait, instead of one beside the results, such as results.spool
    ///
    /// What a run that was stopped or killed has left there, the same command sends first. A folder in which nothing waits is
    /// taken away at the end. Results on the standard output or in a table tell no later run what is done: their
    /// frames wait in a temporary folder.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) spool: Option<PathBuf>,
    /// How much may wait there: bytes, or KiB, MiB, GiB as in 512M; what comes beyond is dropped
    #[arg(long, value_name = "SIZE", default_value = "4G")]
    pub(crate) spool_size: Bytes,
    /// When what waits there is safe from a power failure: `never`, `each`, or after a time such as 500ms
    ///
    /// A killed process loses nothing that waits there in any case.
    #[arg(long, value_name = "WHEN", default_value = "1s")]
    pub(crate) spool_sync: SyncWhen,
    /// How many frames may be on their way there, while the disk is slow: beyond that, or 64 MiB, frames are dropped
    #[arg(long, value_name = "N", default_value = "1024")]
    pub(crate) spool_queue: NonZeroUsize,
    /// Send what earlier runs have left there when nothing else waits, not first
    #[arg(long)]
    pub(crate) live_first: bool,
}
