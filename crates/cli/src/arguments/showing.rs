//! Where a run is shown while it goes on.

use std::net::SocketAddr;

use clap::Args;
use creel_protocols::Secret;

use super::listen;

/// Where a run is shown while it goes on.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "The page")]
pub(crate) struct Showing {
    /// Show the run on a page in the browser, at this address: ADDRESS:PORT, or a port of this machine; 127.0.0.1:27335 without a
    /// choice
    ///
    /// Pictures with their answers, workers, futures, charts and the ledger; for machines /metrics and /healthz. At an address that
    /// others reach, such as 0.0.0.0:27335, whoever looks needs a token.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, value_parser = listen::address)]
    pub(crate) ui: Option<Option<SocketAddr>>,
    /// What whoever looks at the page must know; better in the environment. One is made up where it is needed
    #[arg(
        long,
        value_name = "TOKEN",
        env = "CREEL_UI_TOKEN",
        hide_env_values = true,
        hide_short_help = true
    )]
    pub(crate) ui_token: Option<Secret>,
}
