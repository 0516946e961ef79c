//! What is in a segment whose bytes may be damaged.

use super::{HEADER_BYTES, Name, RECORD_HEADER_BYTES, Record, VERSION};

/// Walks through the bytes of a segment, damaged or not, and leaves no byte unaccounted for.
///
/// It takes time in proportion to the bytes, whatever they are.
pub(crate) struct Scan<'a> {
    name: Name,
    bytes: &'a [u8],
    position: usize,
    /// The least ticket that the next entry may have.
    least: u64,
}

/// What stands at a place of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// An entry, whole.
    Entry(Entry),
    /// Bytes that are no entry.
    Damage {
        offset: usize,
        bytes: usize,
        flaw: Flaw,
    },
    /// The header of a format that this crate does not read; nothing else is looked at.
    Foreign(u32),
}

/// An entry that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) ticket: u64,
    /// Where its record begins.
    pub(crate) offset: usize,
    pub(crate) length: u32,
}

/// What is wrong with bytes that are no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The file ends before they do.
    Torn,
    /// The segment's own header is not what was written; its records need none.
    Header,
    /// The entry with this ticket has another payload than was appended.
    Payload(u64),
    /// A record with a ticket that was passed already.
    OutOfOrder(u64),
    /// No record begins there, up to where one does.
    Unreadable,
}

impl<'a> Scan<'a> {
    /// Begins with a segment's first byte; entries with tickets below `least` are out of order.
    pub(crate) fn new(name: Name, bytes: &'a [u8], least: u64) -> Self {
        Self {
            name,
            bytes,
            position: 0,
            least: least.max(name.first),
        }
    }

    fn header(&mut self) -> Option<Found> {
        let Some(header) = self.bytes.first_chunk::<HEADER_BYTES>() else {
            return self.damage(self.bytes.len(), Flaw::Torn);
        };
        self.position = HEADER_BYTES;
        match self.name.read_header(header) {
            Some(VERSION) => None,
            Some(version) => {
                self.position = self.bytes.len();
                Some(Found::Foreign(version))
            }
            None => Some(Found::Damage {
                offset: 0,
                bytes: HEADER_BYTES,
                flaw: Flaw::Header,
            }),
        }
    }

    fn record(&mut self) -> Option<Found> {
        let rest = &self.bytes[self.position..];
        let Some(record) = self.record_at(self.position) else {
            let flaw = if rest.len() < RECORD_HEADER_BYTES {
                Flaw::Torn
            } else {
                Flaw::Unreadable
            };
            let bytes = self.next_record().unwrap_or(self.bytes.len()) - self.position;
            return self.damage(bytes, flaw);
        };
        let payload = &rest[RECORD_HEADER_BYTES..];
        let Some(payload) = usize::try_from(record.length)
            .ok()
            .and_then(|length| payload.get(..length))
        else {
            // A header that is whole tells the truth: what is missing was cut off, and nothing stands behind it.
            return self.damage(rest.len(), Flaw::Torn);
        };
        let bytes = RECORD_HEADER_BYTES + payload.len();
        if !record.is_of(payload) {
            return self.damage(bytes, Flaw::Payload(record.ticket));
        }
        // The last ticket of all is never given out, so that there is one behind each.
        if record.ticket < self.least || record.ticket == u64::MAX {
            return self.damage(bytes, Flaw::OutOfOrder(record.ticket));
        }
        let entry = Entry {
            ticket: record.ticket,
            offset: self.position,
            length: record.length,
        };
        self.least = record.ticket + 1;
        self.position += bytes;
        Some(Found::Entry(entry))
    }

    /// Passes over bytes that are no entry.
    fn damage(&mut self, bytes: usize, flaw: Flaw) -> Option<Found> {
        let offset = self.position;
        self.position += bytes;
        (bytes > 0).then_some(Found::Damage {
            offset,
            bytes,
            flaw,
        })
    }

    fn record_at(&self, position: usize) -> Option<Record> {
        let header = self.bytes[position..].first_chunk()?;
        Record::read(self.name, header)
    }

    /// Where the next record begins behind one that cannot be read.
    fn next_record(&self) -> Option<usize> {
        let marker = self.name.marker.to_le_bytes();
        let start = self.position + 1;
        self.bytes
            .get(start..)?
            .windows(marker.len())
            .enumerate()
            .filter(|(_, window)| *window == marker)
            .map(|(distance, _)| start + distance)
            .find(|position| self.record_at(*position).is_some())
    }
}

impl Iterator for Scan<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        if self.position == 0
            && let Some(found) = self.header()
        {
            return Some(found);
        }
        if self.position == self.bytes.len() {
            return None;
        }
        self.record()
    }
}
