//! What holds a run up, by what was seen of it lately.

use std::collections::VecDeque;
use std::time::Duration;

use creel_dashboard::Bottleneck;
use creel_pipeline::{Efforts, ResilientHandle, Summary};

use crate::advice::{Cause, Circumstances, Finding};

/// How long is looked back.
const SPAN: Duration = Duration::from_secs(3);

/// The time from one finding to the next.
const STEP: Duration = Duration::from_millis(750);

/// What takes a smaller part of the time holds nobody up.
const SHARE: f64 = 0.3;

/// Says what holds a run up, by what was seen of it lately.
pub(super) struct Watch {
    service: ResilientHandle,
    circumstances: Circumstances,
    /// Looks at the run, the first no younger than is looked back, as soon as there is one.
    earlier: VecDeque<(Summary, Efforts)>,
    found: Option<Bottleneck>,
}

impl Watch {
    pub(super) fn new(service: ResilientHandle, circumstances: Circumstances) -> Self {
        Self {
            service,
            circumstances,
            earlier: VecDeque::new(),
            found: None,
        }
    }

    /// What holds the run up that stands there.
    pub(super) fn bottleneck(&mut self, summary: &Summary) -> Option<Bottleneck> {
        let age = |earlier: &(Summary, Efforts)| summary.elapsed.saturating_sub(earlier.0.elapsed);
        if self.earlier.back().is_some_and(|last| age(last) < STEP) {
            return self.found.clone();
        }
        while self
            .earlier
            .get(1)
            .is_some_and(|second| age(second) >= SPAN)
        {
            self.earlier.pop_front();
        }
        let efforts = self.service.efforts();
        if let Some((before, efforts_before)) = self.earlier.front() {
            let since = Some((before, efforts_before));
            let found = Finding::of((summary, &efforts), since, &self.circumstances);
            // A camera that all else keeps up with holds nobody up.
            let found = found.filter(|found| found.cause != Cause::Camera && found.share >= SHARE);
            self.found = found.map(|found| Bottleneck {
                part: found.cause.as_str(),
                text: format!(
                    "waited for {:.0}% of the time: {}. {}",
                    found.share * 100.0,
                    found.figure,
                    found.help
                ),
            });
        }
        self.earlier.push_back((summary.clone(), efforts));
        self.found.clone()
    }
}
