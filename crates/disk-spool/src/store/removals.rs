//! What is written of removed entries.

use std::io;

use super::{REMOVAL, Store, open};
use crate::fault::{self, Fault};
use crate::folder::{Folder, Medium};
use crate::segment::{Kind, Name};

impl<F: Folder> Store<F> {
    /// Records a removal, or remembers that it is to be recorded where the disk is full.
    pub(super) fn record_or_remember(&mut self, name: Name, ticket: u64) -> Result<(), Fault> {
        self.record_the_unrecorded();
        match self.record(name, ticket) {
            Err(error) if fault::is_full(&error) => {
                if self.unrecorded.is_empty() {
                    tracing::warn!(
                        spool = %self.folder.path().display(),
                        "the disk is full: entries that are removed before there is room are read again if this process is killed"
                    );
                }
                self.unrecorded.insert((name, ticket));
                Ok(())
            }
            outcome => outcome.map_err(|source| Fault::Write {
                path: self.folder.path_of(&name.file(Kind::Removals)),
                source,
            }),
        }
    }

    fn record(&mut self, name: Name, ticket: u64) -> io::Result<()> {
        let file = name.file(Kind::Removals);
        let segment = self
            .segments
            .get_mut(&name)
            .expect("an entry's segment is known");
        let folder = &self.folder;
        let is_there = segment.removals.is_some();
        let medium = open(&mut self.removing, name, || {
            if is_there {
                folder.open(&file)
            } else {
                folder.create(&file)
            }
        })?;
        if !is_there {
            self.syncing.handle_named();
        }
        let length = *segment.removals.get_or_insert(0);
        if segment.removals_torn {
            medium.cut(length)?;
            segment.removals_torn = false;
        }
        if let Err(error) = medium.append(&name.removal(ticket)) {
            segment.removals_torn = medium.cut(length).is_err();
            return Err(error);
        }
        segment.removals = Some(length + REMOVAL);
        self.syncing.handle_written(name, Kind::Removals);
        Ok(())
    }

    /// Records what has found the disk full, as far as there is room.
    pub(super) fn record_the_unrecorded(&mut self) {
        while let Some((name, ticket)) = self.unrecorded.first().copied() {
            if self.record(name, ticket).is_err() {
                return;
            }
            self.unrecorded.remove(&(name, ticket));
        }
    }
}
