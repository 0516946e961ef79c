//! All that a run has found, as it is kept in a file.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::allocator::Allocator;
use crate::counts::Counted;
use crate::goal::Verdict;
use crate::machine::Machine;
use crate::pairs::Pairs;
use crate::summary::Summary;
use crate::workload::{Played, Workload};
use crate::workloads;

/// The samples and where they come from; what they come to follows from them.
#[derive(Deserialize, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    /// Whether everything was smaller than it should be.
    pub(crate) quick: bool,
    pub(crate) repetitions: usize,
    pub(crate) played: Vec<Series>,
    pub(crate) counted: Vec<Counted>,
}

/// One workload on one allocator.
#[derive(Deserialize, Serialize)]
pub(crate) struct Series {
    pub(crate) workload: String,
    pub(crate) allocator: Allocator,
    pub(crate) size: u64,
    pub(crate) peers: Vec<Peer>,
    /// Creel and those whom it is judged by.
    pub(crate) pairs: Vec<Pairs>,
    /// Who would have played if it was there.
    pub(crate) not_installed: Vec<String>,
}

/// How one peer has played it.
#[derive(Deserialize, Serialize)]
pub(crate) struct Peer {
    pub(crate) summary: Summary,
    pub(crate) samples: Vec<Played>,
    /// How often it hung, or ended without a result, and got another chance.
    pub(crate) failures: usize,
}

impl Report {
    /// Reads a report that a run has kept.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text =
            fs::read(path).with_context(|| format!("cannot read the report {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is not a report", path.display()))
    }

    /// Keeps it in place of what was there before, whole at any time.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_vec(self)?;
        let new = path.with_extension("new");
        fs::write(&new, text)
            .and_then(|()| fs::rename(&new, path))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// How a workload was played on an allocator.
    pub(crate) fn series(&self, workload: &str, allocator: Allocator) -> Option<&Series> {
        self.played
            .iter()
            .find(|series| series.workload == workload && series.allocator == allocator)
    }

    /// The allocators that were measured.
    pub(crate) fn allocators(&self) -> Vec<Allocator> {
        Allocator::ALL
            .into_iter()
            .filter(|allocator| {
                self.played
                    .iter()
                    .any(|series| series.allocator == *allocator)
            })
            .collect()
    }

    /// Every verdict that counts, with where it was reached.
    pub(crate) fn verdicts(&self) -> Vec<(&Series, Verdict)> {
        self.played
            .iter()
            .flat_map(|series| {
                let counting = series.verdicts().into_iter().filter(Verdict::counts);
                counting.map(move |verdict| (series, verdict))
            })
            .collect()
    }
}

impl Series {
    /// The workload as it is built into this program; `None` when it has gone.
    pub(crate) fn workload(&self) -> Option<&'static Workload> {
        workloads::named(&self.workload)
    }

    pub(crate) fn summaries(&self) -> Vec<&Summary> {
        self.peers.iter().map(|peer| &peer.summary).collect()
    }

    /// Who has hung, and how often, and who was not there.
    pub(crate) fn absences(&self) -> Vec<String> {
        let missing = self
            .not_installed
            .iter()
            .map(|peer| format!("{peer} not installed"));
        self.peers
            .iter()
            .filter(|peer| peer.failures > 0)
            .map(|peer| {
                let times = peer.failures + self.samples_of(peer);
                format!(
                    "{} hung {} of {times} times",
                    peer.summary.peer, peer.failures
                )
            })
            .chain(missing)
            .collect()
    }

    /// How many samples a peer has given, in turn and in pairs.
    fn samples_of(&self, peer: &Peer) -> usize {
        let name = &peer.summary.peer;
        let pairs = self.pairs.iter();
        let in_pairs = pairs.filter(|pairs| pairs.creel == *name || pairs.rival == *name);
        peer.samples.len() + in_pairs.map(|pairs| pairs.samples.len()).sum::<usize>()
    }

    /// How the goals came out whose peers have played.
    pub(crate) fn verdicts(&self) -> Vec<Verdict> {
        let goals = self.workload().map_or(&[][..], |workload| workload.goals);
        let summaries = self.summaries();
        goals
            .iter()
            .filter_map(|goal| goal.judge(&summaries, &self.pairs))
            .collect()
    }
}
