//! One thing that a server is asked, and what came of it.

use anyhow::Result;

use super::stage::Stage;

/// One thing that a server is asked; a row of the table.
pub(super) struct Case {
    /// As in `--protocol`.
    pub(super) protocol: &'static str,
    /// What must be so.
    pub(super) claim: &'static str,
    /// Does it, and fails unless it is so; what it returns is worth noting.
    pub(super) play: fn(&Stage) -> Result<String>,
}

/// What came of a case.
pub(super) enum Outcome {
    Held(String),
    Failed(String),
    /// The server could not be asked.
    NotRun(String),
}
