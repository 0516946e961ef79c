//! A flow driven by tasks of the seeded executor, in virtual time: many orders of events, the ledger looked at after
//! each step.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use creel_pipeline::flow::{Capture, Dropped, Flow, Landed, Notice, Submit, Write};
use creel_pipeline::{Order, Place, Policy, Settings};
use creel_runtime::{Seeded, sleep};

const FRAMES: u64 = 40;
const ITEMS: usize = 3;
const WINDOW: usize = 2;
const MILLISECOND: Duration = Duration::from_millis(1);

/// A run on one thread: what the three threads of a real one do are tasks here.
#[derive(Clone)]
struct Run {
    seeded: Arc<Seeded>,
    flow: Arc<Mutex<Flow<u64, String>>>,
    written: Arc<Mutex<Vec<(Place, String)>>>,
}

impl Run {
    fn new(policy: Policy, seed: u64) -> Self {
        let settings = Settings {
            policy,
            items: NonZeroUsize::new(ITEMS).unwrap(),
            window: NonZeroUsize::new(WINDOW).unwrap(),
            order: Order::InCapture,
            ..Settings::default()
        };
        Self {
            seeded: Arc::new(Seeded::new(seed)),
            flow: Arc::new(Mutex::new(Flow::new(settings, 1))),
            written: Arc::default(),
        }
    }

    /// A camera that gives a frame every three milliseconds, and is held up where the policy says so.
    async fn capture(self) {
        for frame in 0..FRAMES {
            sleep(3 * MILLISECOND).await;
            loop {
                let decision = self.flow.lock().unwrap().captured(0, frame, 1);
                match decision {
                    Capture::Buffer { dropped } => {
                        dropped.into_iter().for_each(|one| self.note(one))
                    }
                    Capture::Drop(dropped) => self.note(dropped),
                    Capture::Wait(_) => {
                        sleep(MILLISECOND).await;
                        continue;
                    }
                }
                break;
            }
            self.pump();
        }
        self.flow.lock().unwrap().source_ended();
        self.pump();
    }

    /// A request whose answer takes a while, and that fails now and then.
    async fn request(self, place: Place, frame: u64) {
        let latency = u32::try_from((frame * 7 + self.seeded.seed()) % 23).unwrap();
        sleep(latency * MILLISECOND).await;
        let landed = {
            let mut flow = self.flow.lock().unwrap();
            if frame % 5 == 4 {
                flow.failed(place, Some(format!("{frame} failed")))
            } else {
                flow.answered(place, format!("{frame} answered"))
            }
        };
        assert_eq!(landed, Landed::Queued);
        self.pump();
    }

    fn note(&self, dropped: Dropped<u64>) {
        assert_eq!(dropped.notice, Notice::Make);
        let record = format!("{} dropped: {}", dropped.item, dropped.reason);
        let landed = self.flow.lock().unwrap().noted(dropped.place, Some(record));
        assert_eq!(landed, Landed::Queued);
    }

    /// Submits what may be submitted, and has a task write what can be written.
    fn pump(&self) {
        loop {
            let decision = self.flow.lock().unwrap().submit();
            let Submit::Item(place, frame) = decision else {
                break;
            };
            drop(
                self.seeded
                    .spawn(self.clone().request(place, frame))
                    .unwrap(),
            );
        }
        drop(self.seeded.spawn(self.clone().write()).unwrap());
    }

    /// Writes records one after another, each of which takes a while.
    async fn write(self) {
        loop {
            let decision = self.flow.lock().unwrap().write();
            let Write::Record(place, record) = decision else {
                return;
            };
            sleep(MILLISECOND).await;
            self.written.lock().unwrap().push((place, record));
            self.flow.lock().unwrap().written(place);
            self.pump();
        }
    }

    #[track_caller]
    fn check(&self) {
        let ledger = self.flow.lock().unwrap().ledger();
        assert!(ledger.adds_up(), "{ledger}");
        assert!(ledger.buffered <= ITEMS as u64, "{ledger}");
        let held = ledger.in_flight + ledger.awaiting_sink;
        assert!(held <= WINDOW as u64, "{ledger}");
    }

    /// Runs to the end, and looks at the ledger after each step.
    fn play(&self, interrupted_after: Option<Duration>) {
        drop(self.seeded.spawn(self.clone().capture()).unwrap());
        if let Some(after) = interrupted_after {
            let run = self.clone();
            let interrupt = async move {
                sleep(after).await;
                let dropped = run.flow.lock().unwrap().interrupt().dropped;
                dropped.into_iter().for_each(|one| run.note(one));
                run.pump();
            };
            drop(self.seeded.spawn(interrupt).unwrap());
        }
        while self.seeded.step() {
            self.check();
        }
    }
}

#[test]
fn the_ledger_adds_up_after_each_step_whatever_the_policy_and_the_order_of_events() {
    let policies = [
        Policy::Block,
        Policy::DropOldest,
        Policy::DropNewest,
        Policy::Latest,
    ];
    for policy in policies {
        let mut dropped = 0;
        for seed in 0..100 {
            let run = Run::new(policy, seed);
            let interrupted = (seed % 4 == 3).then(|| Duration::from_millis(seed));
            run.play(interrupted);
            let story = format!("{policy:?}, seed {seed}\n{}", run.seeded.trace());
            let mut flow = run.flow.lock().unwrap();
            assert_eq!(flow.write(), Write::Finished, "{story}");
            let ledger = flow.ledger();
            assert_eq!(ledger.captured, FRAMES, "{story}");
            assert_eq!(ledger.over(), FRAMES, "{story}");
            let places: Vec<_> = run
                .written
                .lock()
                .unwrap()
                .iter()
                .map(|(place, _)| *place)
                .collect();
            let in_order: Vec<_> = (0..FRAMES).map(Place).collect();
            assert_eq!(
                places, in_order,
                "each frame has one record, in capture order: {story}"
            );
            if policy == Policy::Block && interrupted.is_none() {
                assert_eq!(ledger.dropped.total(), 0, "{story}");
            }
            dropped += ledger.dropped.total();
        }
        assert!(
            dropped > 0,
            "{policy:?} was tried: something was dropped or interrupted"
        );
    }
}

#[test]
fn a_run_can_be_played_again_by_its_seed() {
    let play = || {
        let run = Run::new(Policy::DropOldest, 7);
        run.play(None);
        let written = run.written.lock().unwrap().clone();
        (run.seeded.trace(), written)
    };
    assert_eq!(play(), play());
}
