//! What is found in a folder that a store is opened in.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::{HEADER, Place, RECORD_HEADER, REMOVAL, Segment, Store, room};
use crate::OpenError;
use crate::folder::{Folder, Medium};
use crate::recovery::{Cause, Damage, Recovery};
use crate::segment::{Entry, Flaw, Found, Kind, Name, REMOVAL_BYTES, Scan};
use crate::settings::Settings;
use crate::syncing::Syncing;

impl<F: Folder> Store<F> {
    /// Reads what is there, all of it once. Nothing is written; files that hold nothing are deleted.
    pub(crate) fn open(folder: F, settings: Settings) -> Result<Self, OpenError> {
        let mut survey = Survey {
            folder: &folder,
            segments: BTreeMap::new(),
            index: BTreeMap::new(),
            least_ticket: 0,
            left_out: 0,
            newest: None,
            recovery: Recovery::default(),
        };
        let files = survey.files()?;
        for (name, lengths) in &files {
            if let Some(length) = lengths.segment {
                survey.look_at(*name, length, lengths.removals)?;
            }
        }
        let Survey {
            segments,
            index,
            least_ticket,
            left_out,
            newest,
            mut recovery,
            ..
        } = survey;
        recovery.entries = index.len() as u64;
        recovery.entry_bytes = index.values().map(|place| u64::from(place.length)).sum();
        if recovery.entries > 0 || !recovery.is_whole() {
            tracing::info!(spool = %folder.path().display(), "{recovery}");
        }
        let syncing = Syncing::new(folder.clone(), settings.durability)
            .map_err(|source| OpenError::new(folder.path(), source))?;
        // A process that was killed has left to the operating system what it wrote.
        syncing.handle_named();
        for (name, lengths) in &files {
            match lengths {
                Lengths {
                    segment: None,
                    removals: _,
                } => {
                    // Its segment was deleted, and the process ended before this was.
                    let _ = room::remove(&folder, &name.file(Kind::Removals));
                }
                Lengths { removals, .. } => {
                    syncing.handle_written(*name, Kind::Segment);
                    if removals.is_some() {
                        syncing.handle_written(*name, Kind::Removals);
                    }
                }
            }
        }
        let mut store = Self {
            folder,
            settings,
            segments,
            next_ticket: least_ticket.saturating_add(left_out),
            newest,
            writing: None,
            reading: None,
            removing: None,
            unrecorded: BTreeSet::new(),
            syncing,
            recovered: recovery.entries,
            recovery,
            index,
        };
        store.delete_the_empty();
        Ok(store)
    }

    fn delete_the_empty(&mut self) {
        let empty: Vec<Name> = self
            .segments
            .iter()
            .filter(|(name, segment)| segment.live == 0 && self.newest != Some(**name))
            .map(|(name, _)| *name)
            .collect();
        for name in empty {
            // What stays is tried again with the next segment.
            let _ = self.delete(name);
        }
    }
}

/// The lengths of a segment's files, of those that are there.
#[derive(Clone, Copy, Debug, Default)]
struct Lengths {
    segment: Option<u64>,
    removals: Option<u64>,
}

/// What was found so far, segment by segment, the oldest first.
struct Survey<'a, F> {
    folder: &'a F,
    segments: BTreeMap<Name, Segment>,
    index: BTreeMap<u64, Place>,
    /// The ticket behind the last that was met.
    least_ticket: u64,
    /// How many more may have been given out by the newest segment, whose end is damaged.
    left_out: u64,
    newest: Option<Name>,
    recovery: Recovery,
}

impl<F: Folder> Survey<'_, F> {
    fn files(&self) -> Result<BTreeMap<Name, Lengths>, OpenError> {
        let list = self
            .folder
            .list()
            .map_err(|source| OpenError::new(self.folder.path(), source))?;
        let mut files: BTreeMap<Name, Lengths> = BTreeMap::new();
        for (file, length) in list {
            if let Some((name, kind)) = Name::parse(&file) {
                let lengths = files.entry(name).or_default();
                match kind {
                    Kind::Segment => lengths.segment = Some(length),
                    Kind::Removals => lengths.removals = Some(length),
                }
            }
        }
        Ok(files)
    }

    fn look_at(&mut self, name: Name, length: u64, removals: Option<u64>) -> Result<(), OpenError> {
        let mut segment = Segment {
            kept: HEADER.min(length),
            length,
            removals,
            ..Segment::default()
        };
        let removed = match removals {
            Some(length) => self.removed(name, length, &mut segment)?,
            None => BTreeSet::new(),
        };
        let bytes = self.read(&name.file(Kind::Segment), length)?;
        // The first ticket that was not met yet.
        let mut unmet = name.first;
        let least = self.least_ticket;
        for found in Scan::new(name, &bytes, least) {
            let met = match found {
                Found::Foreign(found) => {
                    return Err(OpenError::Version {
                        path: self.folder.path().to_owned(),
                        found,
                    });
                }
                Found::Entry(entry) => {
                    segment.kept = entry.offset as u64 + RECORD_HEADER + u64::from(entry.length);
                    if !removed.contains(&entry.ticket) {
                        segment.live += 1;
                        self.keep(name, entry);
                    }
                    Some(entry.ticket)
                }
                Found::Damage {
                    offset,
                    bytes,
                    flaw,
                } => {
                    self.recovery.add(Damage {
                        file: self.folder.path_of(&name.file(Kind::Segment)),
                        offset: offset as u64,
                        bytes: bytes as u64,
                        cause: flaw.into(),
                    });
                    match flaw {
                        Flaw::Payload(ticket) => {
                            self.recovery.lost_entries += u64::from(!removed.contains(&ticket));
                            Some(ticket)
                        }
                        _ => None,
                    }
                }
            };
            if let Some(met) = met.filter(|met| *met >= unmet) {
                let missing = met - unmet;
                let missed_and_removed = removed.range(unmet..met).count() as u64;
                self.recovery.lost_entries += missing - missed_and_removed;
                unmet = met.saturating_add(1);
            }
        }
        if let Some(last) = removed.last() {
            unmet = unmet.max(last.saturating_add(1));
        }
        if self.newest.is_none() || unmet >= self.least_ticket {
            self.newest = Some(name);
            self.least_ticket = unmet;
            let damaged = segment.length - segment.kept;
            self.left_out = damaged.div_ceil(RECORD_HEADER);
        }
        self.segments.insert(name, segment);
        Ok(())
    }

    fn keep(&mut self, name: Name, entry: Entry) {
        let place = Place {
            name,
            offset: entry.offset as u64,
            length: entry.length,
        };
        self.index.insert(entry.ticket, place);
    }

    /// The tickets that a file of removals names.
    fn removed(
        &mut self,
        name: Name,
        length: u64,
        segment: &mut Segment,
    ) -> Result<BTreeSet<u64>, OpenError> {
        let file = name.file(Kind::Removals);
        let bytes = self.read(&file, length)?;
        let (removals, torn) = bytes.as_chunks::<REMOVAL_BYTES>();
        let mut removed = BTreeSet::new();
        for (index, removal) in removals.iter().enumerate() {
            match name.read_removal(removal) {
                Some(ticket) => {
                    removed.insert(ticket);
                }
                None => self.recovery.add(Damage {
                    file: self.folder.path_of(&file),
                    offset: index as u64 * REMOVAL,
                    bytes: REMOVAL,
                    cause: Cause::Removal,
                }),
            }
        }
        let whole = length - torn.len() as u64;
        segment.removals = Some(whole);
        segment.removals_torn = !torn.is_empty();
        if segment.removals_torn {
            self.recovery.add(Damage {
                file: self.folder.path_of(&file),
                offset: whole,
                bytes: torn.len() as u64,
                cause: Cause::Torn,
            });
        }
        Ok(removed)
    }

    /// All bytes of a file. One segment is in memory at a time.
    fn read(&self, file: &str, length: u64) -> Result<Vec<u8>, OpenError> {
        let path = self.folder.path_of(file);
        let failed = |source| OpenError::new(&path, source);
        let mut bytes = Vec::new();
        let room = usize::try_from(length).map_err(|_| failed(too_long()))?;
        bytes
            .try_reserve_exact(room)
            .map_err(|_| failed(too_long()))?;
        bytes.resize(room, 0);
        self.folder
            .open(file)
            .and_then(|mut medium| medium.read(0, &mut bytes))
            .map_err(failed)?;
        Ok(bytes)
    }
}

impl From<Flaw> for Cause {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Torn => Self::Torn,
            Flaw::Header => Self::FileHeader,
            Flaw::Payload(ticket) => Self::Payload { ticket },
            Flaw::OutOfOrder(ticket) => Self::OutOfOrder { ticket },
            Flaw::Unreadable => Self::Unreadable,
        }
    }
}

fn too_long() -> io::Error {
    io::ErrorKind::OutOfMemory.into()
}
