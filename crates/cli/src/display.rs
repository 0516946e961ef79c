//! What shows how a run goes: a view in the whole terminal, or a line that changes.

use creel_pipeline::{ResilientHandle, RunHandle};

use crate::advice::Circumstances;
use crate::interrupt::Interrupt;
use crate::screen::Screen;
use crate::status::StatusLine;
#[cfg(feature = "view")]
use crate::view::{Glimpses, Shown, View};

/// What shows how a run goes, until this is dropped.
pub(crate) enum Display {
    #[cfg(feature = "view")]
    View(#[expect(dead_code, reason = "it is kept for its end")] View),
    Line(#[expect(dead_code, reason = "it is kept for its end")] StatusLine),
}

/// What is shown, and to whom.
#[cfg_attr(
    not(feature = "view"),
    expect(dead_code, reason = "only a view needs all of it")
)]
pub(crate) struct Displayed<'a> {
    pub(crate) run: RunHandle,
    pub(crate) service: ResilientHandle,
    pub(crate) circumstances: &'a Circumstances,
    /// How many items there are, where that is known, and how many were done before.
    pub(crate) total: Option<u64>,
    pub(crate) before: u64,
    pub(crate) title: String,
    /// The last records, where there is to be a view.
    #[cfg(feature = "view")]
    pub(crate) glimpses: Option<Glimpses>,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) screen: &'a Screen,
}

impl Display {
    /// Begins with what was asked for; where a view cannot be had there is a line.
    pub(crate) fn begin(displayed: Displayed<'_>) -> Self {
        #[cfg(feature = "view")]
        if let Some(glimpses) = displayed.glimpses.clone() {
            let shown = Shown {
                title: displayed.title.clone(),
                run: displayed.run.clone(),
                service: displayed.service.clone(),
                circumstances: displayed.circumstances.clone(),
                glimpses,
                screen: displayed.screen.clone(),
            };
            match View::show(shown, displayed.interrupt.clone()) {
                Ok(view) => return Self::View(view),
                Err(error) => tracing::warn!(%error, "there is no view of the run"),
            }
        }
        let Displayed {
            run,
            total,
            before,
            screen,
            ..
        } = displayed;
        Self::Line(StatusLine::show(run, total, before, screen))
    }
}
