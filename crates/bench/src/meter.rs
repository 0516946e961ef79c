//! What a stretch of work took: time, processor, switches, allocations.

use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};
use stats_alloc::{INSTRUMENTED_SYSTEM, Stats};

/// Measures from its start on, all threads of the process together.
pub(crate) struct Meter {
    usage: Usage,
    allocated: Stats,
    started: Instant,
}

/// What was taken between start and stop.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Effort {
    /// On the clock.
    pub(crate) seconds: f64,
    /// On all processors together, in user space and in the kernel.
    pub(crate) cpu_seconds: f64,
    /// How often a thread gave its processor up because it had to wait.
    pub(crate) voluntary_switches: u64,
    /// Present when the program counts them.
    pub(crate) allocations: Option<Allocations>,
}

/// What was asked of the allocator.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Allocations {
    /// Blocks, those that were moved to grow or shrink among them.
    pub(crate) count: u64,
    /// Their sizes together.
    pub(crate) bytes: u64,
}

impl Effort {
    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            seconds: self.seconds + other.seconds,
            cpu_seconds: self.cpu_seconds + other.cpu_seconds,
            voluntary_switches: self.voluntary_switches + other.voluntary_switches,
            allocations: self
                .allocations
                .zip(other.allocations)
                .map(|(one, two)| Allocations {
                    count: one.count + two.count,
                    bytes: one.bytes + two.bytes,
                }),
        }
    }
}

impl Meter {
    pub(crate) fn start() -> Self {
        Self {
            allocated: INSTRUMENTED_SYSTEM.stats(),
            usage: usage(),
            started: Instant::now(),
        }
    }

    /// How long it has been running.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn stop(&self) -> Effort {
        let seconds = self.started.elapsed().as_secs_f64();
        let usage = usage();
        let switches = |usage: &Usage| usage.voluntary_context_switches().unsigned_abs();
        Effort {
            seconds,
            cpu_seconds: cpu_seconds(&usage) - cpu_seconds(&self.usage),
            voluntary_switches: switches(&usage) - switches(&self.usage),
            allocations: self.allocations(),
        }
    }

    /// Nothing has ever been counted where another allocator is at work.
    fn allocations(&self) -> Option<Allocations> {
        let now = INSTRUMENTED_SYSTEM.stats();
        (now.allocations > 0).then(|| {
            let count = |stats: &Stats| (stats.allocations + stats.reallocations) as u64;
            Allocations {
                count: count(&now) - count(&self.allocated),
                bytes: (now.bytes_allocated - self.allocated.bytes_allocated) as u64,
            }
        })
    }
}

fn usage() -> Usage {
    getrusage(UsageWho::RUSAGE_SELF).expect("a process may ask for its own usage")
}

fn cpu_seconds(usage: &Usage) -> f64 {
    let microseconds =
        usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    microseconds as f64 / 1e6
}
