use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use creel_core::Context;
use creel_testkit::ManualSignal;
use proptest::prelude::*;

use super::{Handover, Intake, Limits, Picture, Taken};
use crate::live::Trouble;
use crate::{Moment, Patience, PixelFormat, Size};

const PATIENT: Patience = Patience {
    first: Duration::MAX,
    stall: Duration::MAX,
};

/// A picture that is known by how many bytes it has.
fn picture(bytes: usize) -> Picture {
    Picture {
        captured_at: Moment::now(),
        size: Size::new(1, 1),
        format: PixelFormat::Jpeg,
        bytes: vec![0; bytes].into(),
        lost_before: 0,
    }
}

fn handover(pictures: usize, bytes: usize) -> Arc<Handover> {
    Handover::new(Limits { pictures, bytes })
}

/// The bytes of the next picture, and what is lost before it.
fn taken(handover: &Handover) -> (usize, u64) {
    match handover.take(&Context::new(), PATIENT) {
        Taken::Picture(picture) => (picture.bytes.len(), picture.lost_before),
        other => panic!("no picture but {other:?}"),
    }
}

fn end(handover: &Handover, patience: Patience) -> Result<(), Trouble> {
    match handover.take(&Context::new(), patience) {
        Taken::End(end) => end,
        other => panic!("no end but {other:?}"),
    }
}

#[test]
fn what_does_not_fit_is_the_oldest_and_is_told() {
    let handover = handover(2, 100);
    let intake = handover.open();
    (1..=5).for_each(|bytes| intake.push(picture(bytes)));
    assert_eq!(taken(&handover), (4, 3));
    assert_eq!(taken(&handover), (5, 0));
    intake.lose(2);
    intake.push(picture(60));
    intake.push(picture(50));
    assert_eq!(taken(&handover), (50, 3));
    // One alone is taken whatever its size.
    intake.push(picture(500));
    assert_eq!(taken(&handover), (500, 0));
}

#[test]
fn an_end_comes_behind_the_last_picture_and_a_crash_is_one() {
    let handover = handover(8, 100);
    let intake = handover.open();
    intake.push(picture(1));
    intake.finish(Ok(()));
    assert_eq!(taken(&handover), (1, 0));
    assert!(end(&handover, PATIENT).is_ok());
    drop(handover.open());
    assert!(matches!(end(&handover, PATIENT), Err(Trouble::Crashed)));
}

#[test]
fn a_stream_that_gives_nothing_has_two_limits() {
    let handover = handover(8, 100);
    let intake = handover.open();
    let first = Patience {
        first: Duration::ZERO,
        ..PATIENT
    };
    assert!(matches!(end(&handover, first), Err(Trouble::Silent(_))));
    intake.push(picture(1));
    assert_eq!(taken(&handover), (1, 0));
    let next = Patience {
        stall: Duration::ZERO,
        ..PATIENT
    };
    assert!(matches!(end(&handover, next), Err(Trouble::Stalled(_))));
}

#[test]
fn nothing_is_taken_of_a_closed_connection_and_its_reader_is_stopped() {
    let handover = handover(8, 100);
    let old = handover.open();
    let (stopped, is_stopped) = mpsc::channel();
    let stop = stopped.clone();
    old.on_close(move || stop.send("while open").unwrap());
    old.push(picture(1));
    handover.close();
    assert_eq!(is_stopped.recv(), Ok("while open"));
    old.on_close(move || stopped.send("behind its end").unwrap());
    assert_eq!(is_stopped.recv(), Ok("behind its end"));

    let new = handover.open();
    old.push(picture(2));
    old.lose(7);
    assert!(!old.pause(Duration::ZERO));
    old.finish(Err(Trouble::Ended));
    new.push(picture(3));
    // The picture that nobody took is lost, and that of the old connection was none.
    assert_eq!(taken(&handover), (3, 1));
}

#[test]
fn a_cancelled_wait_ends_and_so_does_a_pause() {
    let handover = handover(8, 100);
    let intake = handover.open();
    let signal = ManualSignal::new();
    let context = signal.context();
    thread::scope(|scope| {
        let takes = scope.spawn(|| {
            context.on_cancel(&handover.waker());
            handover.take(&context, PATIENT)
        });
        let pauses = scope.spawn(|| intake.pause(Duration::from_secs(3600)));
        signal.wait_until_looked_at();
        signal.cancel();
        assert!(matches!(takes.join().unwrap(), Taken::Cancelled));
        handover.close();
        assert!(!pauses.join().unwrap());
    });
    assert!(handover.open().pause(Duration::ZERO));
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Push(usize),
    Lose(u64),
    Take,
    Reopen,
}

proptest! {
    #[test]
    fn every_picture_is_taken_or_told_as_lost(
        events in proptest::collection::vec(
            prop_oneof![
                (1_usize..60).prop_map(Event::Push),
                (1_u64..4).prop_map(Event::Lose),
                Just(Event::Take),
                Just(Event::Reopen),
            ],
            0..60,
        ),
    ) {
        let handover = handover(3, 100);
        let mut intake: Intake = handover.open();
        let (mut made, mut told, mut waiting) = (0, 0, 0_usize);
        for event in events {
            match event {
                Event::Push(bytes) => {
                    intake.push(picture(bytes));
                    made += 1;
                    waiting = handover.lock().waiting.len();
                    prop_assert!(waiting <= 3);
                }
                Event::Lose(count) => {
                    intake.lose(count);
                    made += count;
                }
                Event::Take if waiting > 0 => {
                    waiting -= 1;
                    told += 1 + taken(&handover).1;
                }
                Event::Take => {}
                Event::Reopen => {
                    handover.close();
                    intake = handover.open();
                    waiting = 0;
                }
            }
        }
        let state = handover.lock();
        let left: u64 = state.waiting.iter().map(|picture| 1 + picture.lost_before).sum();
        prop_assert_eq!(made, told + left + state.lost);
        prop_assert!(state.bytes <= 100);
    }
}
