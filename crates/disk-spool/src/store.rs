//! The store: which entries there are, where they lie, and what may be written.

mod opening;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::ops::Bound;

use crate::fault::{self, Fault};
use crate::folder::{Folder, Medium};
use crate::recovery::{Cause, Damage, Recovery};
use crate::segment::{HEADER_BYTES, Kind, Name, RECORD_HEADER_BYTES, REMOVAL_BYTES, Record};
use crate::settings::Settings;
use crate::syncing::Syncing;

const HEADER: u64 = HEADER_BYTES as u64;
const RECORD_HEADER: u64 = RECORD_HEADER_BYTES as u64;
const REMOVAL: u64 = REMOVAL_BYTES as u64;

/// A queue of entries in the files of a folder, of which it keeps the places in memory, and no payload.
pub(crate) struct Store<F: Folder> {
    folder: F,
    settings: Settings,
    segments: BTreeMap<Name, Segment>,
    /// The entries that are not removed.
    index: BTreeMap<u64, Place>,
    next_ticket: u64,
    /// The segment that tells after a restart which tickets were given out: it stays, also when it holds nothing.
    newest: Option<Name>,
    /// The newest segment, while entries may be appended to it. What was there at the start is never appended to: its
    /// end may be torn.
    writing: Option<(Name, F::File)>,
    reading: Option<(Name, F::File)>,
    removing: Option<(Name, F::File)>,
    /// Removals that have found the disk full: they hold, and are recorded once there is room.
    unrecorded: BTreeSet<(Name, u64)>,
    syncing: Syncing<F>,
    recovery: Recovery,
    recovered: u64,
}

/// What is known of a segment.
#[derive(Clone, Copy, Debug, Default)]
struct Segment {
    /// How far its records go.
    kept: u64,
    /// How long the file is at most: behind the records may stand what is to be cut off.
    length: u64,
    /// How far its file of removals goes, if there is one.
    removals: Option<u64>,
    /// Whether behind the removals may stand a part of one.
    removals_torn: bool,
    /// Entries that are not removed.
    live: u64,
}

/// Where an entry lies.
#[derive(Clone, Copy, Debug)]
struct Place {
    name: Name,
    offset: u64,
    length: u32,
}

impl<F: Folder> Store<F> {
    pub(crate) fn append(&mut self, entry: &[u8]) -> Result<u64, Fault> {
        self.check_soundness()?;
        let length = u32::try_from(entry.len()).map_err(|_| Fault::TooLong(entry.len() as u64))?;
        if self.next_ticket == u64::MAX {
            return Err(Fault::OutOfTickets {
                path: self.folder.path().to_owned(),
            });
        }
        let record = RECORD_HEADER + u64::from(length);
        self.make_room(entry, record)?;
        let name = match self.write(entry, record) {
            // What was removed may hold the room, and another file may take what this one no longer does.
            Err(Fault::DiskFull { source, .. })
                if self.idle() > HEADER || source.kind() == io::ErrorKind::FileTooLarge =>
            {
                self.begin_segment()?;
                self.write(entry, record)?
            }
            outcome => outcome?,
        };
        let ticket = self.next_ticket;
        let segment = self.segment(name);
        let offset = segment.kept;
        segment.kept += record;
        segment.length = segment.kept;
        segment.live += 1;
        self.next_ticket += 1;
        let place = Place {
            name,
            offset,
            length,
        };
        self.index.insert(ticket, place);
        Ok(ticket)
    }

    /// The first entry behind a ticket. One that has become unreadable is dropped, and said.
    pub(crate) fn next(&mut self, after: Option<u64>) -> Result<Option<(u64, Vec<u8>)>, Fault> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        while let Some((&ticket, &place)) = self.index.range((start, Bound::Unbounded)).next() {
            match self.read(ticket, place)? {
                Ok(payload) => return Ok(Some((ticket, payload))),
                Err(cause) => self.drop_damaged(ticket, place, cause),
            }
        }
        Ok(None)
    }

    pub(crate) fn remove(&mut self, ticket: u64) -> Result<(), Fault> {
        let Some(place) = self.index.remove(&ticket) else {
            return Ok(());
        };
        let segment = self.segment(place.name);
        segment.live -= 1;
        // Where the file cannot be deleted, the removal is recorded, and the file is tried again with the next segment.
        if segment.live == 0 && self.newest != Some(place.name) && self.delete(place.name).is_ok() {
            self.record_the_unrecorded();
            return Ok(());
        }
        self.record_the_unrecorded();
        match self.record_removal(place.name, ticket) {
            Ok(()) => Ok(()),
            Err(error) if fault::is_full(&error) => {
                tracing::warn!(
                    ticket,
                    "the disk is full: if this process is killed before there is room, a removed entry will be read again"
                );
                self.unrecorded.insert((place.name, ticket));
                Ok(())
            }
            Err(source) => {
                self.segment(place.name).live += 1;
                self.index.insert(ticket, place);
                let path = self.folder.path_of(&place.name.file(Kind::Removals));
                Err(Fault::Write { path, source })
            }
        }
    }

    /// Waits until everything appended and removed so far is durable.
    pub(crate) fn flush(&mut self) -> Result<(), Fault> {
        self.check_soundness()?;
        self.record_the_unrecorded();
        if let Some((name, _)) = self.unrecorded.first() {
            return Err(Fault::DiskFull {
                path: self.folder.path_of(&name.file(Kind::Removals)),
                source: io::ErrorKind::StorageFull.into(),
            });
        }
        self.syncing.sync().map_err(|source| self.unsound(source))
    }

    pub(crate) fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    pub(crate) fn recovered(&self) -> u64 {
        self.recovered
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// The bytes of all files.
    pub(crate) fn bytes(&self) -> u64 {
        self.segments.values().map(Segment::bytes).sum()
    }

    /// Begins a segment if the entry is to have one, and makes sure that it is within the limit.
    fn make_room(&mut self, entry: &[u8], record: u64) -> Result<(), Fault> {
        let limit = self.settings.limit_bytes;
        // The entry's own segment, the header that begins the next one, and its removal.
        let alone = HEADER + record + HEADER + REMOVAL;
        if alone > limit {
            return Err(Fault::TooLarge {
                path: self.folder.path().to_owned(),
                entry: entry.len() as u64,
                limit,
            });
        }
        let reserved = self.reserved();
        let fits = reserved + record + REMOVAL <= limit;
        let idle = self.idle();
        if self.is_complete(record) || !fits && idle > HEADER {
            if reserved - idle + HEADER + record + REMOVAL > limit {
                return Err(self.full(entry));
            }
            self.begin_segment()?;
        }
        // Something may have refused to be deleted.
        if self.reserved() + record + REMOVAL > limit {
            return Err(self.full(entry));
        }
        Ok(())
    }

    /// Whether the next record belongs into another segment.
    fn is_complete(&self, record: u64) -> bool {
        let Some((name, _)) = &self.writing else {
            return true;
        };
        let Segment { kept, live, .. } = self.segments[name];
        let most = self.settings.segment_bytes;
        let is_empty = kept <= HEADER;
        !is_empty && (kept + record > most || live == 0 && kept >= most / 2)
    }

    /// The bytes of all files, and those that are set aside: for the header of another segment, and for the removal of
    /// each entry, so that room can always be made.
    fn reserved(&self) -> u64 {
        self.bytes() + HEADER + REMOVAL * self.index.len() as u64
    }

    /// The bytes that are free once another segment has begun.
    fn idle(&self) -> u64 {
        self.segments
            .values()
            .map(|segment| {
                if segment.live == 0 {
                    segment.bytes()
                } else {
                    segment.length - segment.kept
                }
            })
            .sum()
    }

    /// Begins another segment; those that hold nothing are deleted then.
    fn begin_segment(&mut self) -> Result<(), Fault> {
        let name = Name {
            first: self.next_ticket,
            marker: RandomState::new().hash_one(self.next_ticket),
        };
        let file = name.file(Kind::Segment);
        let mut medium = self
            .folder
            .create(&file)
            .map_err(|source| Fault::writing(self.folder.path_of(&file), source))?;
        self.syncing.handle_named();
        // Its name is enough to go on from, so that the room of those before it is free for its bytes.
        self.segments.insert(name, Segment::default());
        self.newest = Some(name);
        self.writing = None;
        self.tidy();
        let outcome = medium.append(&name.header());
        self.syncing.handle_written(name, Kind::Segment);
        let segment = self.segment(name);
        if let Err(error) = outcome {
            if medium.cut(0).is_err() {
                segment.length = HEADER;
            }
            return Err(Fault::writing(self.folder.path_of(&file), error));
        }
        segment.kept = HEADER;
        segment.length = HEADER;
        self.writing = Some((name, medium));
        Ok(())
    }

    /// Deletes segments that hold nothing, and cuts off what stands behind the others' records. What fails is tried again
    /// with the next segment.
    fn tidy(&mut self) {
        let names: Vec<Name> = self.segments.keys().copied().collect();
        for name in names {
            let segment = self.segments[&name];
            if self.newest == Some(name) {
                continue;
            }
            let outcome = if segment.live == 0 {
                self.delete(name)
            } else if segment.kept < segment.length {
                self.cut(name, segment.kept)
            } else {
                Ok(())
            };
            if let Err(error) = outcome {
                let file = self.folder.path_of(&name.file(Kind::Segment));
                tracing::warn!(file = %file.display(), %error, "cannot free a part of the spool");
            }
        }
        self.record_the_unrecorded();
    }

    fn cut(&mut self, name: Name, length: u64) -> io::Result<()> {
        self.folder.open(&name.file(Kind::Segment))?.cut(length)?;
        self.segment(name).length = length;
        self.syncing.handle_written(name, Kind::Segment);
        Ok(())
    }

    /// Deletes the files of a segment. Its removals go last: without them its entries would be there again.
    fn delete(&mut self, name: Name) -> io::Result<()> {
        remove(&self.folder, &name.file(Kind::Segment))?;
        self.syncing.handle_named();
        for handle in [&mut self.writing, &mut self.reading, &mut self.removing] {
            handle.take_if(|(held, _)| *held == name);
        }
        let segment = self.segments.remove(&name);
        self.unrecorded.retain(|(of, _)| *of != name);
        if segment.is_some_and(|segment| segment.removals.is_some())
            && self.syncing.settle_names().is_ok()
        {
            // One that stays goes at the next start.
            let _ = remove(&self.folder, &name.file(Kind::Removals));
        }
        Ok(())
    }

    /// Writes a record whole, or cuts off what came of it; gives the segment that it is in.
    fn write(&mut self, entry: &[u8], record: u64) -> Result<Name, Fault> {
        let (name, medium) = self.writing.as_mut().expect("a segment was begun");
        let name = *name;
        let header = name.record_header(self.next_ticket, entry);
        let written = medium.append(&header).and_then(|()| medium.append(entry));
        self.syncing.handle_written(name, Kind::Segment);
        let path = || self.folder.path_of(&name.file(Kind::Segment));
        let fault = match written {
            Ok(()) => match self.syncing.handle_appended() {
                Ok(()) => return Ok(name),
                Err(source) => self.unsound(source),
            },
            Err(source) => Fault::writing(path(), source),
        };
        let (_, medium) = self.writing.as_mut().expect("it was there above");
        let segment = self
            .segments
            .get_mut(&name)
            .expect("what is written to is known");
        if medium.cut(segment.kept).is_err() {
            // It is cut with the next segment; nothing may be written behind it.
            segment.length = segment.kept + record;
            self.writing = None;
        }
        Err(fault)
    }

    fn read(&mut self, ticket: u64, place: Place) -> Result<Result<Vec<u8>, Cause>, Fault> {
        let file = place.name.file(Kind::Segment);
        let mut header = [0; RECORD_HEADER_BYTES];
        let mut payload = vec![0; place.length as usize];
        let outcome =
            open(&mut self.reading, place.name, || self.folder.open(&file)).and_then(|medium| {
                medium.read(place.offset, &mut header)?;
                medium.read(place.offset + RECORD_HEADER, &mut payload)
            });
        match outcome {
            Ok(()) => {}
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof
                ) =>
            {
                return Ok(Err(Cause::Gone { ticket }));
            }
            Err(source) => {
                // A handle may be at fault: the next try opens the file again.
                self.reading = None;
                let path = self.folder.path_of(&file);
                return Err(Fault::Read { path, source });
            }
        }
        Ok(match Record::read(place.name, &header) {
            Some(record) if record.ticket == ticket => {
                if record.is_of(&payload) {
                    Ok(payload)
                } else {
                    Err(Cause::Payload { ticket })
                }
            }
            _ => Err(Cause::Unreadable),
        })
    }

    /// Forgets an entry that can be read no more.
    fn drop_damaged(&mut self, ticket: u64, place: Place, cause: Cause) {
        self.index.remove(&ticket);
        self.segment(place.name).live -= 1;
        self.recovery.lost_entries += 1;
        self.recovery.add(Damage {
            file: self.folder.path_of(&place.name.file(Kind::Segment)),
            offset: place.offset,
            bytes: RECORD_HEADER + u64::from(place.length),
            cause,
        });
    }

    fn record_removal(&mut self, name: Name, ticket: u64) -> io::Result<()> {
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

    fn record_the_unrecorded(&mut self) {
        while let Some((name, ticket)) = self.unrecorded.first().copied() {
            if self.record_removal(name, ticket).is_err() {
                return;
            }
            self.unrecorded.remove(&(name, ticket));
        }
    }

    fn segment(&mut self, name: Name) -> &mut Segment {
        self.segments
            .get_mut(&name)
            .expect("an entry's segment is known")
    }

    fn check_soundness(&self) -> Result<(), Fault> {
        if self.syncing.is_sound() {
            return Ok(());
        }
        let path = self.folder.path().to_owned();
        Err(match self.syncing.take_failure() {
            Some(source) => Fault::Sync { path, source },
            None => Fault::Broken { path },
        })
    }

    fn unsound(&self, source: io::Error) -> Fault {
        Fault::Sync {
            path: self.folder.path().to_owned(),
            source,
        }
    }

    fn full(&self, entry: &[u8]) -> Fault {
        Fault::Limit {
            path: self.folder.path().to_owned(),
            entry: entry.len() as u64,
            used: self.reserved(),
            limit: self.settings.limit_bytes,
        }
    }
}

impl Segment {
    fn bytes(&self) -> u64 {
        self.length + self.removals.unwrap_or(0)
    }
}

/// The handle of a segment's file, opened if another one is held.
fn open<M>(
    handle: &mut Option<(Name, M)>,
    name: Name,
    open: impl FnOnce() -> io::Result<M>,
) -> io::Result<&mut M> {
    if handle.as_ref().is_none_or(|(held, _)| *held != name) {
        *handle = Some((name, open()?));
    }
    let (_, medium) = handle.as_mut().expect("it was opened above");
    Ok(medium)
}

/// Removes a file that may be gone already.
fn remove(folder: &impl Folder, file: &str) -> io::Result<()> {
    match folder.remove(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests;
