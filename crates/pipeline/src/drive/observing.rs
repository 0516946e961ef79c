//! What is seen of a run item by item: whoever observes it is told each life, whoever asks what is in flight.

use std::cell::OnceCell;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::run::{Captured, Flight, Run, State};
use crate::failure::Panicked;
use crate::flow::{DropReason, Dropped, Place};
use crate::life::{End, InFlight, Life, Progress};

/// Foreign code that is told the life of each item that is over.
pub(crate) type Observer = dyn Fn(&Life) + Send + Sync;

thread_local! {
    static NAME: OnceCell<Arc<str>> = const { OnceCell::new() };
}

/// The name of this thread, made once for each.
fn thread_name() -> Arc<str> {
    NAME.with(|name| {
        let name = name.get_or_init(|| thread::current().name().unwrap_or("unnamed").into());
        Arc::clone(name)
    })
}

impl<F, A, R> Run<F, A, R> {
    /// The name of this thread, if somebody wants to know it.
    pub(super) fn worker(&self) -> Option<Arc<str>> {
        (!self.observers.is_empty()).then(thread_name)
    }

    /// Tells whoever observes that an item is over; never to be called under the lock.
    pub(super) fn tell(&self, life: &Life) {
        for observer in &self.observers {
            if let Err(panicked) = Panicked::catch(|| observer(life)) {
                tracing::error!(place = %life.place, %panicked, "an observer broke");
            }
        }
    }

    /// Tells that an item that was dropped before it was submitted is over.
    pub(super) fn tell_dropped(&self, dropped: &Dropped<Captured<F>>) {
        if self.observers.is_empty() {
            return;
        }
        let Dropped {
            place,
            item,
            reason,
            ..
        } = dropped;
        let life = item.life(*place);
        self.tell(&Life {
            over: Instant::now(),
            end: End::Dropped(*reason),
            ..life
        });
    }

    /// Tells that an item is over whose record the sinks had in hand, and dropped if they did not take it.
    pub(super) fn tell_written(&self, life: Option<Life>, dropped: Option<DropReason>) {
        let Some(life) = life else { return };
        match dropped {
            None => self.tell(&life),
            Some(reason) => self.tell(&Life {
                written: None,
                end: End::Dropped(reason),
                ..life
            }),
        }
    }

    /// Tells of the items that the run has given up, as far as it had them in memory.
    pub(super) fn tell_given_up(&self, lives: impl Iterator<Item = Life>, reason: DropReason) {
        if self.observers.is_empty() {
            return;
        }
        let over = Instant::now();
        let end = End::Dropped(reason);
        for life in lives {
            self.tell(&Life { over, end, ..life });
        }
    }
}

impl<F, R> State<F, R> {
    /// The sinks were given the record of an item.
    pub(super) fn taken(&mut self, place: Place, now: Instant) {
        if let Some(life) = self.landed.get_mut(&place) {
            life.taken = Some(now);
        }
    }

    /// The sinks have no record in hand any more; gives the life of its item, if that was in flight.
    pub(super) fn put_down(&mut self, place: Place, now: Instant) -> Option<Life> {
        self.mark();
        let life = self.landed.remove(&place)?;
        let life = Life {
            written: Some(now),
            over: now,
            ..life
        };
        self.stages.written(&life);
        Some(life)
    }

    /// What is in flight, or was and waits for the sinks; in the order of capture.
    pub(super) fn in_flight(&self, now: Instant) -> Vec<InFlight> {
        let flying = self
            .in_flight
            .iter()
            .map(|(place, flight)| flight.look(*place, now));
        let landed = self.landed.values().map(|life| InFlight {
            source: Arc::clone(&life.source),
            place: life.place,
            number: life.number,
            age: now.saturating_duration_since(life.captured),
            stage: Progress::Answered,
            since: now.saturating_duration_since(life.recorded.unwrap_or(now)),
        });
        let mut all: Vec<InFlight> = flying.chain(landed).collect();
        all.sort_unstable_by_key(|item| item.place);
        all
    }
}

impl<F> Flight<F> {
    fn look(&self, place: Place, now: Instant) -> InFlight {
        let flown = &self.flown;
        let (stage, came) = match flown.begun.get() {
            Some(begun) => (Progress::Running, begun.at),
            None => (Progress::Queued, flown.submitted),
        };
        InFlight {
            source: Arc::clone(&flown.captured.source),
            place,
            number: flown.captured.number.unwrap_or(place.0),
            age: now.saturating_duration_since(flown.captured.at),
            stage,
            since: now.saturating_duration_since(came),
        }
    }
}
