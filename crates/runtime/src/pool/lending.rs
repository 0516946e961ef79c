//! Joins on a worker: it lends the second closure to the others while it runs the first.
//!
//! A worker takes from others only while it lends nothing itself: before its first task, or while it waits for what it has
//! lent last, when all that it had lent before is taken as well. So whatever it lends was lent above the job that it runs,
//! and must end before that. Whoever waits for a job may therefore run what its taker lends: it is waited for already.

use std::time::Instant;

use creel_core::ledger::Event;

use super::waiting;
use super::worker::Worker;
use crate::job::{Bench, JobRef, Loan};

impl Bench for Worker {
    #[inline]
    fn lend(&self, job: JobRef) -> Result<(), JobRef> {
        self.own().lent.lend(job)?;
        self.shared().notify_again(self.quiet());
        Ok(())
    }

    #[inline]
    fn take_back(&self) -> Option<JobRef> {
        self.own().lent.take_back()
    }

    #[cold]
    fn wait_for(&self, loan: &Loan) {
        let is_set = || loan.latch().is_set();
        while !is_set() {
            let mut found = self.find_for(loan);
            let looks_on = found.is_some()
                || waiting::outlasts(|| {
                    found = self.find_for(loan);
                    found.is_some() || is_set()
                });
            match found {
                Some(job) => self.run_lent(job),
                None if looks_on => {}
                None => break,
            }
        }
        if !is_set() {
            loan.latch().wait(|thread, is_set| {
                waiting::blocking(|| thread.park_until(None, is_set));
            });
        }
    }
}

impl Worker {
    /// Something that the job waits for, unless another worker has the place of this one.
    fn find_for(&self, loan: &Loan) -> Option<JobRef> {
        let taker = loan.taker().filter(|_| !self.is_blocked())?;
        self.shared().queues().borrow_from(taker)
    }

    /// Runs a job that another worker has lent: as a task of its own, as far as books are kept of those.
    pub(super) fn run_lent(&self, job: JobRef) {
        let census = self.shared().census();
        let listed = census.map(|census| {
            let waiting = job.waiting();
            let id = waiting.id;
            census.enter(waiting, Some(job.location()));
            census.follow(id, Event::Started, Some(self.slot()));
            (census, id, Instant::now())
        });
        self.pen().give_way();
        self.pen().count(Event::Submitted);
        self.pen().count(Event::Started);
        job.run(self.slot(), |ended| {
            if let Some((census, id, start)) = listed {
                self.pen().record_run(start.elapsed());
                census.follow(id, ended, Some(self.slot()));
            }
            self.pen().count(ended);
        });
    }
}
