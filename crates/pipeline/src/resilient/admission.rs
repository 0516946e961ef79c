//! Waiting for one's turn to send.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Instant;

use creel_core::Context;
use creel_runtime::{Sleep, sleep_until};

use super::gate::{Gate, Permit, State, Turn};
use super::not_sent::Refusal;
use super::now;

/// Who wants to send.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entrant {
    /// Its place in line: lower ones go first.
    pub(super) number: u64,
    /// What it counts against the rate by weight.
    pub(super) weight: u64,
    pub(super) is_retry: bool,
    /// It is no use later than this.
    pub(super) end: Option<Instant>,
}

/// Waits in line, without holding a thread, until it may send.
#[must_use = "nobody waits unless this is awaited"]
pub(super) struct Admit<'a> {
    gate: &'a Arc<Gate>,
    entrant: Entrant,
    context: &'a Context,
    in_line: bool,
    alarm: Option<(Instant, Sleep)>,
}

impl<'a> Admit<'a> {
    pub(super) fn new(gate: &'a Arc<Gate>, entrant: Entrant, context: &'a Context) -> Self {
        Self {
            gate,
            entrant,
            context,
            in_line: false,
            alarm: None,
        }
    }

    /// Waits, also for a time, unless that is too late.
    fn wait(&mut self, until: Option<Instant>, task: &mut TaskContext<'_>) -> Poll<()> {
        self.context.on_cancel(task.waker());
        self.context.on_fail_fast(task.waker());
        let Some(when) = [until, self.entrant.end].into_iter().flatten().min() else {
            return Poll::Pending;
        };
        if self.alarm.as_ref().is_none_or(|(known, _)| *known != when) {
            self.alarm = Some((when, sleep_until(when)));
        }
        match &mut self.alarm {
            Some((_, sleep)) => Pin::new(sleep).poll(task),
            None => Poll::Pending,
        }
    }

    /// Leaves the line, if it stands there, and lets the next have its turn.
    fn leave(&mut self, mut state: std::sync::MutexGuard<'_, State>) {
        if std::mem::take(&mut self.in_line) {
            let waker = state.line.remove(&self.entrant.number);
            Gate::wake_first(state);
            drop(waker);
        }
    }
}

impl Future for Admit<'_> {
    type Output = Result<Permit, Refusal>;

    fn poll(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            let gate = this.gate;
            let mut state = gate.lock();
            if this.context.is_cancelled() {
                this.leave(state);
                return Poll::Ready(Err(Refusal::Cancelled));
            }
            if this.entrant.end.is_some_and(|end| end <= now()) {
                this.leave(state);
                return Poll::Ready(Err(Refusal::OutOfTime));
            }
            let first = state.line.keys().next();
            let turn = if first.is_none_or(|first| this.entrant.number <= *first) {
                Gate::turn(gate, &mut state, &this.entrant)
            } else {
                Turn::Wait
            };
            let until = match turn {
                Turn::Go(permit) => {
                    this.leave(state);
                    return Poll::Ready(Ok(permit));
                }
                Turn::Refuse(refusal) => {
                    this.leave(state);
                    return Poll::Ready(Err(refusal));
                }
                Turn::Wait | Turn::Until(_) if this.context.fails_fast() => {
                    this.leave(state);
                    return Poll::Ready(Err(Refusal::Hasty));
                }
                Turn::Wait => None,
                Turn::Until(until) => Some(until),
            };
            let before = state.line.insert(this.entrant.number, task.waker().clone());
            this.in_line = true;
            drop(state);
            drop(before);
            if this.wait(until, task).is_pending() {
                return Poll::Pending;
            }
            // That time has come already.
            this.alarm = None;
        }
    }
}

impl Drop for Admit<'_> {
    fn drop(&mut self) {
        let state = self.gate.lock();
        self.leave(state);
    }
}
