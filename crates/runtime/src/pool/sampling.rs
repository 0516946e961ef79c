//! Which tasks are measured.

use std::cell::Cell;

use crate::sync::thread_local;

/// One task in so many is measured, on the average.
const PERIOD: u32 = 64;

/// Whether the task that this thread is about to queue is one of those.
///
/// The gaps differ: who submits to two pools in turn has tasks of both measured.
pub(super) fn is_due() -> bool {
    thread_local! {
        static LEFT: Cell<u32> = const { Cell::new(1) };
    }
    LEFT.with(|left| {
        let now_left = left.get() - 1;
        left.set(now_left);
        let is_due = now_left == 0;
        if is_due {
            left.set(gap());
        }
        is_due
    })
}

/// How many tasks until the next one that is measured: from one to nearly twice the period.
#[cold]
fn gap() -> u32 {
    thread_local! {
        static STATE: Cell<u32> = const { Cell::new(0x2545_F491) };
    }
    STATE.with(|state| {
        let mut bits = state.get();
        bits ^= bits << 13;
        bits ^= bits >> 17;
        bits ^= bits << 5;
        state.set(bits);
        1 + bits % (2 * PERIOD - 1)
    })
}

#[cfg(all(test, not(creel_loom)))]
mod tests {
    use super::*;

    #[test]
    fn one_task_in_a_period_is_measured_on_the_average() {
        std::thread::spawn(|| {
            let measured = (0..PERIOD * 1000).filter(|_| is_due()).count();
            assert!((900..1100).contains(&measured), "{measured} of 64,000");
        })
        .join()
        .unwrap();
    }

    #[test]
    fn who_submits_to_two_pools_in_turn_has_tasks_of_both_measured() {
        std::thread::spawn(|| {
            let mut measured = [0, 0];
            for number in 0..6400 {
                measured[number % 2] += u32::from(is_due());
            }
            assert!(measured.iter().all(|count| *count > 20), "{measured:?}");
        })
        .join()
        .unwrap();
    }
}
