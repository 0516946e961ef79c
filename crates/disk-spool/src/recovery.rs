//! What was in a spool that was opened.

use std::fmt;
use std::path::PathBuf;

/// What was in a spool when it was opened, and what of it could not be kept.
///
/// Damage that is met later, while entries are read, is added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovery {
    /// Entries that were there, whole and not removed.
    pub entries: u64,
    /// The bytes of these entries.
    pub entry_bytes: u64,
    /// Entries that are missing for certain: others before and behind them are there, and none was removed.
    ///
    /// Of damage at the end of a file nobody can tell how many entries it held, if any.
    pub lost_entries: u64,
    /// Bytes that were dropped, of all damage together.
    pub dropped_bytes: u64,
    /// How many pieces of damage there were.
    pub damage_count: u64,
    /// Where the damage was and what it was, the first [`DAMAGE_MAX`](Self::DAMAGE_MAX) pieces of it.
    pub damage: Vec<Damage>,
}

/// Bytes of a spool that were dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// The file that they are in.
    pub file: PathBuf,
    /// Where in the file they begin.
    pub offset: u64,
    /// How many there are.
    pub bytes: u64,
    /// What is wrong with them.
    pub cause: Cause,
}

/// Why bytes of a spool were dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The file ends in the middle of them, as it does when its writer was killed. What was being written had not been
    /// acknowledged, unless the machine went down or something else cut the file.
    Torn,
    /// The file's own header was changed; its entries are read without it.
    FileHeader,
    /// The payload of the entry with this ticket was changed; that entry is dropped.
    Payload {
        /// The entry's ticket.
        ticket: u64,
    },
    /// An entry with this ticket or a later one was there already.
    OutOfOrder {
        /// The entry's ticket.
        ticket: u64,
    },
    /// They are no entries; those behind them are read on.
    Unreadable,
    /// They do not say which entry was removed; if that is still there, it is read again.
    Removal,
    /// The file, or this part of it, went away while the spool was open.
    Gone {
        /// The ticket of the entry that was there.
        ticket: u64,
    },
}

impl Recovery {
    /// How many pieces of damage are listed; those behind them are only counted.
    pub const DAMAGE_MAX: usize = 1_000;

    /// Whether nothing was dropped.
    pub fn is_whole(&self) -> bool {
        self.damage_count == 0 && self.lost_entries == 0
    }

    pub(crate) fn add(&mut self, damage: Damage) {
        self.damage_count += 1;
        self.dropped_bytes += damage.bytes;
        if self.damage.len() < Self::DAMAGE_MAX {
            tracing::warn!(
                file = %damage.file.display(),
                offset = damage.offset,
                bytes = damage.bytes,
                cause = %damage.cause,
                "a part of the spool is damaged and was dropped"
            );
            self.damage.push(damage);
        }
    }
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            entries,
            entry_bytes,
            lost_entries,
            dropped_bytes,
            damage_count,
            damage,
        } = self;
        write!(f, "{entries} entries were there, with {entry_bytes} bytes")?;
        if *lost_entries > 0 {
            write!(f, ", {lost_entries} were lost")?;
        }
        if let Some(first) = damage.first() {
            write!(f, ", {dropped_bytes} bytes were dropped: {first}")?;
            if *damage_count > 1 {
                write!(f, ", and {} pieces more", damage_count - 1)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            offset,
            bytes,
            cause,
        } = self;
        write!(
            f,
            "{bytes} bytes at {offset} of {}: {cause}",
            file.display()
        )
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Torn => f.write_str("the file ends in the middle of an entry"),
            Self::FileHeader => f.write_str("the file's header was changed"),
            Self::Payload { ticket } => write!(f, "the payload of entry {ticket} was changed"),
            Self::OutOfOrder { ticket } => write!(f, "entry {ticket} is out of order"),
            Self::Unreadable => f.write_str("no entry can be read there"),
            Self::Removal => f.write_str("the record of a removal was changed"),
            Self::Gone { ticket } => write!(f, "entry {ticket} is gone from the file"),
        }
    }
}
