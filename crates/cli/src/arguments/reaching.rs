//! How the server is reached.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use creel_protocols::Secret;

/// How the server is reached.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Reaching the server")]
pub(crate) struct Reaching {
    /// How long an answer may take, in seconds or as 500ms or 2m
    #[arg(long, value_name = "TIME", default_value = "30", value_parser = super::duration)]
    pub(crate) timeout: Duration,
    /// How long to connect may take
    #[arg(long, value_name = "TIME", default_value = "5", value_parser = super::duration, hide_short_help = true)]
    pub(crate) connect_timeout: Duration,
    /// How long the server may say nothing, also in the middle of an answer
    #[arg(long, value_name = "TIME", value_parser = super::duration, hide_short_help = true)]
    pub(crate) read_timeout: Option<Duration>,
    /// A token that is shown to the server, as `Authorization: Bearer`
    ///
    /// Better than here, where others may see it, it stands in the environment: as CREEL_TOKEN, or for --protocol openai, and for
    /// servers that ask for a key, as OPENAI_API_KEY. It is neither logged nor written anywhere.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) bearer: Option<Secret>,
    /// A header that goes out with every request; can be said several times
    #[arg(long, value_name = "NAME: VALUE", hide_short_help = true)]
    pub(crate) header: Vec<Header>,
    /// A file of certificates, in PEM: only servers that these authorities vouch for are trusted
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) ca: Option<PathBuf>,
    /// The proxy on the way, such as http://proxy:3128, or `none`
    ///
    /// Without a choice the environment's: ALL_PROXY, HTTPS_PROXY, HTTP_PROXY, NO_PROXY.
    #[arg(long, value_name = "URL", hide_short_help = true)]
    pub(crate) proxy: Option<Secret>,
    /// Let the server compress its answers
    #[arg(long, hide_short_help = true)]
    pub(crate) gzip: bool,
    /// What a worker does while it waits for an answer
    #[arg(
        long,
        value_name = "KIND",
        default_value = "blocking",
        hide_short_help = true
    )]
    pub(crate) transport: Transport,
}

/// What a worker does while it waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Transport {
    /// It waits: as many threads as requests in flight
    Blocking,
    /// Something else: thousands of slow requests in flight on a few threads
    Async,
}

/// A header; its value may be secret.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) value: Secret,
}

impl FromStr for Header {
    type Err = NoHeader;

    fn from_str(text: &str) -> Result<Self, NoHeader> {
        let (name, value) = text.split_once(':').ok_or(NoHeader)?;
        let name = name.trim();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(NoHeader);
        }
        Ok(Self {
            name: name.to_owned(),
            value: Secret::new(value.trim()),
        })
    }
}

/// A text that is no header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoHeader;

impl fmt::Display for NoHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header is NAME: VALUE, as in 'X-Key: 123'")
    }
}

impl std::error::Error for NoHeader {}
