//! What was lost, or left behind.

use std::path::Path;

use creel_pipeline::{DropReason, Summary};

use super::{Circumstances, place};

/// A camera that was held up for less than this part of the time has lost nothing to speak of.
const HELD: f64 = 0.1;

/// What was lost, or left behind, and what would keep it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Loss {
    pub(super) told: String,
    pub(super) help: Option<String>,
}

impl Loss {
    pub(super) fn of(summary: &Summary, circumstances: &Circumstances) -> Option<Self> {
        let dropped = summary.ledger.dropped;
        let reasons = [
            DropReason::BufferFull,
            DropReason::SpoolFull,
            DropReason::SpoolBehind,
            DropReason::SpoolFailed,
            DropReason::DiskFull,
            DropReason::Superseded,
        ];
        let worst = reasons
            .into_iter()
            .max_by_key(|reason| dropped.of(*reason))
            .filter(|reason| dropped.of(*reason) > 0);
        if let Some(worst) = worst {
            let named: Vec<String> = reasons
                .into_iter()
                .filter(|reason| dropped.of(*reason) > 0)
                .map(|reason| reason.to_string())
                .collect();
            return Some(Self {
                told: format!(
                    "why {} of {} {} were dropped ({}):",
                    reasons
                        .iter()
                        .map(|reason| dropped.of(*reason))
                        .sum::<u64>(),
                    summary.ledger.captured,
                    circumstances.noun.counted(2),
                    named.join(", ")
                ),
                help: help(worst, circumstances),
            });
        }
        Self::pace(summary, circumstances)
    }

    /// Nothing was dropped, but not all that the camera gave was done in its time.
    fn pace(summary: &Summary, circumstances: &Circumstances) -> Option<Self> {
        if !circumstances.is_live {
            return None;
        }
        let spilled = summary.levels.spilled_ever;
        if spilled > 0 {
            let noun = circumstances.noun.counted(spilled);
            return Some(Self {
                told: format!("why {spilled} {noun} had to wait in the spool:"),
                help: None,
            });
        }
        let held = summary.sources.iter().map(|source| source.held).max()?;
        let part = held.as_secs_f64() / summary.elapsed.as_secs_f64().max(f64::MIN_POSITIVE);
        (part >= HELD).then(|| Self {
            told: format!(
                "why the camera was held up for {:.0}% of the time:",
                part * 100.0
            ),
            help: None,
        })
    }
}

/// What keeps frames that are dropped for this reason.
fn help(reason: DropReason, circumstances: &Circumstances) -> Option<String> {
    let more = circumstances.buffer.saturating_mul(4);
    Some(match reason {
        DropReason::BufferFull => {
            format!(
                "--when-full spill keeps frames on disk, --buffer {more} more of them in memory"
            )
        }
        DropReason::Superseded => {
            "that is what --when-full latest asks for: spill or drop-oldest keep more".to_owned()
        }
        DropReason::SpoolFull => "a larger --spool-size keeps more on disk".to_owned(),
        DropReason::SpoolBehind => {
            format!("--buffer {more} gives the disk more time, as does a faster one for --spool")
        }
        DropReason::DiskFull => {
            let folder = circumstances.names.spool.as_deref();
            let folder = folder.unwrap_or(Path::new("the spool")).display();
            place::full(&folder.to_string(), "a folder for --spool")
        }
        DropReason::SpoolFailed => "the log above says what is wrong with the spool".to_owned(),
        _ => return None,
    })
}
