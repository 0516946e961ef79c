//! Where frames wait that the memory does not hold, and what earlier runs have left there.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use creel_core::Spool;
use creel_disk_spool::{DiskSpool, Durability, Settings};
use creel_http_client::random_id;
use creel_pipeline::{Backlog, SpoolUse};

use crate::arguments::{Recording, Spooling, SyncWhen};
use crate::results::{self, Results};
use crate::screen::Screen;
use crate::spool::Known;

/// Bytes of frames on their way to the disk, so that large ones do not fill the memory.
const QUEUE_BYTES: u64 = 64 << 20;

/// Where frames wait that the memory does not hold.
pub(crate) struct Shelf {
    pub(crate) spool: DiskSpool,
    /// The frames of which the results have a record.
    pub(crate) known: Known,
    pub(crate) usage: SpoolUse,
}

impl Shelf {
    /// How many frames earlier runs have left.
    pub(crate) fn recovered(&self) -> u64 {
        self.spool.recovered()
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> PathBuf {
        self.spool.path().to_owned()
    }
}

/// What is left of it when it is in use: where it is.
pub(crate) struct Place {
    folder: PathBuf,
    /// Whether a later run can go on with it.
    keeps: bool,
}

/// A shelf that was opened, and the results to go on with if an earlier run has left some.
pub(crate) struct Opened {
    pub(crate) shelf: Shelf,
    pub(crate) place: Place,
    pub(crate) results: Option<Results>,
}

/// Opens the shelf for these results.
///
/// Beside a file, and in a folder that was named, it is kept until a run has ended with nothing on it; what such a run left
/// behind is told.
pub(crate) fn open(spooling: &Spooling, recording: &Recording, screen: &Screen) -> Result<Opened> {
    let out = &*recording.out;
    let are_known = results::know_frames(out);
    // Frames in a folder that somebody has named are not thrown away because these results cannot tell of them.
    let keeps = are_known || spooling.spool.is_some();
    let folder = match &spooling.spool {
        Some(folder) => folder.clone(),
        None if keeps => out.with_extension("spool"),
        None => std::env::temp_dir().join(format!("creel-{}.spool", random_id())),
    };
    let was_there = folder.exists();
    let mut settings = Settings::new(spooling.spool_size.0);
    settings.durability = match spooling.spool_sync {
        SyncWhen::Never => Durability::Never,
        SyncWhen::Every(time) => Durability::Every(time),
        SyncWhen::Each => Durability::EachAppend,
    };
    let spool = DiskSpool::open(&folder, settings)
        .with_context(|| format!("frames cannot wait in {}", folder.display()))?;
    let recovery = spool.recovery();
    if !recovery.is_whole() {
        screen.say(&format!("warning: {}: {recovery}", folder.display()));
    }
    let (mut known, mut results) = (Known::default(), None);
    if was_there && are_known && results::are_there(out)? {
        let mut earlier = Results::reopen(recording)?;
        let read = earlier.known(&mut known);
        // Some of it is only found as it is read.
        earlier.tell_torn(screen);
        read.with_context(|| format!("cannot go on in {}", out.display()))?;
        results = Some(earlier);
    }
    let left = spool.recovered();
    if left > 0 {
        let folder = folder.display();
        screen.say(&format!("{left} frames of earlier runs wait in {folder}"));
    }
    let backlog = if spooling.live_first {
        Backlog::Last
    } else {
        Backlog::First
    };
    Ok(Opened {
        shelf: Shelf {
            spool,
            known,
            usage: SpoolUse {
                keeps,
                backlog,
                queue_items: spooling.spool_queue,
                queue_bytes: QUEUE_BYTES,
            },
        },
        place: Place { folder, keeps },
        results,
    })
}

impl Place {
    /// The run has ended, with so many frames left here: says so, or takes the folder away.
    pub(crate) fn leave(self, left: u64, screen: &Screen) {
        let folder = self.folder.display();
        if left > 0 && self.keeps {
            screen.say(&format!(
                "{left} frames wait in {folder}: the same command goes on with them"
            ));
        } else if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, %folder, "the empty spool cannot be removed");
        }
    }
}
