//! What the threads of a run share: its flow behind a lock, and whom to wake.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use creel_runtime::{StopSignal, TaskFuture};

use super::observing::Observer;
use crate::error::RunFailure;
use crate::failure::{Failure, Panicked};
use crate::flow::{DropReason, Dropped, Flow, Interrupted, Notice, Place, Policy, Settings};
use crate::health::Pulse;
use crate::life::Life;
use crate::outcome::{Outcome, Passage};
use crate::sinks::Tally;
use crate::stages::{Peak, StageTimes, Stages};
use crate::strain::Watch;
use crate::summary::{Stopping, Stopwatch};

/// An item, and where and when it was captured.
pub(crate) struct Captured<F> {
    pub(crate) item: F,
    /// What it is told from others of its source by, if that is not its place.
    pub(crate) number: Option<u64>,
    pub(crate) source: Arc<str>,
    pub(crate) at: Instant,
}

/// An item that was submitted, with what is known of its way so far.
pub(crate) struct Flown<F> {
    pub(crate) captured: Captured<F>,
    pub(crate) submitted: Instant,
    /// Has its call rather fail than wait; where a run that stops keeps what was not answered.
    pub(crate) haste: Option<StopSignal>,
    /// Set by the worker that begins on it.
    pub(crate) begun: OnceLock<Begun>,
}

/// When a worker began on an item, and its name if somebody wants to know.
pub(crate) struct Begun {
    pub(crate) at: Instant,
    pub(crate) on: Option<Arc<str>>,
}

impl<F> Flown<F> {
    /// Its life up to here.
    pub(super) fn life(&self, place: Place) -> Life {
        let begun = self.begun.get();
        Life {
            submitted: Some(self.submitted),
            begun: begun.map(|begun| begun.at),
            prepared_on: begun.and_then(|begun| begun.on.clone()),
            ..self.captured.life(place)
        }
    }
}

/// What was seen of a source.
pub(crate) struct Watched {
    pub(crate) name: Arc<str>,
    pub(crate) pulse: Pulse,
    pub(crate) disconnections: u64,
    /// From one item to the next.
    pub(crate) gaps: Stopwatch,
    /// How long it waited for room, up to the last time.
    pub(crate) held: Duration,
    /// Since when it waits for room.
    pub(crate) held_since: Option<Instant>,
    /// Items that were lost before the source could give them.
    pub(crate) lost: u64,
}

impl Watched {
    pub(crate) fn new(name: Arc<str>) -> Self {
        Self {
            name,
            pulse: Pulse::default(),
            disconnections: 0,
            gaps: Stopwatch::new(),
            held: Duration::ZERO,
            held_since: None,
            lost: 0,
        }
    }

    /// It has to wait for room.
    pub(super) fn hold(&mut self, now: Instant) {
        self.pulse.held();
        self.held_since.get_or_insert(now);
    }

    /// It is asked again.
    pub(super) fn release(&mut self, now: Instant) {
        self.held = self.held(now);
        self.held_since = None;
        self.pulse.asked(now);
    }

    /// How long it waited for room.
    pub(super) fn held(&self, now: Instant) -> Duration {
        let since = self.held_since.unwrap_or(now);
        self.held + now.saturating_duration_since(since)
    }
}

impl<F> Captured<F> {
    /// Its life up to here.
    pub(super) fn life(&self, place: Place) -> Life {
        let life = Life::captured(Arc::clone(&self.source), place, self.at);
        Life {
            number: self.number.unwrap_or(life.number),
            ..life
        }
    }

    pub(super) fn passage(&self, place: Place, service_time: Option<Duration>) -> Passage {
        Passage {
            place,
            source: Arc::clone(&self.source),
            latency: self.at.elapsed(),
            service_time,
        }
    }
}

/// How records are made: foreign code, which is never called under the lock.
pub(crate) struct Recorder<F, A, R> {
    pub(crate) record: Box<RecordOutcome<F, A, R>>,
    pub(crate) record_unreadable: Option<Box<RecordUnreadable<R>>>,
    /// Who is told of what a sink missed that the run goes on without.
    pub(crate) missed: Option<Box<Missed<R>>>,
}

pub(crate) type RecordOutcome<F, A, R> = dyn Fn(&F, Outcome<A>, &Passage) -> R + Send + Sync;
pub(crate) type Missed<R> = dyn Fn(&str, &R) + Send + Sync;
pub(crate) type RecordUnreadable<R> = dyn Fn(&Failure, &Passage) -> R + Send + Sync;

/// What the threads of a run share; each of them adds its own part in its own file.
///
/// No foreign code runs under the lock, and no foreign value is dropped there.
pub(crate) struct Run<F, A, R> {
    pub(super) recorder: Recorder<F, A, R>,
    /// Who is told of each item that is over.
    pub(super) observers: Vec<Box<Observer>>,
    /// Workers that prepare requests or make records.
    pub(super) hands: Peak,
    /// Items that workers have begun on.
    pub(super) running: Peak,
    policy: Policy,
    /// Whether what is not answered when it stops waits for a later run.
    pub(super) keeps: bool,
    state: Mutex<State<F, R>>,
    /// A captured item may fit now. One thread at a time waits, the one in the entrance.
    pub(super) room: Condvar,
    /// There may be something to submit. The submission thread waits.
    pub(super) work: Condvar,
    /// There may be something to write. The sink thread waits.
    pub(super) ready: Condvar,
    /// There may be something to do with the spool. The spool thread waits.
    pub(super) shelf: Condvar,
    /// Capture is to stop, or everything. Sources that pause before they reconnect wait, and the sink thread before it
    /// tries again.
    pub(super) stopped: Condvar,
    /// Held by the source that waits for room, so that no other source's small items keep a large one out.
    entrance: Mutex<()>,
    /// Tells the sources to stop.
    pub(super) capture_stop: StopSignal,
    /// Tells the sinks to stop.
    pub(super) write_stop: StopSignal,
    /// Tells those to stop that the run goes on without.
    pub(super) siding_stop: StopSignal,
    /// Tells those that no more comes: whoever is down is tried once more.
    pub(super) siding_end: StopSignal,
}

/// What the lock guards.
pub(super) struct State<F, R> {
    pub(super) flow: Flow<Captured<F>, R>,
    pub(super) in_flight: HashMap<Place, Flight<F>>,
    /// The lives of those that were in flight and whose record is not written; as many as the window holds at most.
    pub(super) landed: HashMap<Place, Life>,
    /// How many tasks of the run, flights and others, have ended.
    pub(super) landings: u64,
    /// Tasks that an executor has and that are no flights: they make entries of the spool.
    pub(super) encodings: usize,
    pub(super) latency: Stopwatch,
    pub(super) service_time: Stopwatch,
    pub(super) stages: StageTimes,
    pub(super) stages_at_end: Option<Stages>,
    /// The workers at requests and records, and the items begun, when the run gave them up.
    pub(super) given_up: Option<(u64, u64)>,
    pub(super) watch: Watch,
    pub(super) sources: Vec<Watched>,
    /// What each sink has got, in the order in which they were added.
    pub(super) tallies: Vec<Arc<Tally>>,
    pub(super) stopping: Stopping,
    pub(super) started: Instant,
    pub(super) ended: Option<Instant>,
    pub(super) failure: Option<RunFailure>,
}

/// An item in flight.
pub(super) struct Flight<F> {
    /// What is needed if its task comes to no outcome.
    pub(super) flown: Arc<Flown<F>>,
    /// The future of its task, once the executor has it.
    pub(super) future: Option<TaskFuture<()>>,
}

impl<F, A, R> Run<F, A, R> {
    pub(crate) fn new(
        recorder: Recorder<F, A, R>,
        observers: Vec<Box<Observer>>,
        settings: Settings,
        sources: Vec<Watched>,
        tallies: Vec<Arc<Tally>>,
    ) -> Self {
        let flow = Flow::new(settings, sources.len());
        let started = Instant::now();
        Self {
            recorder,
            observers,
            hands: Peak::default(),
            running: Peak::default(),
            policy: settings.policy,
            keeps: flow.keeps(),
            state: Mutex::new(State {
                watch: Watch::start(flow.holdup(), started),
                flow,
                in_flight: HashMap::new(),
                landed: HashMap::new(),
                landings: 0,
                encodings: 0,
                latency: Stopwatch::new(),
                service_time: Stopwatch::new(),
                stages: StageTimes::new(),
                stages_at_end: None,
                given_up: None,
                sources,
                tallies,
                stopping: Stopping::No,
                started,
                ended: None,
                failure: None,
            }),
            room: Condvar::new(),
            work: Condvar::new(),
            ready: Condvar::new(),
            shelf: Condvar::new(),
            stopped: Condvar::new(),
            entrance: Mutex::new(()),
            capture_stop: StopSignal::new(),
            write_stop: StopSignal::new(),
            siding_stop: StopSignal::new(),
            siding_end: StopSignal::new(),
        }
    }

    /// Ends the run for a reason, though what is in flight can be finished.
    pub(crate) fn fail(&self, failure: RunFailure) {
        self.lock().fail(failure);
        self.drain();
    }

    /// Stops capture and drops what is buffered.
    pub(super) fn drain(&self) {
        self.capture_stop.raise();
        let mut state = self.lock();
        let Interrupted { dropped, kept } = state.flow.interrupt();
        state.mark();
        let hasty: Vec<_> = state
            .in_flight
            .values()
            .filter_map(|flight| flight.flown.haste.clone())
            .collect();
        drop(state);
        self.wake_all();
        // Foreign wakers, as everything below.
        for haste in hasty {
            haste.raise();
        }
        self.note(dropped);
        drop(kept);
    }

    /// Ends everything at once.
    pub(super) fn give_up(&self, reason: DropReason) {
        self.capture_stop.raise();
        self.write_stop.raise();
        self.siding_stop.raise();
        self.siding_end.raise();
        let mut state = self.lock();
        let at_work = (self.hands.here(), self.running.here());
        state.given_up.get_or_insert(at_work);
        let remains = state.flow.abort(reason);
        let flights = std::mem::take(&mut state.in_flight);
        let dropped: HashSet<Place> = remains.dropped.iter().copied().collect();
        let flown: Vec<Life> = flights
            .iter()
            .map(|(place, flight)| flight.flown.life(*place))
            .collect();
        for life in &flown {
            state.stages.landed(life);
        }
        let landed: Vec<Life> = state
            .landed
            .extract_if(|_, life| life.taken.is_none())
            .map(|(_, life)| life)
            .collect();
        state.mark();
        drop(state);
        self.wake_all();
        for future in flights.values().filter_map(|flight| flight.future.as_ref()) {
            // Whether it was in time is for the task to know: nobody here waits for it any more.
            let _ = future.request_cancel();
        }
        let waited = remains
            .items
            .iter()
            .map(|(place, captured)| captured.life(*place));
        let lives = waited.chain(flown).chain(landed);
        self.tell_given_up(lives.filter(|life| dropped.contains(&life.place)), reason);
        drop((remains, flights));
    }

    /// Makes the records of items that were dropped.
    pub(super) fn note(&self, dropped: Vec<Dropped<Captured<F>>>) {
        for dropped in dropped {
            self.tell_dropped(&dropped);
            if dropped.notice == Notice::Omit {
                continue;
            }
            let captured = dropped.item;
            let passage = captured.passage(dropped.place, None);
            let outcome = Outcome::Dropped(dropped.reason);
            let record = quietly(dropped.place, || {
                (self.recorder.record)(&captured.item, outcome, &passage)
            });
            self.noted(dropped.place, record);
        }
    }

    pub(super) fn noted(&self, place: Place, record: Option<R>) {
        let landed = self.told(|flow| flow.noted(place, record));
        self.ready.notify_one();
        drop(landed);
    }

    /// Waits for one's turn to wait for room; without a policy that holds sources there is nothing to wait for.
    pub(super) fn enter(&self) -> Option<MutexGuard<'_, ()>> {
        (self.policy == Policy::Block)
            .then(|| self.entrance.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits so long, or until it is to stop.
    pub(super) fn pause(&self, pause: Duration, stop: &StopSignal) {
        let until = Instant::now().checked_add(pause);
        let mut state = self.lock();
        while !stop.is_raised() {
            state = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return,
                Some(left) => {
                    let waited = self.stopped.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => wait(&self.stopped, state),
            };
        }
    }

    /// Tells something to the flow, and keeps account of what the run waits for behind it.
    pub(super) fn told<T>(&self, tell: impl FnOnce(&mut Flow<Captured<F>, R>) -> T) -> T {
        let mut state = self.lock();
        let decision = tell(&mut state.flow);
        state.mark();
        decision
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<F, R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes everybody to look at what has changed.
    pub(super) fn wake_all(&self) {
        // Whoever has looked before the change holds the lock until it waits, and is not missed after this.
        drop(self.lock());
        let Self {
            room,
            work,
            ready,
            shelf,
            stopped,
            ..
        } = self;
        for waiting in [room, work, ready, shelf, stopped] {
            waiting.notify_all();
        }
    }
}

impl<F, R> State<F, R> {
    /// Keeps account of what the run waits for; to be called behind whatever was told to the flow.
    pub(super) fn mark(&mut self) {
        let holdup = self.flow.holdup();
        if holdup != self.watch.holdup() {
            self.watch.turn_to(holdup, Instant::now());
        }
    }

    /// Keeps the first reason: those that follow are mostly its consequence.
    pub(super) fn fail(&mut self, failure: RunFailure) {
        self.failure.get_or_insert(failure);
    }
}

/// Makes a record by foreign code; a panic is reported through `tracing` and leaves the item without one.
pub(super) fn quietly<R>(place: Place, make: impl FnOnce() -> R) -> Option<R> {
    Panicked::catch(make)
        .inspect_err(
            |panicked| tracing::error!(%place, %panicked, "no record could be made of an item"),
        )
        .ok()
}

pub(super) fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condition
        .wait(guard)
        .unwrap_or_else(PoisonError::into_inner)
}
