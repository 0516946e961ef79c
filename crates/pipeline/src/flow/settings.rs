//! How much a flow may hold, and in which order it gives.

use std::num::NonZeroUsize;

use super::Notice;

/// How much a [`Flow`](super::Flow) may hold, what it does when that is not enough, and its order.
///
/// ```
/// use creel_pipeline::{Policy, Settings};
///
/// let settings = Settings { policy: Policy::DropOldest, ..Settings::default() };
/// assert_eq!(settings.items.get(), 64);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What happens to an item for which the buffer has no room.
    pub policy: Policy,
    /// The most items that wait in the buffer.
    pub items: NonZeroUsize,
    /// The most bytes that wait in the buffer; an item larger than that waits alone.
    pub bytes: u64,
    /// The most items in flight and awaiting the sinks, taken together.
    pub window: NonZeroUsize,
    /// The most records that wait in line of items that were dropped or unreadable; beyond, such an item is
    /// counted without a record.
    pub notices: usize,
    /// Whether an item that was dropped gets a record; without one it is counted, and can be done another time.
    pub dropped: Notice,
    /// The order in which records are written.
    pub order: Order,
    /// How the spool is used; only [`Policy::Spill`] has one.
    pub spool: SpoolUse,
}

impl Default for Settings {
    /// 64 items without a limit in bytes, 8 in flight, nothing lost, in capture order.
    fn default() -> Self {
        Self {
            policy: Policy::Block,
            items: const { NonZeroUsize::new(64).expect("64 is not zero") },
            bytes: u64::MAX,
            window: const { NonZeroUsize::new(8).expect("8 is not zero") },
            notices: 65_536,
            dropped: Notice::Make,
            order: Order::InCapture,
            spool: SpoolUse::default(),
        }
    }
}

/// What happens to an item for which the buffer has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// The source waits: nothing is lost.
    Block,
    /// The items that have waited longest go.
    DropOldest,
    /// It goes itself.
    DropNewest,
    /// At most one item waits, always the latest, however much room there is.
    Latest,
    /// It waits on disk, behind those in memory, and its turn comes in order.
    Spill,
}

/// How the spool is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpoolUse {
    /// Whether the spool is there for a later run: what is stopped before its turn stays in it, and goes there.
    pub keeps: bool,
    /// When the items have their turn that earlier runs have left.
    pub backlog: Backlog,
    /// The most items on their way to the spool: what comes while it stands still is dropped beyond them.
    pub queue_items: NonZeroUsize,
    /// The most bytes on their way to the spool; an item larger than that goes alone.
    pub queue_bytes: u64,
}

impl Default for SpoolUse {
    /// Kept for a later run; what earlier ones have left comes first; 1,024 items on their way, without a limit in bytes.
    fn default() -> Self {
        Self {
            keeps: true,
            backlog: Backlog::First,
            queue_items: const { NonZeroUsize::new(1024).expect("1,024 is not zero") },
            queue_bytes: u64::MAX,
        }
    }
}

/// When the items have their turn that earlier runs have left in the spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backlog {
    /// Before all that is captured.
    First,
    /// Whenever nothing that was captured waits.
    Last,
}

/// The order in which records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// As the items were captured; those that never were in flight in their place among the others.
    InCapture,
    /// As they become ready.
    AsCompleted,
}
