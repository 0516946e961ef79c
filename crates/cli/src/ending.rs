//! How the program ends.

use std::process::ExitCode;

/// What clap ends with when the command line is wrong.
pub(crate) const WRONG_USAGE: u8 = 2;

/// What the shell calls a program that Ctrl-C has ended.
pub(crate) const INTERRUPTED: u8 = 130;

/// How a command came to its end; what failed is an error instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Done,
    /// On request, and in order.
    Interrupted,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Done => Self::SUCCESS,
            Ending::Interrupted => Self::from(INTERRUPTED),
        }
    }
}
