//! What is done when the server falters.

use std::time::Duration;

use clap::Args;
use creel_core::resilience::Rate;

/// What is done when the server falters.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "When the server falters")]
pub(crate) struct Bearing {
    /// How often a request is sent again when the server could not be reached, hung, or had no time; 0 for never
    ///
    /// Retries are a tenth of all requests at most. A server that asks for a pause gets it.
    #[arg(long, value_name = "N", default_value = "4")]
    pub(crate) retries: u32,
    /// How long a server that has answered before is waited for when it is gone
    ///
    /// Meanwhile it is asked now and then whether it is back, and nothing fails. Without a choice 60 s; without an end where
    /// frames wait on disk meanwhile.
    #[arg(long, value_name = "TIME", value_parser = super::duration, hide_short_help = true)]
    pub(crate) patience: Option<Duration>,
    /// How many requests are sent in a time at most, as in 10/s or 600/min
    #[arg(long, value_name = "RATE")]
    pub(crate) rate: Option<Rate>,
    /// How many tokens are sent in a time at most, as in 90000/min; a token is four letters of a text
    #[arg(long, value_name = "RATE", hide_short_help = true)]
    pub(crate) token_rate: Option<Rate>,
    /// Send a request a second time when it is not answered after this time; the first answer counts
    ///
    /// For servers of which one of many is slow now and then. It needs --transport async.
    #[arg(long, value_name = "TIME", value_parser = super::duration, hide_short_help = true)]
    pub(crate) hedge: Option<Duration>,
}
