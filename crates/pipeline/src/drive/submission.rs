//! The submission thread, and the task that it makes of each item.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use creel_core::port::Rejected;
use creel_core::{BoxError, Executor, Service};
use creel_runtime::{StopSignal, Task, TaskFuture};

use super::run::{Begun, Captured, Flight, Flown, Run, quietly, wait};
use crate::error::RunFailure;
use crate::failure::{Failure, Panicked};
use crate::flow::{Landed, Place, Submit};
use crate::life::{End, Life};
use crate::outcome::Outcome;

/// How an item becomes an answer.
pub(crate) struct Call<F, Q, S> {
    pub(crate) prepare: Box<Prepare<F, Q>>,
    pub(crate) service: S,
}

pub(crate) type Prepare<F, Q> = dyn Fn(&F) -> Result<Q, BoxError> + Send + Sync;

/// Makes a task of each item whose turn it is, until there are no more.
pub(crate) fn submit_all<F, Q, S, R, E>(
    run: &Arc<Run<F, S::Response, R>>,
    call: &Arc<Call<F, Q, S>>,
    executor: &E,
) where
    F: Send + Sync + 'static,
    Q: Send + 'static,
    S: Service<Q, Response: 'static> + Send + Sync + 'static,
    R: Send + 'static,
    E: Executor<Task = Task>,
{
    let submitted = Panicked::catch(|| {
        while let Some((place, captured)) = run.next_to_submit() {
            let flown = Arc::new(Flown {
                captured,
                submitted: Instant::now(),
                haste: run.keeps.then(StopSignal::new),
                begun: OnceLock::new(),
            });
            let flight = carry(Arc::clone(run), Arc::clone(call), place, Arc::clone(&flown));
            let (task, future) = Task::from_future(flight);
            let watcher = Arc::clone(run);
            future.add_done_callback(move |outcome| {
                if let Err(error) = outcome {
                    watcher.lose(place, Failure::Lost(error.clone()));
                }
            });
            if run.take_off(place, flown) {
                give(run, executor, place, task);
                run.took_off(place, future);
            }
        }
    });
    if let Err(source) = submitted {
        let place = String::from("the executor");
        run.fail(RunFailure::Panicked { place, source });
    }
}

/// Gives a task to the executor, as soon as that takes it.
fn give<F, A, R, E>(run: &Run<F, A, R>, executor: &E, place: Place, mut task: Task)
where
    E: Executor<Task = Task>,
{
    loop {
        let landings = run.landings();
        match executor.execute(task) {
            Ok(()) => return,
            Err(Rejected::Full(back)) => match run.wait_for_landing(place, landings) {
                Retry::Now => task = back,
                Retry::Never => return run.lose(place, Failure::Refused),
                Retry::GivenUp => return,
            },
            Err(Rejected::ShutDown(_)) => return run.fail(RunFailure::ExecutorShutDown),
        }
    }
}

/// What can be done with a task that a full executor gave back.
enum Retry {
    /// A task has ended: there may be room.
    Now,
    /// The executor has no other task of this run to wait for.
    Never,
    /// The run has given the item up.
    GivenUp,
}

/// The task of one item: its request, the call, its record.
async fn carry<F, Q, S, R>(
    run: Arc<Run<F, S::Response, R>>,
    call: Arc<Call<F, Q, S>>,
    place: Place,
    flown: Arc<Flown<F>>,
) where
    S: Service<Q>,
{
    let _running = run.running.enter();
    // A task begins once.
    let _ = flown.begun.set(Begun {
        at: Instant::now(),
        on: run.worker(),
    });
    let mut way = Way::default();
    let prepared = {
        let _busy = run.hands.enter();
        (call.prepare)(&flown.captured.item)
    };
    way.prepared = Some(Instant::now());
    let outcome = match prepared {
        Err(error) => Outcome::Failed(Failure::Unprepared(error)),
        Ok(request) => {
            // The task's own, so that what a service registers there does not outlive the call.
            let mut context = creel_runtime::context();
            if let Some(haste) = &flown.haste {
                context = context.with_fail_fast(haste.signal());
            }
            let mut answering = pin!(call.service.call(request, &context));
            let answer = poll_fn(|cx| {
                let polled = answering.as_mut().poll(cx);
                way.suspended |= polled.is_pending();
                polled
            })
            .await;
            way.answered = Some(Instant::now());
            match answer {
                Ok(response) => Outcome::Answered(response),
                Err(error) => Outcome::Failed(Failure::Unanswered(error)),
            }
        }
    };
    let flown = match run.take_back(place, flown, &outcome) {
        None => return,
        Some(flown) => flown,
    };
    run.land(place, flown, outcome, way);
}

/// How far the task of an item is, and when it came there.
#[derive(Default)]
struct Way {
    prepared: Option<Instant>,
    answered: Option<Instant>,
    suspended: bool,
}

impl Way {
    /// What the service took, if it was called.
    fn service_time(&self) -> Option<Duration> {
        Some(self.answered?.saturating_duration_since(self.prepared?))
    }
}

impl<F, A, R> Run<F, A, R> {
    /// Blocks for the next item to submit; `None` when there is none, ever again.
    fn next_to_submit(&self) -> Option<(Place, Captured<F>)> {
        let mut state = self.lock();
        let next = loop {
            match state.flow.submit() {
                Submit::Item(place, captured) => {
                    state.mark();
                    break Some((place, captured));
                }
                Submit::Finished => break None,
                Submit::Wait => state = wait(&self.work, state),
            }
        };
        drop(state);
        self.room.notify_one();
        self.shelf.notify_one();
        next
    }

    /// Keeps an item before its task may start; false when the run has given it up.
    fn take_off(&self, place: Place, flown: Arc<Flown<F>>) -> bool {
        let mut state = self.lock();
        if !state.flow.is_in_flight(place) {
            return false;
        }
        if let Some(haste) = flown.haste.as_ref().filter(|_| state.flow.is_stopping()) {
            // Nobody waits for it yet: no waker is woken by this.
            haste.raise();
        }
        let flight = Flight {
            flown,
            future: None,
        };
        state.in_flight.insert(place, flight);
        true
    }

    /// Keeps the future of an item whose task the executor has, unless that has landed already.
    fn took_off(&self, place: Place, future: TaskFuture<()>) {
        let mut state = self.lock();
        if let Some(flight) = state.in_flight.get_mut(&place) {
            flight.future = Some(future);
            return;
        }
        drop(state);
        // The run may have given it up meanwhile; a task that is done is not touched by this.
        let _ = future.request_cancel();
    }

    fn landings(&self) -> u64 {
        self.lock().landings
    }

    /// Waits for room in an executor that was full, by the only event there is: another task of the run that ends.
    fn wait_for_landing(&self, place: Place, landings_before: u64) -> Retry {
        let mut state = self.lock();
        loop {
            if !state.flow.is_in_flight(place) {
                return Retry::GivenUp;
            }
            if state.landings != landings_before {
                return Retry::Now;
            }
            if state.in_flight.len() + state.encodings <= 1 {
                return Retry::Never;
            }
            state = wait(&self.work, state);
        }
    }

    /// Takes an item back from its flight that may be answered another time, in a run that stops and keeps what it has.
    ///
    /// Gives it back, to land, where that is not so.
    fn take_back(
        &self,
        place: Place,
        flown: Arc<Flown<F>>,
        outcome: &Outcome<A>,
    ) -> Option<Arc<Flown<F>>> {
        let is_left =
            matches!(outcome, Outcome::Failed(Failure::Unanswered(error)) if error.is_transient());
        if !is_left {
            return Some(flown);
        }
        let mut state = self.lock();
        if !state.flow.keeps_unanswered(place) {
            return Some(flown);
        }
        let Some(Flight {
            flown: of_run,
            future,
        }) = state.in_flight.remove(&place)
        else {
            return Some(flown);
        };
        drop(of_run);
        let flown = Arc::into_inner(flown).expect("an item is held by its task and its flight");
        let kept = state.flow.unanswered(place, flown.captured);
        state.landings += 1;
        state.mark();
        drop(state);
        self.work.notify_one();
        self.ready.notify_one();
        self.shelf.notify_one();
        drop((kept, future));
        None
    }

    /// Makes the record of an item in flight and reports it; a panic ends the task, which is then lost.
    fn land(&self, place: Place, flown: Arc<Flown<F>>, outcome: Outcome<A>, way: Way) {
        let service_time = way.service_time();
        let captured = &flown.captured;
        let passage = captured.passage(place, service_time);
        let answered = matches!(outcome, Outcome::Answered(_));
        let record = {
            let _busy = self.hands.enter();
            (self.recorder.record)(&captured.item, outcome, &passage)
        };
        let life = Life {
            prepared: way.prepared,
            answered: way.answered,
            recorded: Some(Instant::now()),
            recorded_on: self.worker(),
            suspended: way.suspended,
            end: if answered { End::Answered } else { End::Failed },
            ..flown.life(place)
        };
        let mut state = self.lock();
        let flight = state.in_flight.remove(&place);
        let landed = if answered {
            state.flow.answered(place, record)
        } else {
            state.flow.failed(place, Some(record))
        };
        if matches!(landed, Landed::Queued) {
            if answered {
                state.latency.record(passage.latency);
                state.service_time.record(service_time.unwrap_or_default());
            }
            state.stages.landed(&life);
            state.landed.insert(place, life);
        }
        state.landings += 1;
        state.mark();
        drop(state);
        self.work.notify_one();
        self.ready.notify_one();
        drop((landed, flight, flown));
    }

    /// Reports an item in flight whose task came to no outcome, unless it was reported or given up before.
    fn lose(&self, place: Place, failure: Failure) {
        let Some(flight) = self.lock().in_flight.remove(&place) else {
            return;
        };
        let captured = &flight.flown.captured;
        let passage = captured.passage(place, None);
        let record = quietly(place, || {
            (self.recorder.record)(&captured.item, Outcome::Failed(failure), &passage)
        });
        let now = Instant::now();
        let life = Life {
            recorded: record.is_some().then_some(now),
            over: now,
            end: End::Failed,
            ..flight.flown.life(place)
        };
        let mut state = self.lock();
        state.stages.landed(&life);
        let landed = state.flow.failed(place, record);
        let over = match landed {
            Landed::Queued => {
                state.landed.insert(place, life);
                None
            }
            Landed::Unrecorded => Some(life),
            Landed::Late(_) => None,
        };
        state.landings += 1;
        state.mark();
        drop(state);
        self.work.notify_one();
        self.ready.notify_one();
        drop((landed, flight));
        if let Some(life) = over {
            self.tell(&life);
        }
    }
}
