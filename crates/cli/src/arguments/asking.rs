//! Who is asked, and how.

use clap::Args;

use super::{Bearing, Reaching, Speaking, Workers};

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
    /// How many requests are in flight at most; `auto` for as many as the server makes use of
    #[arg(long, value_name = "N|auto", default_value = "8")]
    pub(crate) workers: Workers,
    #[command(flatten)]
    pub(crate) speaking: Speaking,
    #[command(flatten)]
    pub(crate) reaching: Reaching,
    #[command(flatten)]
    pub(crate) bearing: Bearing,
}
