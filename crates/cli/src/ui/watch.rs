//! What holds a run up, by what was seen of it lately.

use std::time::Duration;

use creel_dashboard::Bottleneck;
use creel_pipeline::{ResilientHandle, Summary};

use crate::advice::{Cause, Circumstances, Recent};

/// How long is looked back.
const SPAN: Duration = Duration::from_secs(3);

/// The time from one finding to the next.
const STEP: Duration = Duration::from_millis(750);

/// What takes a smaller part of the time holds nobody up.
const SHARE: f64 = 0.3;

/// Says what holds a run up, by what was seen of it lately.
pub(super) struct Watch {
    service: ResilientHandle,
    recent: Recent,
}

impl Watch {
    pub(super) fn new(service: ResilientHandle, circumstances: Circumstances) -> Self {
        Self {
            service,
            recent: Recent::new(circumstances, SPAN, STEP),
        }
    }

    /// What holds the run up that stands there.
    pub(super) fn bottleneck(&mut self, summary: &Summary) -> Option<Bottleneck> {
        let found = self.recent.look(summary, || self.service.efforts())?;
        // A camera that all else keeps up with holds nobody up.
        let holds_up = found.cause != Cause::Camera && found.share >= SHARE;
        holds_up.then(|| Bottleneck {
            part: found.cause.as_str(),
            text: format!(
                "waited for {:.0}% of the time: {}. {}",
                found.share * 100.0,
                found.figure,
                found.help
            ),
        })
    }
}
