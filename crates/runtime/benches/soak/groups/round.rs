//! One use of many futures.

use std::sync::Arc;
use std::time::Duration;

use creel_runtime::{
    JoinError, ResultError, TaskError, TaskFuture, ThreadPool, WaitFor, as_completed, wait,
};

use super::crew::{Crew, Fate};

const TASKS_MAX: u64 = 16;
const CHAIN_MAX: u64 = 8;
const TIMEOUT_MAX_MICROS: u64 = 200;
/// The number of a task that another one added.
const ADDED: u64 = 1_000;

pub(crate) struct Round {
    pub(crate) pool: Arc<ThreadPool>,
    pub(crate) crew: Arc<Crew>,
    pub(crate) random: fastrand::Rng,
}

impl Round {
    pub(crate) fn play(mut self) {
        match self.random.u8(..8) {
            0 => self.join_group(),
            1 => self.drop_group(),
            2 => self.complete(),
            3 => self.wait(),
            4 | 5 => self.chain(),
            6 => self.share(),
            _ => self.map(),
        }
    }

    /// A group whose first error cancels the rest; some of its tasks add others.
    fn join_group(&mut self) {
        let mut group = self.pool.group();
        let fates = self.fates();
        let mut expected = Vec::new();
        for (number, fate) in (0..).zip(&fates) {
            let body = self.crew.body(number, *fate);
            expected.push(number);
            let added = match self.random.u8(..4) {
                0 => group.spawn(async move { body.run() }).is_ok(),
                1 => {
                    let child = self.crew.body(ADDED, Fate::Value);
                    let handle = group.handle();
                    expected.push(ADDED);
                    let parent = group.submit(move || {
                        // Refused once the group is cancelled.
                        let _number = handle.submit(move || child.run());
                        body.run()
                    });
                    parent.is_ok()
                }
                _ => group.submit(move || body.run()).is_ok(),
            };
            assert!(added);
        }
        expected.sort_unstable();
        match group.join_all() {
            Ok(mut values) => {
                values.sort_unstable();
                assert!(!fates.contains(&Fate::Panic));
                assert_eq!(values, expected);
            }
            Err(JoinError::Task(TaskError::Panicked(_))) => {
                assert!(fates.contains(&Fate::Panic));
            }
            Err(error) => panic!("{error}"),
        }
        assert!(group.is_empty());
    }

    /// A group of which only some outcomes are taken.
    fn drop_group(&mut self) {
        let mut group = self.pool.group();
        let fates = self.fates();
        for (number, fate) in (0..).zip(&fates) {
            let body = self.crew.body(number, *fate);
            assert!(group.submit(move || body.run()).is_ok());
        }
        for _ in 0..self.random.usize(..=fates.len()) {
            let (number, outcome) = group.next().expect("there are more");
            check(number, &fates, outcome);
        }
    }

    /// Outcomes as they come, each once.
    fn complete(&mut self) {
        let fates = self.fates();
        let mut missing = vec![true; fates.len()];
        let futures = self.submit_all(&fates);
        for (place, outcome) in as_completed(futures) {
            assert!(std::mem::take(&mut missing[place]), "each comes once");
            check(place, &fates, outcome);
        }
        assert!(!missing.contains(&true));
    }

    /// A wait for some of them, which takes nothing.
    fn wait(&mut self) {
        let fates = self.fates();
        let futures = self.submit_all(&fates);
        let timeout = Duration::from_micros(self.random.u64(..TIMEOUT_MAX_MICROS));
        let timeout = self.random.bool().then_some(timeout);
        let (until, needs): (_, fn(&Fate) -> bool) = match self.random.u8(..3) {
            0 => (WaitFor::FirstCompleted, |_| true),
            1 => (WaitFor::FirstError, |fate| *fate == Fate::Panic),
            _ => (WaitFor::All, |_| false),
        };
        let waited = wait(&futures, until, timeout).unwrap();
        assert!(waited.done.iter().all(|place| futures[*place].done()));
        assert_eq!(waited.done.len() + waited.not_done.len(), fates.len());
        let is_met = waited.done.iter().any(|place| needs(&fates[*place]));
        assert!(is_met || waited.not_done.is_empty() || timeout.is_some());
        for (place, future) in futures.into_iter().enumerate() {
            check(place, &fates, future.result());
        }
    }

    /// Tasks that each go on with the value of the one before.
    fn chain(&mut self) {
        let steps = self.random.u64(1..=CHAIN_MAX);
        let panics_at = (self.random.u8(..3) == 0).then(|| self.random.u64(..=steps));
        let fate = |step| match panics_at == Some(step) {
            true => Fate::Panic,
            false => Fate::Value,
        };
        let mut future = self.submit(0, fate(0));
        for step in 1..=steps {
            let body = self.crew.body(1, fate(step));
            future = match self.random.bool() {
                true => future.map(move |sum| sum + body.run()),
                false => future.then(move |sum| async move { sum + body.run() }),
            };
        }
        let is_cancelled = self.random.u8(..4) == 0 && future.cancel();
        match future.result() {
            Ok(sum) => assert!(sum == steps && panics_at.is_none() && !is_cancelled),
            Err(ResultError::Task(TaskError::Panicked(_))) => {
                assert!(panics_at.is_some() && !is_cancelled);
            }
            Err(ResultError::Task(TaskError::Cancelled)) => assert!(is_cancelled),
            Err(error) => panic!("{error}"),
        }
    }

    /// One future that several tasks wait for, and go on from.
    fn share(&mut self) {
        let shared = self.submit(7, Fate::Value).shared();
        let others: Vec<_> = (0..self.random.usize(1..4))
            .map(|number| {
                let shared = shared.clone();
                match number % 2 {
                    0 => shared.map(|value: &u64| *value),
                    _ => self.pool.submit(move || shared.result().unwrap()).unwrap(),
                }
            })
            .collect();
        assert_eq!(shared.result().unwrap(), 7);
        for other in others {
            assert_eq!(other.result().unwrap(), 7);
        }
    }

    /// A function over many items, to the end or not.
    fn map(&mut self) {
        let count = self.random.u64(1..=4 * TASKS_MAX);
        let taken = self.random.u64(..=count);
        let (buffer, chunk) = (self.random.usize(1..8), self.random.usize(1..4));
        let crew = Arc::clone(&self.crew);
        let function = move |number| crew.body(number, Fate::Value).run();
        let is_ordered = self.random.bool();
        let mapped = match is_ordered {
            true => self.pool.map(0..count, function),
            false => self.pool.map_unordered(0..count, function),
        };
        let results = mapped.buffer(buffer).chunk(chunk).take(taken as usize);
        let mut values: Vec<_> = results.map(Result::unwrap).collect();
        if is_ordered {
            assert!(values.iter().copied().eq(0..taken));
        }
        values.sort_unstable();
        values.dedup();
        assert_eq!(values.len() as u64, taken, "each item is mapped once");
    }

    fn fates(&mut self) -> Vec<Fate> {
        let is_smooth = self.random.bool();
        (0..self.random.u64(1..=TASKS_MAX))
            .map(|_| match is_smooth || self.random.u8(..8) > 0 {
                true => Fate::Value,
                false => Fate::Panic,
            })
            .collect()
    }

    fn submit_all(&self, fates: &[Fate]) -> Vec<TaskFuture<u64>> {
        let numbered = (0..).zip(fates);
        numbered
            .map(|(number, fate)| self.submit(number, *fate))
            .collect()
    }

    fn submit(&self, number: u64, fate: Fate) -> TaskFuture<u64> {
        let body = self.crew.body(number, fate);
        self.pool.submit(move || body.run()).unwrap()
    }
}

/// Compares an outcome with what was to come.
fn check(place: usize, fates: &[Fate], outcome: Result<u64, ResultError<u64>>) {
    match outcome {
        Ok(value) => assert!(fates[place] == Fate::Value && value == place as u64),
        Err(ResultError::Task(TaskError::Panicked(_))) => assert_eq!(fates[place], Fate::Panic),
        Err(error) => panic!("{error}"),
    }
}
