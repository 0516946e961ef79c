//! What a thread keeps that submits tasks: how many until the next one is measured, and where it counts them.

use std::cell::Cell;

use crate::sync::thread_local;

/// One task in so many is measured, on the average.
const PERIOD: u32 = 256;

struct Submitter {
    /// How many tasks until one is measured, that one included. The first one is.
    left: Cell<u32>,
    /// Given out with the first one that is measured, so that it need not be asked for each time whether there is one.
    seat: Cell<usize>,
    /// Of the generator of gaps.
    bits: Cell<u32>,
}

thread_local! {
    static SUBMITTER: Submitter = const {
        Submitter {
            left: Cell::new(1),
            seat: Cell::new(NO_SEAT),
            bits: Cell::new(0x2545_F491),
        }
    };
}

/// Of a thread that has submitted nothing; it is as good as any other.
const NO_SEAT: usize = 0;

/// Whether the task that this thread is about to queue is one of those that are measured.
///
/// The gaps differ: who submits to two pools in turn has tasks of both measured.
#[inline]
pub(super) fn is_due() -> bool {
    if cfg!(creel_unbooked) {
        return false;
    }
    SUBMITTER.with(|submitter| {
        let now_left = submitter.left.get() - 1;
        submitter.left.set(now_left);
        let is_due = now_left == 0;
        if is_due {
            submitter.begin_gap();
        }
        is_due
    })
}

/// The seat of this thread among those that submit: any number, mostly another one than other threads have.
#[inline]
pub(super) fn seat() -> usize {
    SUBMITTER.with(|submitter| submitter.seat.get())
}

impl Submitter {
    #[cold]
    fn begin_gap(&self) {
        // Not the model's own: it outlives a model.
        static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(1);
        if self.seat.get() == NO_SEAT {
            let seat = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            self.seat.set(seat);
        }
        self.left.set(self.gap());
    }

    /// How many tasks until the next one that is measured: from one to nearly twice the period.
    fn gap(&self) -> u32 {
        let mut bits = self.bits.get();
        bits ^= bits << 13;
        bits ^= bits >> 17;
        bits ^= bits << 5;
        self.bits.set(bits);
        1 + bits % (2 * PERIOD - 1)
    }
}

#[cfg(all(test, not(creel_loom)))]
mod tests {
    use super::*;

    #[test]
    fn one_task_in_a_period_is_measured_on_the_average() {
        std::thread::spawn(|| {
            let measured = (0..PERIOD * 1000).filter(|_| is_due()).count();
            assert!((900..1100).contains(&measured), "{measured} of 256,000");
        })
        .join()
        .unwrap();
    }

    #[test]
    fn who_submits_to_two_pools_in_turn_has_tasks_of_both_measured() {
        std::thread::spawn(|| {
            let mut measured = [0, 0];
            for number in 0..100 * PERIOD as usize {
                measured[number % 2] += u32::from(is_due());
            }
            assert!(measured.iter().all(|count| *count > 20), "{measured:?}");
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_thread_that_submits_keeps_a_seat_of_its_own() {
        let sit = || {
            std::thread::spawn(|| {
                assert_eq!(seat(), NO_SEAT);
                assert!(is_due(), "the first one is");
                let first = seat();
                let measured = (0..10 * PERIOD).filter(|_| is_due()).count();
                assert!(measured > 0);
                assert_eq!(seat(), first);
                first
            })
            .join()
            .unwrap()
        };
        assert_ne!(sit(), sit());
    }
}
