//! The store: which entries there are, where they lie, and what may be written.

mod opening;
mod removals;
mod room;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Bound;

use crate::fault::Fault;
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
        let is_last = segment.live == 0 && self.newest != Some(place.name);
        if is_last && self.delete(place.name).is_ok() {
            self.record_the_unrecorded();
            return Ok(());
        }
        self.record_or_remember(place.name, ticket)
            .inspect_err(|_| {
                self.segment(place.name).live += 1;
                self.index.insert(ticket, place);
            })
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

#[cfg(test)]
mod tests;
