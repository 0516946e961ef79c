//! `creel cameras`.

use clap::Args;

/// List what can be captured here, and in which formats
#[derive(Debug, Args)]
pub(crate) struct Cameras {
    /// Write the list as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
