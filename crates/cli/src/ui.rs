//! The page on which a run is shown in the browser, where it was built in.

#[cfg(not(feature = "ui"))]
mod absent;
#[cfg(feature = "ui")]
mod eye;
#[cfg(feature = "ui")]
mod look;
#[cfg(feature = "ui")]
mod page;
#[cfg(feature = "ui")]
mod tap;
#[cfg(feature = "ui")]
mod watch;

use std::sync::Arc;

#[cfg(not(feature = "ui"))]
pub(crate) use absent::Ui;
#[cfg(feature = "ui")]
pub(crate) use page::Ui;

/// What is shown.
#[cfg_attr(
    not(feature = "ui"),
    expect(dead_code, reason = "without the page nobody asks for it")
)]
#[derive(Clone)]
pub(crate) struct Subject {
    /// What goes where, in a line.
    pub(crate) title: String,
    /// What one item is called.
    pub(crate) noun: &'static str,
    /// The names of the sources.
    pub(crate) sources: Vec<Arc<str>>,
    /// Whether a worker waits for its answer.
    pub(crate) blocks: bool,
    /// Whether items that memory does not hold wait on disk.
    pub(crate) spills: bool,
}
