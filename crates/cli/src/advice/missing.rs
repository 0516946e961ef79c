//! Why records are missing at a place that the run goes on without.

use creel_pipeline::{SinkState, SinkSummary, Summary};

use super::Circumstances;
use super::place::help;
use crate::report::shown;

/// Why records are missing at a place, and what would help.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Missing {
    told: String,
    why: String,
    help: String,
}

impl Missing {
    /// Of each place where some are.
    pub(super) fn of(summary: &Summary, circumstances: &Circumstances) -> Vec<Self> {
        let optional = summary.sinks.iter().filter(|sink| sink.is_optional);
        let missing = optional.filter(|sink| sink.missing() > 0);
        missing.map(|sink| Self::at(sink, circumstances)).collect()
    }

    fn at(sink: &SinkSummary, circumstances: &Circumstances) -> Self {
        let missing = sink.missing();
        let of = sink.written + sink.dropped + sink.rejected;
        let name = &sink.name;
        let place = circumstances.names.place(name);
        // A trouble that was overcome is not what most of them are missing for.
        let trouble = sink.trouble.as_ref();
        let trouble = trouble.filter(|_| sink.overrun * 2 <= missing);
        let (why, kind) = match trouble {
            Some(trouble) => (trouble.told.to_string(), Some(trouble.kind)),
            None if sink.state == SinkState::Abandoned => {
                ("it did not come to an end".to_owned(), None)
            }
            None => {
                let mean = sink.busy / u32::try_from(sink.written.max(1)).unwrap_or(u32::MAX);
                let mean = shown(mean);
                (format!("it took {mean} for each, and more came"), None)
            }
        };
        Self {
            told: format!("why {missing} of {of} records are missing at {name}:"),
            why,
            help: help(place, name, kind),
        }
    }

    pub(super) fn lines(&self) -> [String; 3] {
        let Self { told, why, help } = self;
        [told.clone(), format!("  {why}"), format!("  → {help}")]
    }
}
