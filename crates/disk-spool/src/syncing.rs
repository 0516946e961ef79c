//! What was written and may not be on the disk yet.

use std::collections::BTreeSet;
use std::io;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::Durability;
use crate::folder::{Folder, Medium};
use crate::segment::{Kind, Name};

/// Keeps account of what is not durable yet, and makes it so when it is due.
pub(crate) struct Syncing<F: Folder> {
    folder: F,
    durability: Durability,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the store and the thread that waits for the disk both know.
#[derive(Default)]
struct Shared {
    ledger: Mutex<Ledger>,
    changed: Condvar,
    /// Held while the disk is waited for, so that nobody takes for durable what another is still waiting for.
    disk: Mutex<()>,
}

#[derive(Default)]
struct Ledger {
    unsynced: Unsynced,
    failure: Option<io::Error>,
    has_failed: bool,
    has_ended: bool,
}

#[derive(Default)]
struct Unsynced {
    files: BTreeSet<(Name, Kind)>,
    /// Whether files were made or removed.
    names: bool,
}

impl<F: Folder> Syncing<F> {
    /// Starts the thread if the durability asks for one.
    pub(crate) fn new(folder: F, durability: Durability) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let thread = match durability {
            Durability::Every(interval) => {
                let (folder, shared) = (folder.clone(), Arc::clone(&shared));
                let thread = thread::Builder::new().name("creel-spool".to_owned());
                Some(thread.spawn(move || shared.sync_every(interval, &folder))?)
            }
            Durability::Never | Durability::EachAppend => None,
        };
        Ok(Self {
            folder,
            durability,
            shared,
            thread,
        })
    }

    /// A file was written to.
    pub(crate) fn handle_written(&self, name: Name, kind: Kind) {
        self.note(|unsynced| {
            unsynced.files.insert((name, kind));
        });
    }

    /// A file was made or removed.
    pub(crate) fn handle_named(&self) {
        self.note(|unsynced| unsynced.names = true);
    }

    /// Waits for the disk if each append does.
    pub(crate) fn handle_appended(&self) -> io::Result<()> {
        match self.durability {
            Durability::EachAppend => self.sync(),
            Durability::Never | Durability::Every(_) => Ok(()),
        }
    }

    /// Makes a removal of files durable before what is done next; nothing where nothing is.
    pub(crate) fn settle_names(&self) -> io::Result<()> {
        if self.durability == Durability::Never {
            return Ok(());
        }
        let outcome = self.folder.sync();
        self.shared.tell(&outcome);
        outcome
    }

    /// Waits until everything written so far is durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        let outcome = self.shared.sync(&self.folder);
        self.shared.tell(&outcome);
        outcome
    }

    /// Whether nothing that was to be durable has failed to become so.
    pub(crate) fn is_sound(&self) -> bool {
        !self.shared.lock().has_failed
    }

    /// What the thread failed with, once.
    pub(crate) fn take_failure(&self) -> Option<io::Error> {
        self.shared.lock().failure.take()
    }

    fn note(&self, note: impl FnOnce(&mut Unsynced)) {
        let mut ledger = self.shared.lock();
        let was_clean = ledger.unsynced.is_clean();
        note(&mut ledger.unsynced);
        drop(ledger);
        if was_clean && self.thread.is_some() {
            self.shared.changed.notify_one();
        }
    }

    fn end(&mut self) {
        self.shared.lock().has_ended = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // It has no way to panic, and if it found one, there is nothing to add here.
            let _ = thread.join();
        }
        if self.durability != Durability::Never
            && self.is_sound()
            && let Err(error) = self.sync()
        {
            tracing::warn!(
                %error,
                "the spool could not be made durable at its end: what was appended of late may be lost if the machine goes down"
            );
        }
    }
}

impl<F: Folder> Drop for Syncing<F> {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sync_every(&self, interval: Duration, folder: &impl Folder) {
        loop {
            let ledger = self
                .changed
                .wait_while(self.lock(), |ledger| {
                    ledger.unsynced.is_clean() && !ledger.has_ended
                })
                .unwrap_or_else(PoisonError::into_inner);
            // What comes within the interval shares one wait for the disk.
            let (ledger, _) = self
                .changed
                .wait_timeout_while(ledger, interval, |ledger| !ledger.has_ended)
                .unwrap_or_else(PoisonError::into_inner);
            if ledger.has_ended {
                return;
            }
            drop(ledger);
            if let Err(error) = self.sync(folder) {
                let mut ledger = self.lock();
                ledger.has_failed = true;
                ledger.failure = Some(error);
                return;
            }
        }
    }

    fn sync(&self, folder: &impl Folder) -> io::Result<()> {
        let _disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let unsynced = mem::take(&mut self.lock().unsynced);
        for (name, kind) in unsynced.files {
            match folder.open(&name.file(kind)) {
                Ok(mut file) => file.sync()?,
                // All its entries were removed meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        if unsynced.names {
            folder.sync()?;
        }
        Ok(())
    }

    fn tell(&self, outcome: &io::Result<()>) {
        if outcome.is_err() {
            self.lock().has_failed = true;
        }
    }
}

impl Unsynced {
    fn is_clean(&self) -> bool {
        self.files.is_empty() && !self.names
    }
}
