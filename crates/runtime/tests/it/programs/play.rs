//! Plays a program, and looks at each statement whether it did what the model says.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use creel_runtime::{ResultError, ShutdownError, State, TaskFuture, WaitError};
use proptest::prelude::*;

use super::log::{Log, Outcome, Token};
use super::program::{Ending, Kind, Program, Statement};
use super::stage::Stage;
use super::verdict::Verdict;
use crate::seeded::Light;

/// What the value of a task is when its wait was refused.
pub(super) const REFUSED: u64 = 1_000_000_000;
/// What a continuation adds to the value.
pub(super) const MAPPED: u64 = 1000;
/// What a task that waited adds to the value, and gives for an outcome without one.
pub(super) const WAITED: u64 = 1_000_000;

/// Plays a program on an executor; gives the steps that it took.
pub(super) fn play<S: Stage>(program: &Program, stage: S) -> Result<String, TestCaseError> {
    let mut play = Play {
        stage,
        log: Log::default(),
        light: Light::default(),
        tasks: Vec::new(),
    };
    let played = play.play(program).and_then(|()| play.end(program.ending));
    let trace = play.stage.trace();
    let Play {
        stage, log, tasks, ..
    } = play;
    drop(stage);
    let verdict = Verdict {
        log: &log,
        tasks: &tasks,
        ending: program.ending,
        refuses_waits: S::REFUSES_WAITS,
    };
    match played.and_then(|()| verdict.check()) {
        Ok(()) => Ok(trace),
        Err(TestCaseError::Fail(reason)) => Err(TestCaseError::fail(format!("{reason}\n{trace}"))),
        Err(rejected) => Err(rejected),
    }
}

struct Play<S> {
    stage: S,
    log: Log,
    light: Light,
    tasks: Vec<Task>,
}

/// What the model knows of a task.
pub(super) struct Task {
    pub(super) kind: Kind,
    future: Option<TaskFuture<u64>>,
    /// When it was made.
    pub(super) made: Duration,
    /// It was cancelled by a statement, and had run so often then.
    pub(super) cancelled: Option<usize>,
    /// It was asked to stop while it ran.
    pub(super) is_asked: bool,
    pub(super) callbacks: usize,
}

impl<S: Stage> Play<S> {
    fn play(&mut self, program: &Program) -> Result<(), TestCaseError> {
        for statement in &program.statements {
            match *statement {
                Statement::Make(kind) => self.make(kind),
                Statement::Cancel(task) => self.cancel(task, TaskFuture::cancel)?,
                Statement::RequestCancel(task) => self.cancel(task, TaskFuture::request_cancel)?,
                Statement::AddCallback(task) => self.add_callback(task),
                Statement::Drop(task) => self.tasks[task].future = None,
                Statement::Wait(task) => self.wait(task)?,
                Statement::WaitTimeout(task, time) => self.wait_timeout(task, time)?,
                Statement::GoOn(steps) => {
                    let mut adds_up = true;
                    let stage = &self.stage;
                    stage.go_on(steps, || adds_up &= stage.ledger().adds_up());
                    prop_assert!(adds_up, "the ledger is wrong after a step");
                }
                Statement::Elapse(time) => self.stage.elapse(time),
            }
            let ledger = self.stage.ledger();
            prop_assert!(ledger.adds_up(), "{statement:?}: {ledger}");
        }
        Ok(())
    }

    fn make(&mut self, kind: Kind) {
        let number = self.tasks.len();
        self.log.open_entry();
        let token = self.log.token(number);
        let value = number as u64;
        let submitted = "an executor takes tasks until it is shut down";
        let future = match kind {
            Kind::Returns | Kind::Panics | Kind::Timed(_) => {
                let timeout = match kind {
                    // On a pool nothing is to be late.
                    Kind::Timed(_) if !S::REFUSES_WAITS => Some(Duration::from_secs(3600)),
                    Kind::Timed(time) => Some(Duration::from_millis(time)),
                    _ => None,
                };
                let closure = move || {
                    token.note_run();
                    assert!(kind != Kind::Panics, "task {number} was to panic");
                    value
                };
                self.stage.submit(timeout, closure).expect(submitted)
            }
            Kind::Pauses(time) => {
                let pause = self.stage.pause(time);
                let polled = Polled(
                    Box::pin(async move {
                        pause.await;
                        value
                    }),
                    token,
                );
                self.stage.spawn(polled).expect(submitted)
            }
            Kind::WaitsForLight => {
                let seen = self.light.clone().seen();
                let polled = Polled(
                    Box::pin(async move {
                        seen.await;
                        value
                    }),
                    token,
                );
                self.stage.spawn(polled).expect(submitted)
            }
            Kind::Maps(before) => self.take(before).map(move |value| {
                token.note_run();
                value + MAPPED
            }),
            Kind::WaitsFor(awaited) => {
                let awaited = self.take(awaited);
                let closure = move || {
                    token.note_run();
                    match Outcome::of_result(&awaited.result()) {
                        Some(Outcome::Value(value)) => WAITED + value,
                        Some(_) => WAITED,
                        None => REFUSED,
                    }
                };
                self.stage.submit(None, closure).expect(submitted)
            }
        };
        self.log.watch(number, &future, self.stage.clock());
        self.tasks.push(Task {
            kind,
            future: Some(future),
            made: (self.stage.clock())(),
            cancelled: None,
            is_asked: false,
            callbacks: 0,
        });
    }

    fn take(&mut self, task: usize) -> TaskFuture<u64> {
        let future = self.tasks[task].future.take();
        future.expect("a program has the future that it goes on with")
    }

    fn cancel(
        &mut self,
        task: usize,
        cancel: fn(&TaskFuture<u64>) -> bool,
    ) -> Result<(), TestCaseError> {
        let Some(future) = &self.tasks[task].future else {
            return Ok(());
        };
        let before = future.state();
        let did = cancel(future);
        let after = future.state();
        let entry = self.log.entry(task);
        if did {
            prop_assert!(!before.is_done() && after == State::Cancelled);
            prop_assert_eq!(entry.drops, 1, "the body of #{} is there", task);
            let told: Vec<_> = entry.outcomes.iter().map(|(outcome, _)| *outcome).collect();
            prop_assert_eq!(
                told,
                [Outcome::Cancelled],
                "callbacks run before it returns"
            );
            self.tasks[task].cancelled = Some(entry.runs);
        } else if self.stage.is_still() {
            prop_assert!(before.is_done(), "#{task} was {before:?}, and nothing runs");
        } else {
            prop_assert!(after != State::Pending, "#{task} can be cancelled");
            self.tasks[task].is_asked = true;
        }
        Ok(())
    }

    fn add_callback(&mut self, task: usize) {
        let known = &mut self.tasks[task];
        if let Some(future) = &known.future {
            let (log, turn) = (self.log.clone(), known.callbacks);
            future.add_done_callback(move |_| {
                log.change(task, |entry| entry.callbacks.push(turn));
            });
            known.callbacks += 1;
        }
    }

    fn wait(&mut self, task: usize) -> Result<(), TestCaseError> {
        if !S::REFUSES_WAITS && (self.stage.is_still() || self.may_hang(task)) {
            return self.wait_timeout(task, 0);
        }
        let Some(future) = self.tasks[task].future.take() else {
            return Ok(());
        };
        let outcome = future.result();
        if let Some(outcome) = Outcome::of_result(&outcome) {
            return self.check_told(task, outcome);
        }
        let Err(ResultError::Wait(error, future)) = outcome else {
            unreachable!("every other result is an outcome");
        };
        prop_assert!(S::REFUSES_WAITS && error == WaitError::Stalled, "{error}");
        prop_assert!(!future.done());
        prop_assert_eq!(self.stage.ledger().queued, 0, "something was ready");
        self.tasks[task].future = Some(future);
        Ok(())
    }

    fn wait_timeout(&mut self, task: usize, time: u64) -> Result<(), TestCaseError> {
        let Some(future) = self.tasks[task].future.take() else {
            return Ok(());
        };
        let timeout = match S::REFUSES_WAITS {
            true => Duration::from_millis(time),
            false => Duration::ZERO,
        };
        let start = (self.stage.clock())();
        match future.wait_timeout(timeout) {
            Ok(outcome) => {
                let outcome = outcome.as_ref().map(|value| *value);
                self.check_told(task, Outcome::of(outcome))
            }
            Err(future) => {
                let waited = (self.stage.clock())() - start;
                // A task that waits may be in the way for longer.
                prop_assert!(!S::REFUSES_WAITS || waited >= timeout && !future.done());
                self.tasks[task].future = Some(future);
                Ok(())
            }
        }
    }

    fn check_told(&self, task: usize, outcome: Outcome) -> Result<(), TestCaseError> {
        let entry = self.log.entry(task);
        let told = entry.outcomes.first().map(|(outcome, _)| *outcome);
        prop_assert_eq!(told, Some(outcome), "of #{}", task);
        Ok(())
    }

    /// Whether a wait for it ends only if the light is switched on.
    fn may_hang(&self, task: usize) -> bool {
        match self.tasks[task].kind {
            Kind::WaitsForLight => true,
            Kind::Maps(other) | Kind::WaitsFor(other) => self.may_hang(other),
            _ => false,
        }
    }

    fn end(&mut self, ending: Ending) -> Result<(), TestCaseError> {
        match ending {
            Ending::Drop => return Ok(()),
            Ending::Shutdown => match self.stage.shut_down(&self.light) {
                Err(ShutdownError::Stalled) => {
                    let hangs = (0..self.tasks.len()).any(|task| self.may_hang(task));
                    prop_assert!(S::REFUSES_WAITS && hangs);
                    prop_assert!(self.stage.ledger().suspended > 0);
                }
                ended => prop_assert_eq!(ended, Ok(())),
            },
            Ending::ShutdownNow => {
                let (is_still, ledger) = (self.stage.is_still(), self.stage.ledger());
                let cancelled = self.stage.shut_down_now() as u64;
                let expected = ledger.queued + ledger.suspended;
                prop_assert!(
                    !is_still || cancelled == expected,
                    "{cancelled} of {ledger}"
                );
                prop_assert_eq!(self.stage.ledger().live(), 0);
            }
        }
        prop_assert!(self.stage.submit(None, || 0).is_err(), "it takes tasks");
        Ok(())
    }
}

/// A future that tells of each poll.
struct Polled(Pin<Box<dyn Future<Output = u64> + Send>>, Token);

impl Future for Polled {
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u64> {
        self.1.note_run();
        self.0.as_mut().poll(context)
    }
}
