//! The submission thread, and the task that it makes of each item.

use std::sync::Arc;
use std::time::{Duration, Instant};

use creel_core::port::Rejected;
use creel_core::{BoxError, Executor, Service};
use creel_runtime::{Task, TaskFuture};

use super::run::{Captured, Flight, Run, quietly, wait};
use crate::error::RunFailure;
use crate::failure::{Failure, Panicked};
use crate::flow::{Landed, Place, Submit};
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
            let captured = Arc::new(captured);
            let flight = carry(
                Arc::clone(run),
                Arc::clone(call),
                place,
                Arc::clone(&captured),
            );
            let (task, future) = Task::from_future(flight);
            let watcher = Arc::clone(run);
            future.add_done_callback(move |outcome| {
                if let Err(error) = outcome {
                    watcher.lose(place, Failure::Lost(error.clone()));
                }
            });
            if run.take_off(place, captured) {
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
    /// A flight has landed: there may be room.
    Now,
    /// Nothing of this run is in flight to wait for.
    Never,
    /// The run has given the item up.
    GivenUp,
}

/// The task of one item: its request, the call, its record.
async fn carry<F, Q, S, R>(
    run: Arc<Run<F, S::Response, R>>,
    call: Arc<Call<F, Q, S>>,
    place: Place,
    captured: Arc<Captured<F>>,
) where
    S: Service<Q>,
{
    let (outcome, service_time) = match (call.prepare)(&captured.item) {
        Err(error) => (Outcome::Failed(Failure::Unprepared(error)), None),
        Ok(request) => {
            // The task's own, so that what a service registers there does not outlive the call.
            let context = creel_runtime::context();
            let called = Instant::now();
            let answer = call.service.call(request, &context).await;
            let service_time = Some(called.elapsed());
            match answer {
                Ok(response) => (Outcome::Answered(response), service_time),
                Err(error) => (Outcome::Failed(Failure::Unanswered(error)), service_time),
            }
        }
    };
    run.land(place, captured, outcome, service_time);
}

impl<F, A, R> Run<F, A, R> {
    /// Blocks for the next item to submit; `None` when there is none, ever again.
    fn next_to_submit(&self) -> Option<(Place, Captured<F>)> {
        let mut state = self.lock();
        let next = loop {
            match state.flow.submit() {
                Submit::Item(place, captured) => break Some((place, captured)),
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
    fn take_off(&self, place: Place, captured: Arc<Captured<F>>) -> bool {
        let mut state = self.lock();
        let flies = state.flow.is_in_flight(place);
        if flies {
            let flight = Flight {
                captured,
                future: None,
            };
            state.in_flight.insert(place, flight);
        }
        flies
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

    /// Waits for room in an executor that was full, by the only event there is: another flight that lands.
    fn wait_for_landing(&self, place: Place, landings_before: u64) -> Retry {
        let mut state = self.lock();
        loop {
            if !state.flow.is_in_flight(place) {
                return Retry::GivenUp;
            }
            if state.landings != landings_before {
                return Retry::Now;
            }
            if state.in_flight.len() <= 1 {
                return Retry::Never;
            }
            state = wait(&self.work, state);
        }
    }

    /// Makes the record of an item in flight and reports it; a panic ends the task, which is then lost.
    fn land(
        &self,
        place: Place,
        captured: Arc<Captured<F>>,
        outcome: Outcome<A>,
        service_time: Option<Duration>,
    ) {
        let passage = captured.passage(place, service_time);
        let answered = matches!(outcome, Outcome::Answered(_));
        let record = (self.recorder.record)(&captured.item, outcome, &passage);
        let mut state = self.lock();
        let flight = state.in_flight.remove(&place);
        let landed = if answered {
            state.flow.answered(place, record)
        } else {
            state.flow.failed(place, Some(record))
        };
        if answered && matches!(landed, Landed::Queued) {
            state.latency.record(passage.latency);
            state.service_time.record(service_time.unwrap_or_default());
        }
        state.landings += 1;
        drop(state);
        self.work.notify_one();
        self.ready.notify_one();
        drop((landed, flight, captured));
    }

    /// Reports an item in flight whose task came to no outcome, unless it was reported or given up before.
    fn lose(&self, place: Place, failure: Failure) {
        let Some(flight) = self.lock().in_flight.remove(&place) else {
            return;
        };
        let passage = flight.captured.passage(place, None);
        let record = quietly(place, || {
            (self.recorder.record)(&flight.captured.item, Outcome::Failed(failure), &passage)
        });
        let mut state = self.lock();
        let landed = state.flow.failed(place, record);
        state.landings += 1;
        drop(state);
        self.work.notify_one();
        self.ready.notify_one();
        drop((landed, flight));
    }
}
