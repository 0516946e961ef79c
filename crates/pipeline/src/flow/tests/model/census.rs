//! Every count, derived from the list.

use super::{Fate, Pair, Stage};
use crate::flow::{Ledger, Settings};

impl Pair {
    pub(super) fn census(&self) -> Ledger {
        let mut ledger = self.backlog_census();
        for item in &self.items {
            ledger.captured += u64::from(!item.is_recovered);
            let over = matches!(item.stage, Stage::Over { .. });
            match item.stage {
                Stage::Waiting { .. } | Stage::Staged { .. } | Stage::Appending { .. } => {
                    ledger.buffered += 1;
                }
                Stage::Spilled { .. } | Stage::Recalling { .. } | Stage::Left => {
                    ledger.spilled += 1
                }
                Stage::Known => ledger.known += 1,
                Stage::Flying => ledger.in_flight += 1,
                Stage::Noting | Stage::Ready { .. } | Stage::Writing if !item.flown => {
                    ledger.notices += 1;
                }
                Stage::Noting | Stage::Ready { .. } | Stage::Writing => ledger.awaiting_sink += 1,
                Stage::Over { recorded: true } => ledger.recorded += 1,
                Stage::Over { recorded: false } => ledger.unrecorded += 1,
            }
            match item.fate.filter(|_| over || !item.flown) {
                Some(Fate::Answered) => ledger.answered += 1,
                Some(Fate::Failed) => ledger.failed += 1,
                Some(Fate::Dropped(reason)) => ledger.dropped.count(reason),
                None => {}
            }
        }
        ledger
    }

    pub(super) fn check_bounds(&self) {
        let ledger = self.flow.ledger();
        let waiting = self.waiting();
        let on_their_way = self.on_their_way();
        // What goes back to the spool at an interrupt is in memory already.
        if !self.interrupted {
            let Settings {
                items,
                bytes,
                spool,
                ..
            } = self.settings;
            for (held, items_max, bytes_max) in [
                (&waiting, items, bytes),
                (&on_their_way, spool.queue_items, spool.queue_bytes),
            ] {
                assert!(held.len() <= items_max.get());
                let bytes: u64 = held.iter().map(|index| self.bytes_of(*index)).sum();
                let unknown = held.iter().any(|index| self.items[*index].is_recovered);
                assert!(bytes <= bytes_max || held.len() == 1 || unknown);
            }
        }
        assert!(ledger.in_flight + ledger.awaiting_sink <= self.settings.window.get() as u64);
        assert!(ledger.notices <= self.settings.notices as u64);
        assert!(self.flow.line.len() <= self.staged(Stage::is_open).len());
    }
}
