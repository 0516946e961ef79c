//! What the machine itself takes for the steps that every pool is made of.

use std::hint::{black_box, spin_loop};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
use std::sync::mpsc;
use std::thread;

use crossbeam_deque::{Injector, Steal, Worker};
use crossbeam_utils::CachePadded;

use crate::meter::Meter;
use crate::workload::{Contestant, Played, Sizes, Unit, Workload};
use crate::workloads::rested;

/// Not a workload of a pool: the steps in isolation.
pub(crate) const WORKLOAD: Workload = Workload {
    name: "limits",
    title: "the steps that every pool is made of",
    unit: Unit::Nanoseconds,
    sizes: Sizes {
        full: 1_000_000,
        quick: 200_000,
    },
    contestants: &[
        Contestant::new("uncontended atomic addition", atomic),
        Contestant::new("SeqCst fence", sequential_fence),
        Contestant::new("cache line there and back", cache_line),
        Contestant::new("deque push and pop", push_and_pop),
        Contestant::new("deque push and steal", push_and_steal),
        Contestant::new("injector push and steal", injector),
        Contestant::new("64 bytes allocated and freed", allocation),
        Contestant::new("64 bytes freed on another core", allocation_elsewhere),
        Contestant::new("Arc handed to another core", hand_over),
        Contestant::new("wake with nobody waiting", wake_nobody),
        Contestant::new("parked round trip", parked_round_trip),
        Contestant::new("thread start and join", thread_start),
    ],
    goals: &[],
};

/// How many blocks cross to another core at a time, so that what carries them costs nothing beside them.
const BATCH: u64 = 1_000;
/// How much rarer the slow steps are measured.
const SLOW: u64 = 100;

fn timed(times: u64, mut step: impl FnMut(u64)) -> Played {
    let meter = Meter::start();
    for number in 0..times {
        step(number);
    }
    Played::per_operation(times, meter.stop())
}

fn atomic(times: u64) -> Played {
    let count = AtomicU64::new(0);
    timed(times, |_| {
        count.fetch_add(1, Ordering::Relaxed);
    })
}

fn sequential_fence(times: u64) -> Played {
    let count = AtomicU64::new(0);
    timed(times, |number| {
        count.store(number, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        black_box(count.load(Ordering::Relaxed));
    })
}

/// Two threads that spin on each other's word.
pub(crate) fn cache_line(times: u64) -> Played {
    let there = CachePadded::new(AtomicU64::new(0));
    let back = CachePadded::new(AtomicU64::new(0));
    let await_value = |word: &AtomicU64, value| {
        while word.load(Ordering::Acquire) != value {
            spin_loop();
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1..=times {
                await_value(&there, number);
                back.store(number, Ordering::Release);
            }
        });
        timed(times, |number| {
            there.store(number + 1, Ordering::Release);
            await_value(&back, number + 1);
        })
    })
}

fn push_and_pop(times: u64) -> Played {
    let deque = Worker::new_lifo();
    timed(times, |number| {
        deque.push(number);
        assert_eq!(black_box(deque.pop()), Some(number));
    })
}

fn push_and_steal(times: u64) -> Played {
    let deque = Worker::new_lifo();
    let stealer = deque.stealer();
    timed(times, |number| {
        deque.push(number);
        assert_eq!(black_box(stealer.steal()), Steal::Success(number));
    })
}

fn injector(times: u64) -> Played {
    let injector = Injector::new();
    timed(times, |number| {
        injector.push(number);
        assert_eq!(black_box(injector.steal()), Steal::Success(number));
    })
}

fn allocation(times: u64) -> Played {
    timed(times, |number| drop(black_box(Box::new([number; 8]))))
}

fn allocation_elsewhere(times: u64) -> Played {
    elsewhere(times, |number| Box::new([number; 8]), drop)
}

/// What a task and its handle share goes to another core, is written there and let go, and then let go here.
pub(crate) fn hand_over(times: u64) -> Played {
    let mut kept = Vec::with_capacity(times as usize);
    let played = elsewhere(
        times,
        |number| {
            let shared = Arc::new([AtomicU64::new(number), AtomicU64::new(0)]);
            kept.push(Arc::clone(&shared));
            shared
        },
        |shared| {
            let number = shared[0].load(Ordering::Relaxed);
            shared[1].store(number, Ordering::Release);
        },
    );
    let meter = Meter::start();
    let sum: u64 = kept
        .into_iter()
        .map(|shared| shared[1].load(Ordering::Acquire))
        .sum();
    let seconds = meter.stop().seconds;
    assert_eq!(sum, times * (times - 1) / 2);
    Played {
        value: played.value + seconds * 1e9 / times as f64,
        ..played
    }
}

/// The same without another core.
pub(crate) fn make_and_drop(times: u64) {
    for number in 0..times {
        let shared = Arc::new([AtomicU64::new(number), AtomicU64::new(0)]);
        let handle = Arc::clone(&shared);
        shared[1].store(number, Ordering::Release);
        drop(black_box(shared));
        assert_eq!(handle[1].load(Ordering::Acquire), number);
    }
}

/// Makes values here and uses them up on another core.
fn elsewhere<T: Send>(
    times: u64,
    mut make: impl FnMut(u64) -> T,
    consume: impl Fn(T) + Sync,
) -> Played {
    let (sender, receiver) = mpsc::sync_channel::<Vec<T>>(8);
    let meter = Meter::start();
    thread::scope(|scope| {
        scope.spawn(|| {
            for batch in receiver {
                batch.into_iter().for_each(&consume);
            }
        });
        for batch in 0..times / BATCH {
            let numbers = batch * BATCH..(batch + 1) * BATCH;
            let made = numbers.map(&mut make).collect();
            sender.send(made).expect("the other thread receives");
        }
        drop(sender);
    });
    Played::per_operation(times, meter.stop())
}

fn wake_nobody(times: u64) -> Played {
    let word = AtomicU32::new(0);
    timed(times / SLOW, |_| atomic_wait::wake_one(&word))
}

/// Two threads that wake each other at once.
fn parked_round_trip(times: u64) -> Played {
    woken_by_turns(|wake| timed(times / SLOW, wake), times / SLOW)
}

/// The same with a rest before each turn.
pub(crate) fn cold_wake(times: u64) -> Played {
    woken_by_turns(|wake| rested(times, wake), times)
}

/// This thread wakes another one and parks until that one wakes it, so many times.
fn woken_by_turns(play: impl FnOnce(&mut dyn FnMut(u64)) -> Played, times: u64) -> Played {
    let (there, back) = (AtomicU64::new(0), AtomicU64::new(0));
    let first = thread::current();
    let await_value = |word: &AtomicU64, value| {
        while word.load(Ordering::Acquire) != value {
            thread::park();
        }
    };
    thread::scope(|scope| {
        let second = scope.spawn(|| {
            for number in 1..=times {
                await_value(&there, number);
                back.store(number, Ordering::Release);
                first.unpark();
            }
        });
        play(&mut |number| {
            there.store(number + 1, Ordering::Release);
            second.thread().unpark();
            await_value(&back, number + 1);
        })
    })
}

fn thread_start(times: u64) -> Played {
    timed(times / SLOW / 10, |number| {
        let thread = thread::spawn(move || number);
        assert_eq!(thread.join().expect("it returns"), number);
    })
}
