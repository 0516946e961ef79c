//! The log, for whoever wants to see what happens inside.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::arguments::Talk;
use crate::screen::Screen;

/// Lets the log out on standard error: warnings, with `-v` what happens, with `-vv` everything.
pub(crate) fn start(talk: Talk, screen: &Screen) {
    let (ours, others) = match talk.verbose {
        _ if talk.quiet => (LevelFilter::ERROR, LevelFilter::ERROR),
        0 => (LevelFilter::WARN, LevelFilter::ERROR),
        1 => (LevelFilter::INFO, LevelFilter::WARN),
        _ => (LevelFilter::DEBUG, LevelFilter::INFO),
    };
    let levels = Targets::new()
        .with_default(others)
        .with_target("creel", ours);
    let lines = fmt::layer()
        .with_ansi(io::stderr().is_terminal())
        .with_writer(screen.clone());
    tracing_subscriber::registry()
        .with(lines.with_filter(levels))
        .init();
}
