//! Wrong usage that only shows when arguments are looked at together.

use thiserror::Error;

/// Wrong usage, which ends the program with 2.
#[derive(Debug, Error)]
#[error("{0}\n\nFor more information, try '--help'.")]
pub(crate) struct WrongUsage(pub(crate) &'static str);
