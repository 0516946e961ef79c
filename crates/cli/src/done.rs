//! Which items are done.

use roaring::RoaringTreemap;

use crate::record::Status;

/// Which items have a record, by their place in the input; compressed, so that millions take some kilobytes.
#[derive(Debug, Default)]
pub(crate) struct Done {
    recorded: RoaringTreemap,
    failed: RoaringTreemap,
}

impl Done {
    /// An item has a record.
    pub(crate) fn insert(&mut self, index: u64, status: Status) {
        self.recorded.insert(index);
        if status == Status::Failed {
            self.failed.insert(index);
        }
    }

    pub(crate) fn contains(&self, index: u64) -> bool {
        self.recorded.contains(index)
    }

    pub(crate) fn has_failed(&self, index: u64) -> bool {
        self.failed.contains(index)
    }

    /// How many items have a record.
    pub(crate) fn recorded(&self) -> u64 {
        self.recorded.len()
    }

    /// How many of them have failed.
    pub(crate) fn failed(&self) -> u64 {
        self.failed.len()
    }
}
