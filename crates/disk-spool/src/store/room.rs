//! Which segments there are, and what room they leave.

use std::hash::{BuildHasher, RandomState};
use std::io;

use super::{HEADER, REMOVAL, Segment, Store};
use crate::fault::Fault;
use crate::folder::{Folder, Medium};
use crate::segment::{Kind, Name};

impl<F: Folder> Store<F> {
    /// Begins a segment if the entry is to have one, and makes sure that it is within the limit.
    pub(super) fn make_room(&mut self, entry: &[u8], record: u64) -> Result<(), Fault> {
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
    pub(super) fn idle(&self) -> u64 {
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
    pub(super) fn begin_segment(&mut self) -> Result<(), Fault> {
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
    pub(super) fn delete(&mut self, name: Name) -> io::Result<()> {
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

    fn full(&self, entry: &[u8]) -> Fault {
        Fault::Limit {
            path: self.folder.path().to_owned(),
            entry: entry.len() as u64,
            used: self.reserved(),
            limit: self.settings.limit_bytes,
        }
    }
}

/// Removes a file that may be gone already.
pub(super) fn remove(folder: &impl Folder, file: &str) -> io::Result<()> {
    match folder.remove(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}
