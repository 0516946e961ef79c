//! Why a run did not start, or did not come to its end.

use std::fmt;
use std::io;

use creel_core::port::{SinkError, SourceError};
use thiserror::Error;

use crate::failure::Panicked;
use crate::summary::Summary;

/// Why a run could not be started; nothing of it is left.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// A thread could not be started.
    #[error(
        "the {thread} thread cannot be started; the process may have reached its limit of threads"
    )]
    Thread {
        /// What it was to do.
        thread: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// Items are to be spilled, and there is no spool for them.
    #[error("the policy is to spill, and there is no spool: give one to the pipeline")]
    NoSpool,
}

/// A run that did not come to the end of all its sources, and where it stood then.
pub struct RunError {
    cause: Box<RunFailure>,
    summary: Box<Summary>,
}

impl RunError {
    pub(crate) fn new(cause: RunFailure, summary: Summary) -> Self {
        Self {
            cause: Box::new(cause),
            summary: Box::new(summary),
        }
    }

    /// Why it ended.
    pub fn cause(&self) -> &RunFailure {
        &self.cause
    }

    /// Where it stood; its ledger adds up.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl fmt::Debug for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunError")
            .field("cause", &self.cause)
            .field("summary", &self.summary)
            .finish()
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.source()
    }
}

/// Why a run ended before its sources did.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunFailure {
    /// A source cannot go on; what it gave before was finished, and so was what the others gave.
    #[error("source {name} cannot go on")]
    Source {
        /// The source's name.
        name: String,
        /// What it said.
        source: SourceError,
    },
    /// A source stayed disconnected; what it gave before was finished, and so was what the others gave.
    #[error("source {name} is disconnected, {attempts} times asked again in vain")]
    Disconnected {
        /// The source's name.
        name: String,
        /// How often it was asked again.
        attempts: u32,
        /// What it said last.
        source: SourceError,
    },
    /// A sink did not keep a record, or what it had kept; nothing was written after that.
    #[error("sink {name} ended the run")]
    Sink {
        /// The sink's name.
        name: String,
        /// What it said.
        source: SinkError,
    },
    /// Foreign code panicked where it was not working on a single item.
    #[error("{place} broke")]
    Panicked {
        /// Whose code it was.
        place: String,
        /// The panic.
        source: Panicked,
    },
    /// The executor was shut down while there still was something to submit.
    #[error("the executor was shut down before the run had ended")]
    ExecutorShutDown,
}
