//! A function over many items, in the ways that peers have for it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::{WARM_UP, WORKERS, rounds, submission};
use crate::peer::{Pool, Submit};
use crate::peers::{Creel, Rayon};
use crate::workload::Played;

/// The items of a map: `work` of each of the first so many numbers.
#[derive(Clone, Copy)]
pub(super) struct Items {
    pub(super) length: u64,
    pub(super) work: fn(u64) -> u64,
}

impl Items {
    /// Creel's own map, with so many items to a task.
    pub(super) fn by_creel(self, chunk: usize) -> Played {
        let pool = Creel::<false>::start(WORKERS);
        submission::submit_all(pool, WARM_UP);
        self.play(|| {
            let results = pool.0.map(0..self.length, self.work).chunk(chunk);
            results.map(|result| result.expect("no item panics")).sum()
        })
    }

    /// rayon's parallel iterator.
    pub(super) fn by_rayon(self) -> Played {
        let pool = Rayon::start(WORKERS);
        submission::submit_all(pool, WARM_UP);
        self.play(|| {
            pool.0
                .install(|| (0..self.length).into_par_iter().map(self.work).sum())
        })
    }

    /// A handle for each item.
    pub(super) fn by_handles<P: Submit>(self) -> Played {
        let pool = P::start(WORKERS);
        submission::submit_all(pool, WARM_UP);
        self.play(|| {
            let handles = (0..self.length).map(|item| pool.submit(move || (self.work)(item)));
            pool.sum(handles.collect())
        })
    }

    /// Threads that take the next number until none is left.
    pub(super) fn by_scope(self) -> Played {
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
    pub(super) fn alone(self) -> Played {
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
