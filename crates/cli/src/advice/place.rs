//! The places where records go, as advice names them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use creel_pipeline::{SinkSummary, Summary, TroubleKind};

use super::time;
use crate::arguments::Recording;
use crate::report::shown;
use crate::results;

/// What the places are called where something is written to.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// The results, as messages call them.
    pub(super) out: String,
    /// The folder of `--frames-to`.
    pub(super) frames: Option<String>,
    /// The folder of the spool.
    pub(super) spool: Option<PathBuf>,
}

/// A place for records, by the option that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Results,
    Frames,
    Hook,
    /// One of our own, such as the view.
    Other,
}

/// The place that the others waited for most.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Slowest {
    pub(super) name: Arc<str>,
    pub(super) place: Place,
    /// What it took for a record.
    pub(super) mean: Option<Duration>,
    /// For how long it took none, and why, where that is most of its time.
    pub(super) refusing: Option<(Duration, TroubleKind)>,
}

impl Names {
    pub(super) fn new(recording: &Recording, spool: Option<&Path>) -> Self {
        let frames = recording.frames_to.as_ref();
        Self {
            out: results::described(&recording.out),
            frames: frames.map(|folder| folder.display().to_string()),
            spool: spool.map(Path::to_owned),
        }
    }

    pub(super) fn place(&self, name: &str) -> Place {
        if self.frames.as_deref() == Some(name) {
            Place::Frames
        } else if name == self.out {
            Place::Results
        } else if name.contains("://") {
            Place::Hook
        } else {
            Place::Other
        }
    }

    /// The place that the run waited for most, from an earlier look at it to a later one.
    pub(super) fn slowest(&self, summary: &Summary, earlier: Option<&Summary>) -> Option<Slowest> {
        let before = |number: usize| earlier.and_then(|earlier| earlier.sinks.get(number));
        let required = summary.sinks.iter().enumerate();
        let required = required.filter(|(_, sink)| !sink.is_optional);
        let spent = required.map(|(number, sink)| {
            let of = |figure: fn(&SinkSummary) -> Duration| {
                let before = before(number).map(figure).unwrap_or_default();
                figure(sink).saturating_sub(before)
            };
            let written = sink.written - before(number).map_or(0, |sink| sink.written);
            (
                sink,
                of(|sink| sink.busy),
                of(|sink| sink.refusing),
                written,
            )
        });
        let (sink, busy, refusing, written) = spent.max_by_key(|(_, busy, ..)| *busy)?;
        let kind = sink.trouble.as_ref().map(|trouble| trouble.kind);
        Some(Slowest {
            name: Arc::clone(&sink.name),
            place: self.place(&sink.name),
            mean: busy.checked_div(u32::try_from(written).unwrap_or(u32::MAX)),
            refusing: kind
                .filter(|_| refusing * 2 > busy)
                .map(|kind| (refusing, kind)),
        })
    }
}

impl Slowest {
    /// Who it is.
    pub(super) fn who(&self) -> String {
        let name = &self.name;
        match self.place {
            Place::Results => format!("writing to {name}"),
            Place::Frames => format!("writing pictures to {name}"),
            Place::Hook => format!("posting to {name}"),
            Place::Other => "writing the results".to_owned(),
        }
    }

    /// What shows it.
    pub(super) fn figure(&self) -> String {
        match self.refusing {
            Some((refusing, TroubleKind::NoRoom)) => {
                format!("there was no room for {}", shown(refusing))
            }
            Some((refusing, TroubleKind::Unreachable)) => {
                format!("it could not be reached for {}", shown(refusing))
            }
            Some((refusing, TroubleKind::Throttled)) => {
                format!("it asked for pauses, {} together", shown(refusing))
            }
            _ => format!("{} for each record", time(self.mean)),
        }
    }

    /// What would help.
    pub(super) fn help(&self) -> String {
        let kind = self.refusing.map(|(_, kind)| kind);
        let help = help(self.place, &self.name, kind);
        match self.place {
            Place::Frames => format!("{help}; with --optional frames nothing waits for it"),
            Place::Hook => format!("{help}; with --optional forward nothing waits for it"),
            Place::Results | Place::Other => help,
        }
    }
}

/// What helps a place with this trouble, or one that is merely slow.
pub(super) fn help(place: Place, name: &str, kind: Option<TroubleKind>) -> String {
    let is_full = kind == Some(TroubleKind::NoRoom);
    match (place, kind) {
        (Place::Results, _) if is_full => full(name, "an --out"),
        (Place::Frames, _) if is_full => {
            let full = full(name, "a folder for --frames-to");
            format!("{full}; --keep removes the oldest")
        }
        (Place::Frames, Some(TroubleKind::Failed)) => {
            format!(
                "look at the disk that {name} is on, or choose a folder for --frames-to on another"
            )
        }
        (Place::Hook, Some(TroubleKind::Unreachable)) => {
            "see whether the server of --forward runs".to_owned()
        }
        (Place::Hook, Some(TroubleKind::Failed)) => {
            "correct --forward, or have its server take records".to_owned()
        }
        (_, Some(TroubleKind::Rejected)) => {
            "the log above says what was wrong with them".to_owned()
        }
        (Place::Hook, _) => "a server for --forward that takes records faster".to_owned(),
        (Place::Frames, _) => "a faster disk for --frames-to".to_owned(),
        (Place::Results | Place::Other, _) => "a faster disk for --out".to_owned(),
    }
}

/// What helps where a disk is full.
pub(super) fn full(name: &str, what: &str) -> String {
    format!("the disk that {name} is on is full: make room there, or choose {what} on another")
}
