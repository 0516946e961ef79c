//! The line that shows where a run stands.

use std::convert::Infallible;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use creel_pipeline::{Health, RunHandle, Summary};

use crate::report::shown;
use crate::screen::Screen;

/// How often the line changes.
const REFRESH: Duration = Duration::from_millis(100);

/// Over how long the rate is taken.
const RATE_SPAN: Duration = Duration::from_secs(1);

/// The line that shows where a run stands, there until this is dropped.
pub(crate) struct StatusLine {
    /// Dropping it is the word to end.
    keep: Option<Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
    screen: Screen,
}

impl StatusLine {
    /// Shows the line, if somebody looks at a terminal.
    ///
    /// So many of the `total` were done before it began.
    pub(crate) fn show(run: RunHandle, total: Option<u64>, before: u64, screen: &Screen) -> Self {
        let (keep, ended) = mpsc::channel();
        let thread = screen.show_status().then(|| {
            let screen = screen.clone();
            thread::Builder::new()
                .name("creel-status".to_owned())
                .spawn(move || refresh(&run, total, before, &ended, &screen))
        });
        Self {
            keep: Some(keep),
            // A run without the line is better than none.
            thread: thread.and_then(Result::ok),
            screen: screen.clone(),
        }
    }
}

impl Drop for StatusLine {
    fn drop(&mut self) {
        self.keep = None;
        if let Some(thread) = self.thread.take() {
            // It has nothing to tell but the line.
            let _ = thread.join();
        }
        self.screen.hide_status();
    }
}

fn refresh(
    run: &RunHandle,
    total: Option<u64>,
    before: u64,
    ended: &Receiver<Infallible>,
    screen: &Screen,
) {
    let mut earlier = run.snapshot();
    let mut rate = 0.0;
    while ended.recv_timeout(REFRESH) == Err(RecvTimeoutError::Timeout) {
        let summary = run.snapshot();
        screen.status(line(&summary, rate, total, before));
        if summary.elapsed >= earlier.elapsed + RATE_SPAN {
            rate = summary.rate_since(&earlier);
            earlier = summary;
        }
    }
}

/// What matters most comes first, since a narrow terminal cuts the rest off.
fn line(summary: &Summary, rate: f64, total: Option<u64>, before: u64) -> String {
    let ledger = &summary.ledger;
    let over = before + ledger.over();
    let done = total.map_or_else(String::new, |total| {
        let percent = (over * 100 / total.max(1)).min(100);
        let left = total.saturating_sub(over) as f64 / summary.rate();
        if left.is_finite() {
            format!("{percent}%  {} left  ", clock(left))
        } else {
            format!("{percent}%  ")
        }
    });
    let failed = match ledger.failed {
        0 => String::new(),
        count => format!("{count} failed  "),
    };
    let troubles: String = summary
        .sources
        .iter()
        .filter(|source| {
            let is_well = matches!(
                source.health,
                Health::Opening | Health::Live | Health::Ended
            );
            !is_well
        })
        .map(|source| format!("{} {}  ", source.name, source.health))
        .collect();
    let latency = shown(summary.latency.p50);
    format!("{troubles}{done}{rate:.1}/s  {failed}p50 {latency}  {ledger}")
}

/// A time to come, in seconds, as a clock shows it.
fn clock(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}
