//! The part of the model beyond memory.

use super::{Fate, Item, Pair, Stage};
use crate::flow::{
    Backlog, Capture, DropReason, Dropped, Ledger, Place, Policy, SpoolUse, Spooling,
};
use creel_core::port::Ticket;

/// What a recovered entry turns out to weigh.
const RECOVERED_BYTES: u64 = 3;

impl Pair {
    pub(super) fn recover(&mut self, count: u64) {
        self.shelf.entries = (0..count).collect();
        self.shelf.next_ticket = count;
        self.shelf.recovered = count;
        self.flow.recovered(count);
        match self.settings.spool.backlog {
            Backlog::Last => self.shelf.backlog = count,
            Backlog::First => (0..count).for_each(|_| self.enter_recovered()),
        }
    }

    pub(super) fn is_flowing(&self) -> bool {
        !self.interrupted && self.aborted.is_none()
    }

    pub(super) fn keeps(&self) -> bool {
        self.settings.policy == Policy::Spill && self.settings.spool.keeps
    }

    /// Whether nothing is behind the buffer that has its turn at once.
    fn is_in_memory_alone(&self) -> bool {
        let beyond = |stage| {
            matches!(
                stage,
                Stage::Staged { .. }
                    | Stage::Appending { .. }
                    | Stage::Spilled { .. }
                    | Stage::Recalling { .. }
            )
        };
        self.staged(beyond).is_empty()
    }

    pub(super) fn has_had_all(&self) -> bool {
        self.is_in_memory_alone() && self.shelf.backlog == 0
    }

    pub(super) fn has_ended(&self) -> bool {
        let sources_ended = self.sources == 0;
        self.aborted.is_some() || (sources_ended && (self.interrupted || self.shelf.backlog == 0))
    }

    pub(super) fn capture_or_stage(
        &mut self,
        decision: Capture<u64>,
        bytes: u64,
        full: bool,
    ) -> bool {
        let alone = self.is_in_memory_alone() && !self.interrupted;
        let on_their_way = self.on_their_way();
        let held: u64 = on_their_way.iter().map(|index| self.bytes_of(*index)).sum();
        let SpoolUse {
            queue_items,
            queue_bytes,
            ..
        } = self.settings.spool;
        let fits = on_their_way.is_empty()
            || (on_their_way.len() < queue_items.get() && held + bytes <= queue_bytes);
        let index = self.enter(bytes);
        let expected = if alone && !full {
            Capture::Buffer { dropped: vec![] }
        } else if fits {
            self.items[index].stage = Stage::Staged { bytes };
            Capture::Buffer { dropped: vec![] }
        } else {
            Capture::Drop(self.dropped(index, DropReason::SpoolBehind))
        };
        assert_eq!(decision, expected);
        true
    }

    /// Who is on the way to the spool, and held in memory for that.
    pub(super) fn on_their_way(&self) -> Vec<usize> {
        self.staged(|stage| matches!(stage, Stage::Staged { .. } | Stage::Appending { .. }))
    }

    /// Who is on the way to an empty spool moves to the buffer, as far as that has room.
    pub(super) fn promote(&mut self) {
        let beyond = |stage| {
            matches!(
                stage,
                Stage::Appending { .. } | Stage::Spilled { .. } | Stage::Recalling { .. }
            )
        };
        if !self.is_flowing() || !self.staged(beyond).is_empty() {
            return;
        }
        for index in self.staged(|stage| matches!(stage, Stage::Staged { .. })) {
            let bytes = self.bytes_of(index);
            if self.can_stay(bytes) < self.waiting().len() {
                return;
            }
            self.items[index].stage = Stage::Waiting { bytes };
        }
    }

    pub(super) fn spool(&mut self) -> bool {
        if self.settings.policy != Policy::Spill {
            return false;
        }
        let expected = self.expect_step();
        assert_eq!(self.flow.spool(), expected);
        if let Spooling::Remove(tickets) = expected {
            for Ticket(ticket) in tickets {
                assert!(self.shelf.entries.remove(&ticket), "removed twice");
            }
        }
        true
    }

    fn expect_step(&mut self) -> Spooling<u64> {
        if !self.shelf.removable.is_empty() {
            let removable = std::mem::take(&mut self.shelf.removable);
            return Spooling::Remove(removable.into_iter().map(Ticket).collect());
        }
        let recalling = self.staged(|stage| matches!(stage, Stage::Recalling { .. }));
        if self.is_flowing() && recalling.is_empty() {
            let is_idle = self.waiting().is_empty() && self.is_in_memory_alone();
            if is_idle && self.shelf.backlog > 0 {
                self.shelf.backlog -= 1;
                self.enter_recovered();
            }
            let spilled = self.staged(|stage| matches!(stage, Stage::Spilled { .. }));
            if let Some(&index) = spilled.first()
                && let Stage::Spilled { bytes } = self.items[index].stage
                && self.can_stay(bytes) == self.waiting().len()
            {
                self.items[index].stage = Stage::Recalling { bytes };
                let ticket = self.items[index].ticket.map(Ticket);
                return Spooling::Recall(Place(index as u64), ticket);
            }
        }
        let staged = self.staged(|stage| matches!(stage, Stage::Staged { .. }));
        if let Some(&index) = staged.first() {
            let bytes = self.bytes_of(index);
            self.items[index].stage = Stage::Appending { bytes };
            self.shelf.appending.push_back(index);
            return Spooling::Append(Place(index as u64), index as u64);
        }
        let appending = self.staged(|stage| matches!(stage, Stage::Appending { .. }));
        if self.shelf.sinks_ended && appending.is_empty() {
            Spooling::Finished
        } else {
            Spooling::Wait
        }
    }

    pub(super) fn appended(&mut self, kept: bool) -> bool {
        let Some(index) = self.shelf.appending.pop_front() else {
            return false;
        };
        let Stage::Appending { bytes } = self.items[index].stage else {
            unreachable!("it was looked for");
        };
        let place = Place(index as u64);
        if !kept {
            let reason = DropReason::SpoolFull;
            let dropped = self.flow.unspilled(place, index as u64, reason);
            assert_eq!(dropped, self.dropped(index, reason));
            self.promote();
            return true;
        }
        let ticket = self.shelf.next_ticket;
        self.shelf.next_ticket += 1;
        self.shelf.entries.insert(ticket);
        self.flow.spilled(place, Ticket(ticket));
        self.items[index].ticket = Some(ticket);
        if self.is_flowing() {
            self.items[index].stage = Stage::Spilled { bytes };
        } else if self.keeps() {
            self.items[index].stage = Stage::Left;
        } else {
            let reason = self.aborted.unwrap_or(DropReason::Interrupted);
            self.lose(index, reason);
        }
        true
    }

    pub(super) fn read(&mut self) -> bool {
        let Some((index, ticket)) = self.read_entry() else {
            return false;
        };
        let bytes = match self.items[index].stage {
            Stage::Recalling { bytes } if !self.items[index].is_recovered => bytes,
            _ => RECOVERED_BYTES,
        };
        let back = self
            .flow
            .recalled(Place(index as u64), Ticket(ticket), index as u64, bytes);
        if matches!(self.items[index].stage, Stage::Recalling { .. }) {
            assert_eq!(back, None);
            self.items[index].ticket = Some(ticket);
            self.items[index].stage = Stage::Waiting { bytes };
            self.promote();
        } else {
            assert_eq!(back, Some(index as u64), "nobody wants it any more");
        }
        true
    }

    pub(super) fn read_known(&mut self) -> bool {
        let Some((index, ticket)) = self.read_entry() else {
            return false;
        };
        self.flow.known(Place(index as u64), Ticket(ticket));
        if matches!(self.items[index].stage, Stage::Recalling { .. }) {
            self.items[index].stage = Stage::Known;
            self.shelf.removable.push(ticket);
            self.promote();
        }
        true
    }

    pub(super) fn read_lost(&mut self) -> bool {
        let Some((index, ticket)) = self.read_entry() else {
            return false;
        };
        self.flow
            .unrecalled(Place(index as u64), Some(Ticket(ticket)));
        if matches!(self.items[index].stage, Stage::Recalling { .. }) {
            self.lose(index, DropReason::SpoolFailed);
            self.shelf.removable.push(ticket);
            self.promote();
        }
        true
    }

    /// The entry that is being read: whose it is, and its ticket.
    fn read_entry(&mut self) -> Option<(usize, u64)> {
        let index = *self
            .staged(|stage| matches!(stage, Stage::Recalling { .. }))
            .first()?;
        let ticket = self.items[index].ticket.unwrap_or_else(|| {
            let next = self.shelf.next_recovered;
            self.shelf.next_recovered += 1;
            next
        });
        assert!(
            self.shelf.entries.contains(&ticket),
            "it was removed too early"
        );
        Some((index, ticket))
    }

    pub(super) fn flushed(&mut self) {
        self.flow.flushed();
        let written = &mut self.shelf.written;
        self.shelf.removable.append(written);
    }

    /// Lets the sinks end; the spool then holds what is left, and nothing else.
    pub(super) fn end_spool(&mut self) {
        if self.settings.policy != Policy::Spill {
            return;
        }
        self.flushed();
        self.flow.sinks_ended();
        self.shelf.sinks_ended = true;
        for _ in 0..3 {
            self.step(super::Event::Spool);
            self.step(super::Event::Appended);
        }
        assert_eq!(self.flow.spool(), Spooling::Finished);
        if self.keeps() {
            let left = self.flow.ledger().spilled;
            assert_eq!(self.shelf.entries.len() as u64, left);
        }
    }

    pub(super) fn interrupt_spilling(&mut self) -> (Vec<Dropped<u64>>, Vec<u64>) {
        let reason = DropReason::Interrupted;
        let waiting =
            self.staged(|stage| matches!(stage, Stage::Waiting { .. } | Stage::Staged { .. }));
        let spilled =
            self.staged(|stage| matches!(stage, Stage::Spilled { .. } | Stage::Recalling { .. }));
        self.give_up_backlog(reason);
        if !self.keeps() {
            let dropped = waiting
                .into_iter()
                .map(|index| self.dropped(index, reason))
                .collect();
            for index in spilled {
                self.lose(index, reason);
            }
            return (dropped, Vec::new());
        }
        let mut kept = Vec::new();
        for index in waiting {
            if self.items[index].ticket.is_some() {
                self.items[index].stage = Stage::Left;
                kept.push(index as u64);
            } else {
                let bytes = self.bytes_of(index);
                self.items[index].stage = Stage::Staged { bytes };
            }
        }
        for index in spilled {
            self.items[index].stage = Stage::Left;
        }
        (Vec::new(), kept)
    }

    pub(super) fn give_up_backlog(&mut self, reason: DropReason) {
        let count = std::mem::take(&mut self.shelf.backlog);
        if self.keeps() {
            self.shelf.left += count;
        } else if count > 0 {
            self.shelf.forgotten = Some((reason, count));
        }
    }

    /// What the entries count that have no item of their own.
    pub(super) fn backlog_census(&self) -> Ledger {
        let mut ledger = Ledger {
            recovered: self.shelf.recovered,
            spilled: self.shelf.backlog + self.shelf.left,
            ..Ledger::default()
        };
        if let Some((reason, count)) = self.shelf.forgotten {
            ledger.dropped.count_many(reason, count);
            ledger.unrecorded += count;
        }
        ledger
    }

    fn enter_recovered(&mut self) {
        self.items.push(Item {
            stage: Stage::Spilled { bytes: 0 },
            fate: None,
            flown: false,
            ticket: None,
            is_recovered: true,
        });
    }

    fn lose(&mut self, index: usize, reason: DropReason) {
        self.items[index].fate = Some(Fate::Dropped(reason));
        self.items[index].stage = Stage::Over { recorded: false };
    }
}
