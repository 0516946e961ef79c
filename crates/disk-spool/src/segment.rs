//! The files of a spool, byte for byte; `segment/README.md` tells the format in words.

mod scan;

use crc32fast::Hasher;

pub(crate) use scan::{Entry, Flaw, Found, Scan};

/// What a segment's bytes begin with.
const MAGIC: [u8; 8] = *b"creelspl";

/// The version of the format that this crate reads and writes.
pub(crate) const VERSION: u32 = 1;

/// How many bytes stand before the first record of a segment.
pub(crate) const HEADER_BYTES: usize = 16;

/// How many bytes stand before the payload of a record.
pub(crate) const RECORD_HEADER_BYTES: usize = 28;

/// How many bytes one removal takes.
pub(crate) const REMOVAL_BYTES: usize = 12;

/// Names a segment: the first ticket that its entries may have, and the marker that each of its records bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) first: u64,
    /// Drawn at random, so that no payload can look like a record of the segment that it stands in.
    pub(crate) marker: u64,
}

impl Name {
    /// The name of one of its two files.
    pub(crate) fn file(self, kind: Kind) -> String {
        let ending = match kind {
            Kind::Segment => SEGMENT,
            Kind::Removals => REMOVALS,
        };
        format!("{:020}-{:016x}.{ending}", self.first, self.marker)
    }

    /// What a file of a spool is, by its name; `None` when the name is not one of a spool's files.
    pub(crate) fn parse(file: &str) -> Option<(Self, Kind)> {
        let (stem, ending) = file.split_once('.')?;
        let (first, marker) = stem.split_once('-')?;
        let name = Self {
            first: first.parse().ok()?,
            marker: u64::from_str_radix(marker, 16).ok()?,
        };
        let kind = match ending {
            SEGMENT => Kind::Segment,
            REMOVALS => Kind::Removals,
            _ => return None,
        };
        // Only the one spelling that is written, so that a file can be found by its name again.
        (name.file(kind) == file).then_some((name, kind))
    }

    /// What a segment begins with.
    pub(crate) fn header(self) -> [u8; HEADER_BYTES] {
        self.header_of(VERSION)
    }

    pub(crate) fn header_of(self, version: u32) -> [u8; HEADER_BYTES] {
        let mut header = [0; HEADER_BYTES];
        header[..8].copy_from_slice(&MAGIC);
        header[8..12].copy_from_slice(&version.to_le_bytes());
        let check = self.check(&header[..12]);
        header[12..].copy_from_slice(&check.to_le_bytes());
        header
    }

    /// The version in a segment's header; `None` when it is not whole.
    pub(crate) fn read_header(self, header: &[u8; HEADER_BYTES]) -> Option<u32> {
        let version = u32::from_le_bytes(fixed(&header[8..12]));
        (self.header_of(version) == *header).then_some(version)
    }

    /// What stands before a payload.
    pub(crate) fn record_header(self, ticket: u64, payload: &[u8]) -> [u8; RECORD_HEADER_BYTES] {
        let length = u32::try_from(payload.len()).expect("larger entries are refused before");
        Record {
            ticket,
            length,
            payload_check: crc32fast::hash(payload),
        }
        .write(self)
    }

    /// What is written when an entry is removed.
    pub(crate) fn removal(self, ticket: u64) -> [u8; REMOVAL_BYTES] {
        let mut removal = [0; REMOVAL_BYTES];
        removal[..8].copy_from_slice(&ticket.to_le_bytes());
        let check = self.check(&removal[..8]);
        removal[8..].copy_from_slice(&check.to_le_bytes());
        removal
    }

    /// The ticket in a removal; `None` when it is not whole.
    pub(crate) fn read_removal(self, removal: &[u8; REMOVAL_BYTES]) -> Option<u64> {
        let ticket = u64::from_le_bytes(fixed(&removal[..8]));
        (self.removal(ticket) == *removal).then_some(ticket)
    }

    /// The checksum of bytes that belong to this segment and to no other.
    fn check(self, bytes: &[u8]) -> u32 {
        let mut hasher = Hasher::new();
        hasher.update(&self.first.to_le_bytes());
        hasher.update(&self.marker.to_le_bytes());
        hasher.update(bytes);
        hasher.finalize()
    }
}

const SEGMENT: &str = "segment";
const REMOVALS: &str = "removed";

/// What one of a segment's two files holds: its records, or what was removed of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Segment,
    Removals,
}

/// What stands before a payload, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) ticket: u64,
    pub(crate) length: u32,
    payload_check: u32,
}

impl Record {
    /// Reads a header; `None` when it is not whole or not of this segment.
    pub(crate) fn read(name: Name, header: &[u8; RECORD_HEADER_BYTES]) -> Option<Self> {
        let record = Self {
            ticket: u64::from_le_bytes(fixed(&header[8..16])),
            length: u32::from_le_bytes(fixed(&header[16..20])),
            payload_check: u32::from_le_bytes(fixed(&header[20..24])),
        };
        (record.write(name) == *header).then_some(record)
    }

    /// Whether this is the payload that was appended.
    pub(crate) fn is_of(self, payload: &[u8]) -> bool {
        payload.len() as u64 == u64::from(self.length)
            && crc32fast::hash(payload) == self.payload_check
    }

    fn write(self, name: Name) -> [u8; RECORD_HEADER_BYTES] {
        let mut header = [0; RECORD_HEADER_BYTES];
        header[..8].copy_from_slice(&name.marker.to_le_bytes());
        header[8..16].copy_from_slice(&self.ticket.to_le_bytes());
        header[16..20].copy_from_slice(&self.length.to_le_bytes());
        header[20..24].copy_from_slice(&self.payload_check.to_le_bytes());
        let check = name.check(&header[..24]);
        header[24..].copy_from_slice(&check.to_le_bytes());
        header
    }
}

/// A slice as an array of the same length.
fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("the slice has the array's length")
}

#[cfg(test)]
mod tests;
