//! Who is asked, and how.

use std::num::NonZeroUsize;
use std::time::Duration;

use clap::{Args, ValueEnum};
use creel_protocols::oip::Datatype;

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
    /// What the server speaks
    #[arg(long, value_name = "PROTOCOL", default_value = "oip")]
    pub(crate) protocol: Speech,
    /// The name of the model's input, where the server does not tell it
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub(crate) input_name: Option<String>,
    /// What the input is sent as, such as FP32 or UINT8, where the server does not tell it
    #[arg(long, value_name = "TYPE", hide_short_help = true)]
    pub(crate) datatype: Option<Datatype>,
    /// How many requests are in flight at most
    #[arg(long, value_name = "N", default_value = "8")]
    pub(crate) workers: NonZeroUsize,
    /// How long an answer may take, in seconds or as 500ms or 2m
    #[arg(long, value_name = "TIME", default_value = "30", value_parser = super::duration)]
    pub(crate) timeout: Duration,
}

/// What a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Speech {
    /// The Open Inference Protocol, version 2 (KServe, Triton, MLServer, OpenVINO)
    Oip,
    /// A plain POST of the picture or text to the URL itself
    Raw,
}
