//! What the program says on standard error beside its results.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::fmt::MakeWriter;

/// What the program says on standard error beside its results: lines, and below them one that changes.
///
/// Clones are the same screen, so that nobody writes into the line that changes.
#[derive(Clone)]
pub(crate) struct Screen {
    status: ProgressBar,
    is_quiet: bool,
    /// What waits to be said while a view has the whole terminal.
    held: Arc<Mutex<Option<Held>>>,
    /// Whether words are shown, which leave no room for the line that changes. Orders nothing else.
    has_words: Arc<AtomicBool>,
}

/// Lines that wait while a view has the whole terminal.
#[derive(Default)]
struct Held {
    lines: VecDeque<String>,
    /// Lines before them that were too many.
    forgotten: u64,
}

/// How many lines wait at most.
const HELD_MAX: usize = 1000;

impl Screen {
    pub(crate) fn new(is_quiet: bool) -> Self {
        let status = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{wide_msg}");
        status.set_style(style.expect("the template has one field, which exists"));
        Self {
            status,
            is_quiet,
            held: Arc::default(),
            has_words: Arc::default(),
        }
    }

    /// Shows the line that changes, and says whether somebody looks at a terminal to see it.
    pub(crate) fn show_status(&self) -> bool {
        let is_seen = !self.is_quiet && is_ours();
        if is_seen {
            self.status.set_draw_target(ProgressDrawTarget::stderr());
        }
        is_seen
    }

    /// Changes that line.
    pub(crate) fn status(&self, line: String) {
        self.status.set_message(line);
    }

    /// Takes that line away.
    pub(crate) fn hide_status(&self) {
        self.status.finish_and_clear();
        self.status.set_draw_target(ProgressDrawTarget::hidden());
    }

    /// Shows words as they come, in the place of the line that changes.
    pub(crate) fn words(&self, words: &str) {
        if self.is_quiet || words.is_empty() {
            return;
        }
        if !self.has_words.swap(true, Ordering::Relaxed) {
            self.hide_status();
        }
        let mut stderr = io::stderr().lock();
        // Where standard error is closed there is nobody to tell.
        let _ = stderr
            .write_all(words.as_bytes())
            .and_then(|()| stderr.flush());
    }

    /// Whether nothing but errors is said.
    #[cfg(feature = "ui")]
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Says something that is of use and no error.
    pub(crate) fn say(&self, text: &str) {
        if !self.is_quiet {
            self.write(text);
        }
    }

    /// Says what went wrong, also when nothing else is said.
    pub(crate) fn error(&self, text: impl fmt::Display) {
        self.write(&format!("error: {text}"));
    }

    /// Whether a view could have the whole terminal.
    #[cfg(feature = "view")]
    pub(crate) fn is_terminal(&self) -> bool {
        let is_dumb = std::env::var_os("TERM").is_none_or(|kind| kind == "dumb");
        !self.is_quiet && !is_dumb && is_ours()
    }

    /// Keeps back what is said from here on, since a view has the whole terminal.
    #[cfg(feature = "view")]
    pub(crate) fn hold(&self) {
        self.held().get_or_insert_default();
    }

    /// Says what was kept back.
    #[cfg(feature = "view")]
    pub(crate) fn release(&self) {
        let Some(Held { lines, forgotten }) = self.held().take() else {
            return;
        };
        if forgotten > 0 {
            self.write(&format!("{forgotten} lines before these were too many"));
        }
        for line in lines {
            self.write(&line);
        }
    }

    /// The last lines that are kept back, oldest first.
    #[cfg(feature = "view")]
    pub(crate) fn last(&self, count: usize) -> Vec<String> {
        let held = self.held();
        let lines = held.iter().flat_map(|held| &held.lines);
        let from = held.as_ref().map_or(0, |held| held.lines.len());
        lines.skip(from.saturating_sub(count)).cloned().collect()
    }

    /// Keeps lines back, if that is what is done.
    pub(crate) fn keep(&self, text: &str) -> bool {
        let mut held = self.held();
        let Some(held) = &mut *held else {
            return false;
        };
        for line in text.lines() {
            if held.lines.len() == HELD_MAX {
                held.lines.pop_front();
                held.forgotten += 1;
            }
            held.lines.push_back(line.to_owned());
        }
        true
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, text: &str) {
        if self.keep(text) {
            return;
        }
        // Where standard error is closed there is nobody to tell.
        let _ = self
            .status
            .suspend(|| writeln!(io::stderr().lock(), "{text}"));
    }
}

/// Whether standard error is a terminal, and this program the one that has it.
#[cfg(unix)]
fn is_ours() -> bool {
    // Of a job in the background, the terminal stops whoever changes its modes, and others draw there.
    io::stderr().is_terminal()
        && rustix::termios::tcgetpgrp(io::stderr())
            .is_ok_and(|group| group == rustix::process::getpgrp())
}

/// Whether standard error is a terminal.
#[cfg(not(unix))]
fn is_ours() -> bool {
    io::stderr().is_terminal()
}

/// Log lines go above the line that changes.
impl<'a> MakeWriter<'a> for Screen {
    type Writer = LogLines<'a>;

    fn make_writer(&'a self) -> LogLines<'a> {
        LogLines(self)
    }
}

/// Takes whole lines of the log.
pub(crate) struct LogLines<'a>(&'a Screen);

impl Write for LogLines<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if !self.0.keep(&String::from_utf8_lossy(line)) {
            self.0
                .status
                .suspend(|| io::stderr().lock().write_all(line))?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
