use std::collections::VecDeque;
use std::error::Error;
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use creel_core::port::SourceError;
use creel_core::{Context, Source};
use creel_testkit::contract;

use super::{Intake, Live, Picture, Trouble, Wire};
use crate::{Frame, Moment, Patience, PixelFormat, Size};

/// What one connection does.
enum Script {
    /// Gives pictures, captured so many milliseconds from the start, and ends.
    Give(Vec<u64>, Result<(), Trouble>),
    /// Gives a picture and then nothing, until it is closed.
    Freeze,
    Panic,
}

/// A wire whose connections follow one script each.
struct Scripted {
    start: Instant,
    connections: Mutex<VecDeque<Script>>,
}

impl Wire for Scripted {
    const THREAD: &'static str = "scripted";

    fn read(&self, intake: &Intake) -> Result<(), Trouble> {
        let script = self.connections.lock().unwrap().pop_front();
        match script.expect("no further connection is expected") {
            Script::Give(times, end) => {
                for time in times {
                    intake.push(picture(self.start + Duration::from_millis(time)));
                }
                end
            }
            Script::Freeze => {
                intake.push(picture(self.start));
                let (stop, is_stopped) = mpsc::channel();
                intake.on_close(move || stop.send(()).unwrap());
                is_stopped.recv().unwrap();
                Ok(())
            }
            Script::Panic => panic!("on purpose"),
        }
    }
}

fn picture(at: Instant) -> Picture {
    Picture {
        captured_at: Moment {
            monotonic: at,
            ..Moment::now()
        },
        size: Size::new(1, 1),
        format: PixelFormat::Jpeg,
        bytes: vec![0].into(),
        lost_before: 0,
    }
}

fn live(scripts: impl IntoIterator<Item = Script>, patience: Patience) -> Live<Scripted> {
    let wire = Scripted {
        start: Instant::now(),
        connections: Mutex::new(scripts.into_iter().collect()),
    };
    Live::new(wire, "rtsp://door/live".into(), patience)
}

fn next(live: &mut Live<Scripted>) -> Result<Option<Frame>, SourceError> {
    live.next(&Context::new())
}

fn frame(live: &mut Live<Scripted>) -> Frame {
    next(live).unwrap().expect("a live stream has no end")
}

fn disconnection(live: &mut Live<Scripted>) -> String {
    match next(live) {
        Err(SourceError::Disconnected(error)) => told(&*error),
        other => panic!("no disconnection but {other:?}"),
    }
}

/// The camera, and what is wrong with it.
fn told(error: &(dyn Error + 'static)) -> String {
    format!("{error}: {}", error.source().unwrap())
}

#[test]
fn the_end_of_a_stream_is_a_disconnection_and_the_next_call_connects_again() {
    let scripts = [
        Script::Give(vec![10, 20], Ok(())),
        Script::Panic,
        Script::Give(vec![5, 30], Ok(())),
    ];
    let mut live = live(scripts, Patience::default());
    let before = [frame(&mut live), frame(&mut live)];
    assert_eq!(
        disconnection(&mut live),
        "rtsp://door/live: the stream has ended"
    );
    assert!(disconnection(&mut live).ends_with("has panicked"));
    let after = [frame(&mut live), frame(&mut live)];
    let frames = [before, after].concat();
    let numbers: Vec<_> = frames.iter().map(|frame| frame.number).collect();
    assert_eq!(numbers, [0, 1, 2, 3]);
    let times = frames.iter().map(|frame| frame.captured_at.monotonic);
    assert!(times.is_sorted(), "the clock ran backwards");
}

#[test]
fn a_frozen_stream_is_a_disconnection_after_its_patience() {
    let patience = Patience {
        stall: Duration::from_millis(20),
        ..Patience::default()
    };
    let mut live = live([Script::Freeze, Script::Freeze], patience);
    for number in 0..2 {
        assert_eq!(frame(&mut live).number, number);
        let message = disconnection(&mut live);
        assert_eq!(message, "rtsp://door/live: no frame for 0.02 s");
    }
}

#[test]
fn what_would_be_the_same_again_is_a_failure_unless_there_was_a_frame_before() {
    let refusal = || Err(Trouble::Refused { status: 401 });
    let mut locked = live([Script::Give(vec![], refusal())], Patience::default());
    match next(&mut locked) {
        Err(SourceError::Failed(error)) => assert!(told(&*error).contains("password")),
        other => panic!("no failure but {other:?}"),
    }
    assert!(next(&mut locked).unwrap().is_none());

    let scripts = [
        Script::Give(vec![1], refusal()),
        Script::Give(vec![2], refusal()),
    ];
    let mut restarting = live(scripts, Patience::default());
    for number in 0..2 {
        assert_eq!(frame(&mut restarting).number, number);
        assert!(disconnection(&mut restarting).contains("401"));
    }
}

impl Source for Live<Scripted> {
    type Item = Frame;

    fn next(&mut self, context: &Context) -> Result<Option<Frame>, SourceError> {
        // The inherent one.
        Self::next(self, context)
    }
}

#[test]
fn a_stream_that_waits_keeps_the_contract() {
    contract::source_waits(|| live([Script::Freeze], Patience::default()), 1);
}
