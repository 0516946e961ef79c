//! What a set holds: futures, some done and some not, each with its place in the list of those that are done.

use std::borrow::Borrow;
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::Waker;

use creel_core::future::Observe;

use super::ready::{Place, Ready};
use crate::future::TaskFuture;
use crate::task::{HandleRef, TaskRef, Waiter};
use crate::waits::Roll;

pub(crate) struct Members<T, M: Borrow<TaskFuture<T>>> {
    slots: Vec<Option<Member<M>>>,
    vacant: Vec<usize>,
    /// The slots of those that are done, in the order in which they ended.
    done: VecDeque<usize>,
    /// Those that were taken from the list, while they are put in order.
    fresh: Vec<usize>,
    pending: usize,
    /// How many there ever were.
    numbered: usize,
    /// The members in the slots below were offered to be run in place.
    offered: usize,
    closed: bool,
    /// What the graph of waits knows of those that are not done, once it has asked.
    roll: Option<Arc<Roll>>,
    outcome: PhantomData<fn() -> T>,
}

struct Member<M> {
    future: M,
    number: usize,
    /// Until it is known to be done.
    place: Option<Arc<Place>>,
}

impl<M> Member<M> {
    fn is_pending(&self) -> bool {
        self.place.is_some()
    }
}

impl<T, M: Borrow<TaskFuture<T>>> Members<T, M> {
    pub(super) fn new() -> Self {
        Self {
            slots: Vec::new(),
            vacant: Vec::new(),
            done: VecDeque::new(),
            fresh: Vec::new(),
            pending: 0,
            numbered: 0,
            offered: 0,
            closed: false,
            roll: None,
            outcome: PhantomData,
        }
    }

    /// The number of the future that is added next, counted from 0.
    pub(super) fn reserve(&mut self) -> usize {
        let number = self.numbered;
        self.numbered += 1;
        number
    }

    /// Adds a future; a set that was closed gives it back.
    pub(super) fn insert(&mut self, number: usize, future: M, ready: &Arc<Ready>) -> Option<M> {
        if self.closed {
            return Some(future);
        }
        let slot = self.vacant.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        let place = enter(future.borrow(), ready, slot);
        match &place {
            None => {
                // Those that ended before stand before it.
                self.collect(ready);
                self.done.push_back(slot);
            }
            Some(_) => {
                self.pending += 1;
                self.offered = self.offered.min(slot);
                if let Some(roll) = &self.roll {
                    roll.add(slot, awaited(&future));
                }
            }
        }
        self.slots[slot] = Some(Member {
            future,
            number,
            place,
        });
        None
    }

    /// Takes what was pushed to the list, the oldest first.
    pub(super) fn collect(&mut self, ready: &Ready) {
        if self.slots.is_empty() {
            // Who is still pushed to a set that was dissolved has no slot.
            return;
        }
        let mut newest = ready.take();
        while let Some(slot) = newest {
            let place = self.slots[slot]
                .as_mut()
                .and_then(|member| member.place.take());
            newest = place
                .expect("a place that is in the list has its member")
                .below();
            if let Some(roll) = &self.roll {
                roll.remove(slot);
            }
            self.fresh.push(slot);
        }
        self.pending -= self.fresh.len();
        self.done.extend(self.fresh.drain(..).rev());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pending == 0 && self.done.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.pending + self.done.len()
    }

    /// How many are not done.
    pub(crate) fn pending(&self) -> usize {
        self.pending
    }

    /// Those that are done and were not taken, in the order in which they ended.
    pub(crate) fn done(&self) -> impl ExactSizeIterator<Item = &M> {
        self.done.iter().map(|slot| {
            let member = self.slots[*slot].as_ref();
            &member.expect("who is done stays until it is taken").future
        })
    }

    /// Takes the one that ended first.
    pub(super) fn take_done(&mut self) -> Option<(usize, M)> {
        let slot = self.done.pop_front()?;
        Some(self.vacate(slot))
    }

    /// Takes one that is not done; `None` if each is, or is just being pushed.
    pub(super) fn take_pending(&mut self) -> Option<(usize, M)> {
        let claimed = |member: &Member<M>| member.place.as_ref().is_some_and(|place| place.claim());
        let slot = self
            .slots
            .iter()
            .position(|member| member.as_ref().is_some_and(claimed))?;
        self.pending -= 1;
        if let Some(roll) = &self.roll {
            roll.remove(slot);
        }
        if let Some(member) = &mut self.slots[slot] {
            leave::<T, M>(member);
        }
        Some(self.vacate(slot))
    }

    /// Whether there is one that was not offered to be run in place.
    pub(super) fn has_offer(&mut self) -> bool {
        let is_pending = |slot: &Option<Member<M>>| slot.as_ref().is_some_and(Member::is_pending);
        let next = self.slots[self.offered..].iter().position(is_pending);
        self.offered = next.map_or(self.slots.len(), |next| self.offered + next);
        next.is_some()
    }

    /// The next one that may be run in place, if it has not started.
    pub(super) fn next_offer(&mut self) -> Option<TaskRef> {
        if !self.has_offer() {
            return None;
        }
        let member = self.slots[self.offered].as_ref()?;
        self.offered += 1;
        Some(awaited(&member.future))
    }

    /// Those that are not done, for the graph of waits.
    pub(super) fn roll(&mut self) -> Arc<Roll> {
        let roll = self.roll.get_or_insert_with(|| {
            let slots = self.slots.iter().enumerate();
            let members = slots.filter_map(|(slot, member)| Some((slot, member.as_ref()?)));
            let pending = members.filter(|(_, member)| member.is_pending());
            let tasks = pending.map(|(slot, member)| (slot, awaited(&member.future)));
            Arc::new(Roll::new(tasks))
        });
        Arc::clone(roll)
    }

    /// Those that are not done.
    pub(super) fn awaited(&self) -> impl Iterator<Item = TaskRef> {
        let members = self.slots.iter().flatten();
        let pending = members.filter(|member| member.is_pending());
        pending.map(|member| awaited(&member.future))
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Lets nobody in any more.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Those that are not done.
    pub(super) fn cells(&self) -> Vec<HandleRef<T>> {
        self.slots
            .iter()
            .flatten()
            .filter(|member| member.is_pending())
            .map(|member| member.future.borrow().cell().clone())
            .collect()
    }

    /// Takes all, in the order of their numbers, and lets nobody in any more.
    pub(super) fn dissolve(&mut self) -> Vec<(usize, M)> {
        for member in self.slots.iter_mut().flatten() {
            leave::<T, M>(member);
        }
        self.close();
        self.roll = None;
        self.done.clear();
        (self.pending, self.offered) = (0, 0);
        let members = std::mem::take(&mut self.slots).into_iter().flatten();
        let mut members: Vec<_> = members
            .map(|member| (member.number, member.future))
            .collect();
        members.sort_unstable_by_key(|(number, _)| *number);
        members
    }

    #[cfg(all(test, not(creel_loom)))]
    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }

    fn vacate(&mut self, slot: usize) -> (usize, M) {
        let member = self.slots[slot].take();
        self.vacant.push(slot);
        let member = member.expect("a slot is vacated once");
        (member.number, member.future)
    }
}

impl<T, M: Borrow<TaskFuture<T>>> Drop for Members<T, M> {
    fn drop(&mut self) {
        for member in self.slots.iter_mut().flatten() {
            leave::<T, M>(member);
        }
    }
}

fn awaited<T, M: Borrow<TaskFuture<T>>>(future: &M) -> TaskRef {
    future.borrow().task().clone()
}

/// Enters a place into the future's list; `None` if the future is settled.
fn enter<T>(future: &TaskFuture<T>, ready: &Arc<Ready>, slot: usize) -> Option<Arc<Place>> {
    if future.is_settled() {
        return None;
    }
    let place = Arc::new(Place::new(ready, slot));
    let waiter = Waiter::at(&*place);
    let waker = Waker::from(Arc::clone(&place));
    match future.task().wait_with(&waker, waiter) {
        Observe::Registered => Some(place),
        Observe::Settled => {
            future.task().wait_no_longer(waiter);
            // Whoever settled it may have found the waker in the list: then it comes by that way.
            (!place.claim()).then_some(place)
        }
    }
}

/// Takes the place of a member that is not done out of its future's list.
fn leave<T, M: Borrow<TaskFuture<T>>>(member: &mut Member<M>) {
    if let Some(place) = member.place.take() {
        let task = member.future.borrow().task();
        task.wait_no_longer(Waiter::at(&*place));
    }
}
