//! Where the records of a run go, and what is done when they cannot.

use std::time::Duration;

use anyhow::{Result, bail};
use creel_core::Service;
use creel_core::resilience::Retry;
use creel_pipeline::{Pipeline, SinkPolicy};

use crate::arguments::{Asking, DiskFull, OptionalPlace, Recording, SyncWhen};
use crate::disk::Disk;
use crate::record::Record;
use crate::usage::WrongUsage;
use crate::{bearing, leaves, reach};

/// The sink that shows records in the terminal; nobody asked for it by a name.
#[cfg(any(feature = "ui", feature = "view"))]
pub(crate) const THE_VIEW: &str = "the view";
/// The sink that sees to what can be fed again; the same holds for it.
pub(crate) const WHAT_HAS_FAILED: &str = "what has failed";

/// What is done when the places for the records of a run fail.
pub(crate) struct Places<'a> {
    recording: &'a Recording,
    /// How often a server is asked again.
    server: Retry,
    /// How often a disk is written to again.
    disk: Retry,
}

impl<'a> Places<'a> {
    pub(crate) fn new(recording: &'a Recording, asking: &Asking) -> Self {
        let server = bearing::retry(&asking.bearing);
        let disk = match recording.keeping.disk_full {
            DiskFull::Stop => server,
            DiskFull::Wait => Retry {
                retries_max: u32::MAX,
                patience: Duration::MAX,
                ..Retry::default()
            },
        };
        Self {
            recording,
            server,
            disk,
        }
    }

    /// The policy of the results, without which there is no run.
    pub(crate) fn results(&self) -> SinkPolicy {
        SinkPolicy {
            retry: self.disk,
            ..SinkPolicy::REQUIRED
        }
    }

    /// Adds the places that get records beside the results and before them: after a crash they come there again rather than never.
    ///
    /// # Errors
    /// When one cannot be opened, or is called optional and is not there.
    pub(crate) fn add<F, Q, S>(
        &self,
        mut pipeline: Pipeline<F, Q, S, Record>,
        asking: &Asking,
    ) -> Result<Pipeline<F, Q, S, Record>>
    where
        F: Send + Sync + 'static,
        Q: Send + 'static,
        S: Service<Q, Response: 'static> + Send + Sync + 'static,
    {
        if let Some(folder) = &self.recording.frames_to {
            let path = std::path::absolute(folder)?;
            let (folder, keeping) = (folder.clone(), self.recording.keeping.clone());
            let name = folder.display().to_string();
            let open = move || leaves::frames(&folder, &keeping);
            let frames = open()?;
            let policy = self.policy(OptionalPlace::Frames, self.disk);
            let disk = Disk::below(&path);
            let reopen = move || {
                disk.is_still_below(&path)?;
                Ok(open()?)
            };
            pipeline = pipeline.sink_reopened(name, frames, policy, reopen);
        }
        if let Some(url) = &self.recording.forward {
            let (url, timeout) = (url.clone(), asking.reaching.timeout);
            let open = move || reach::hook(&url, timeout);
            let hook = open()?;
            let policy = self.policy(OptionalPlace::Forward, self.server);
            let reopen = move || Ok(open()?);
            pipeline = pipeline.sink_reopened(hook.url(), hook, policy, reopen);
        }
        Ok(match self.recording.keeping.sync {
            SyncWhen::Never => pipeline.trust_writes(),
            SyncWhen::Every(interval) => pipeline.flush_every(interval),
            SyncWhen::Each => pipeline.flush_every(Duration::ZERO),
        })
    }

    fn policy(&self, place: OptionalPlace, retry: Retry) -> SinkPolicy {
        let policy = if self.recording.optional.contains(&place) {
            SinkPolicy::optional()
        } else {
            SinkPolicy::REQUIRED
        };
        SinkPolicy { retry, ..policy }
    }
}

/// Refuses what is called optional and is not there.
///
/// # Errors
/// [`WrongUsage`].
pub(crate) fn check(recording: &Recording) -> Result<()> {
    for place in &recording.optional {
        let (is_there, name) = match place {
            OptionalPlace::Forward => (recording.forward.is_some(), "forward` needs --forward"),
            OptionalPlace::Frames => (recording.frames_to.is_some(), "frames` needs --frames-to"),
        };
        if !is_there {
            bail!(WrongUsage::from(format!("--optional `{name}")));
        }
    }
    Ok(())
}
