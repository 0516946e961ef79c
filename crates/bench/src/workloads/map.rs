//! A function over many items, in the ways that peers have for it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::{WARM_UP, WORKERS, rounds, submission};
use crate::peer::{Pool, Submit};
use crate::peers::{Creel, Crossbeam, Forte, Plain, Rayon, Threadpool, TokioBlocking};
use crate::workload::{CREEL, Contestant, LIMIT, Played};

/// What is mapped.
pub(super) trait Mapped {
    /// How many items Creel is told to give to a task.
    const CHUNK: usize;

    /// Works on an item, and returns it.
    fn work(item: u64) -> u64;
}

/// Everybody who has a map, or handles to make one of.
pub(super) const fn contestants<M: Mapped>() -> [Contestant; 9] {
    [
        Contestant::new(CREEL, |length| Items::of::<M>(length).by_creel(M::CHUNK)),
        Contestant::new("creel, no chunks", |length| {
            Items::of::<M>(length).by_creel(1)
        }),
        Contestant::new("rayon", |length| Items::of::<M>(length).by_rayon()),
        Contestant::new("std scope, index", |length| {
            Items::of::<M>(length).by_scope()
        }),
        Contestant::new("forte", |length| {
            Items::of::<M>(length).by_handles::<Forte>()
        }),
        Contestant::new("crossbeam-channel", |length| {
            Items::of::<M>(length).by_handles::<Crossbeam>()
        }),
        Contestant::new("threadpool", |length| {
            Items::of::<M>(length).by_handles::<Threadpool>()
        }),
        Contestant::new("tokio spawn_blocking", |length| {
            Items::of::<M>(length).by_handles::<TokioBlocking>()
        }),
        Contestant::new(LIMIT, |length| Items::of::<M>(length).alone()),
    ]
}

/// The items of a map: `work` of each of the first so many numbers.
#[derive(Clone, Copy)]
struct Items {
    length: u64,
    work: fn(u64) -> u64,
}

impl Items {
    fn of<M: Mapped>(length: u64) -> Self {
        Self {
            length,
            work: M::work,
        }
    }

    /// Creel's own map, with so many items to a task.
    fn by_creel(self, chunk: usize) -> Played {
        let pool = Creel::<Plain>::start(WORKERS);
        submission::submit_all(pool, WARM_UP);
        self.play(|| {
            let results = pool.0.map(0..self.length, self.work).chunk(chunk);
            results.map(|result| result.expect("no item panics")).sum()
        })
    }

    /// rayon's parallel iterator.
    fn by_rayon(self) -> Played {
        let pool = Rayon::start(WORKERS);
        submission::submit_all(pool, WARM_UP);
        self.play(|| {
            pool.0
                .install(|| (0..self.length).into_par_iter().map(self.work).sum())
        })
    }

    /// A handle for each item.
    fn by_handles<P: Submit>(self) -> Played {
        let pool = P::start(WORKERS);
        submission::submit_all(pool, WARM_UP);
        self.play(|| {
            let handles = (0..self.length).map(|item| pool.submit(move || (self.work)(item)));
            pool.sum(handles.collect())
        })
    }

    /// Threads that take the next number until none is left.
    fn by_scope(self) -> Played {
        self.play(|| {
            let next = AtomicUsize::new(0);
            let take = || {
                let mut sum = 0;
                loop {
                    let item = next.fetch_add(1, Ordering::Relaxed) as u64;
                    if item >= self.length {
                        break sum;
                    }
                    sum += (self.work)(item);
                }
            };
            thread::scope(|scope| {
                let threads: Vec<_> = (0..WORKERS).map(|_| scope.spawn(take)).collect();
                let sums = threads.into_iter().map(|thread| thread.join());
                sums.map(|sum| sum.expect("no item panics")).sum()
            })
        })
    }

    /// Half of what one thread needs.
    fn alone(self) -> Played {
        self.play(|| (0..self.length).map(self.work).sum())
            .shared_by_two()
    }

    /// The value is the median of the rounds, in milliseconds.
    fn play(self, mut sum: impl FnMut() -> u64) -> Played {
        let expected: u64 = (0..self.length).sum();
        let played = rounds::play(self.length, || assert_eq!(sum(), expected));
        Played {
            value: played.value * self.length as f64 / 1e6,
            ..played
        }
    }
}

/// Burns so many microseconds of an ordinary core, and returns the item.
pub(super) fn burn(item: u64, microseconds: u64) -> u64 {
    /// Steps of a chain that cannot be shortened, about 1.4 ns each.
    const STEPS: u64 = 700;
    let mut state = item | 1;
    for _ in 0..STEPS * microseconds {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    std::hint::black_box(state);
    item
}
