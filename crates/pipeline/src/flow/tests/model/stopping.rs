//! The part of the model that ends before its sources do.

use super::{Fate, Pair, Stage};
use crate::flow::{DropReason, Interrupted, Place, Policy};

impl Pair {
    pub(super) fn interrupt(&mut self) {
        let Interrupted { dropped, kept } = self.flow.interrupt();
        if self.interrupted || self.aborted.is_some() {
            assert!(dropped.is_empty() && kept.is_empty());
            return;
        }
        self.interrupted = true;
        if self.settings.policy == Policy::Spill {
            let expected = self.interrupt_spilling();
            assert_eq!((dropped, kept), expected);
            return;
        }
        assert_eq!(kept, []);
        let expected: Vec<_> = self
            .waiting()
            .into_iter()
            .map(|index| self.dropped(index, DropReason::Interrupted))
            .collect();
        assert_eq!(dropped, expected);
    }

    pub(super) fn unanswered(&mut self, index: usize) -> bool {
        let flying = self.staged(|stage| stage == Stage::Flying);
        if flying.is_empty() {
            return false;
        }
        let index = flying[index % flying.len()];
        let (place, number) = (Place(index as u64), index as u64);
        let keeps = self.keeps() && self.interrupted;
        assert_eq!(self.flow.keeps_unanswered(place), keeps);
        let item = self.flow.unanswered(place, number);
        if !keeps {
            assert_eq!(item, Some(number), "it lands as others do");
            return true;
        }
        let known = &mut self.items[index];
        known.flown = false;
        (known.stage, known.fate) = match known.ticket {
            Some(_) => (Stage::Left, None),
            None => (Stage::Staged { bytes: 0 }, None),
        };
        assert_eq!(item, known.ticket.map(|_| number));
        true
    }

    pub(super) fn abort(&mut self) {
        let reason = DropReason::SinkFailed;
        let remains = self.flow.abort(reason);
        if self.aborted.is_some() {
            assert!(remains.items.is_empty() && remains.records.is_empty());
            assert!(remains.dropped.is_empty());
            return;
        }
        self.aborted = Some(reason);
        let keeps = self.keeps();
        self.give_up_backlog(reason);
        let (mut items, mut staged, mut records) = (Vec::new(), Vec::new(), Vec::new());
        let mut dropped = Vec::new();
        for (index, item) in self.items.iter_mut().enumerate() {
            match item.stage {
                Stage::Writing | Stage::Appending { .. } => continue,
                stage if !stage.is_open() => continue,
                Stage::Waiting { .. } => items.push(index as u64),
                Stage::Staged { .. } => staged.push(index as u64),
                Stage::Ready { .. } => records.push(index as u64),
                _ => {}
            }
            let in_spool = matches!(item.stage, Stage::Spilled { .. } | Stage::Recalling { .. });
            if keeps && (in_spool || item.ticket.is_some()) {
                item.stage = Stage::Left;
                item.fate = None;
                item.flown = false;
                continue;
            }
            item.stage = Stage::Over { recorded: false };
            if item.flown || item.fate.is_none() {
                item.fate = Some(Fate::Dropped(reason));
                dropped.push(Place(index as u64));
            }
        }
        items.append(&mut staged);
        let left: Vec<u64> = remains.items.iter().map(|(_, item)| *item).collect();
        assert_eq!(left, items);
        for (place, item) in &remains.items {
            assert_eq!(place.0, *item);
        }
        assert_eq!(remains.dropped, dropped);
        let given: Vec<u64> = remains.records.iter().map(|(place, _)| *place).collect();
        assert_eq!(given, records);
    }
}
