//! Who is asked, and how.

use std::num::NonZeroUsize;
use std::time::Duration;

use clap::Args;

use super::Speaking;

/// Who is asked, and how.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "The model server")]
pub(crate) struct Asking {
    /// The model server, such as http://localhost:8000
    ///
    /// Without one, the built-in server is started in this process, on a free port.
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// The model that is asked
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// How many requests are in flight at most
    #[arg(long, value_name = "N", default_value = "8")]
    pub(crate) workers: NonZeroUsize,
    /// How long an answer may take, in seconds or as 500ms or 2m
    #[arg(long, value_name = "TIME", default_value = "30", value_parser = super::duration)]
    pub(crate) timeout: Duration,
    #[command(flatten)]
    pub(crate) speaking: Speaking,
}
