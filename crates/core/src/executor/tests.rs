//! The machine against a model that keeps each worker as a thing of its own.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

/// What one worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Worker {
    Searching,
    Idle,
    Busy,
    Blocked,
}

/// The executor as a list of workers, sorted, since they have no names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Model {
    closed: bool,
    stopping: bool,
    ended: bool,
    workers: Vec<Worker>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Published,
    PublishedWithoutStart,
    Prestart,
    WorkFound,
    Search,
    FallAsleep,
    Doze,
    Claimed,
    KeepAlivePassed,
    TurnEnded(u64),
    Block,
    Unblock,
    StartFailed,
    HookFailed,
    Drain,
    Stop,
    Terminate,
}

use Event::*;

const EVENTS: [Event; 18] = [
    Published,
    PublishedWithoutStart,
    Prestart,
    WorkFound,
    Search,
    FallAsleep,
    Doze,
    Claimed,
    KeepAlivePassed,
    TurnEnded(1),
    TurnEnded(5),
    Block,
    Unblock,
    StartFailed,
    HookFailed,
    Drain,
    Stop,
    Terminate,
];

const LIMITS: [Limits; 3] = [
    Limits {
        min_workers: 0,
        max_workers: 1,
        max_spares: 0,
        max_tasks_per_worker: None,
    },
    Limits {
        min_workers: 1,
        max_workers: 2,
        max_spares: 1,
        max_tasks_per_worker: Some(5),
    },
    Limits {
        min_workers: 2,
        max_workers: 3,
        max_spares: 2,
        max_tasks_per_worker: None,
    },
];

impl Model {
    fn new() -> Self {
        Self {
            closed: false,
            stopping: false,
            ended: false,
            workers: Vec::new(),
        }
    }

    fn count(&self, what: Worker) -> usize {
        self.workers
            .iter()
            .filter(|worker| **worker == what)
            .count()
    }

    fn total(&self) -> usize {
        self.workers.len()
    }

    fn able(&self) -> usize {
        self.total() - self.count(Worker::Blocked)
    }

    /// One worker that does `from` turns to `to`, or goes.
    fn turn(&mut self, from: Worker, to: Option<Worker>) {
        let place = self
            .workers
            .iter()
            .position(|worker| *worker == from)
            .unwrap();
        self.workers.remove(place);
        self.workers.extend(to);
        self.workers.sort();
    }

    fn add(&mut self) {
        self.workers.push(Worker::Searching);
        self.workers.sort();
    }

    fn allows(&self, event: Event) -> bool {
        match event {
            WorkFound | FallAsleep | StartFailed => self.count(Worker::Searching) > 0,
            Claimed | KeepAlivePassed => self.count(Worker::Idle) > 0,
            Search | Doze | TurnEnded(_) | Block | HookFailed => self.count(Worker::Busy) > 0,
            Unblock => self.count(Worker::Blocked) > 0,
            _ => true,
        }
    }

    fn room(&self, limits: Limits) -> bool {
        self.able() < limits.max_workers.into()
            && self.total() < usize::from(limits.max_workers + limits.max_spares)
    }

    fn apply(mut self, event: Event, limits: Limits) -> (String, Self) {
        let action = match event {
            Published | PublishedWithoutStart => {
                if self.ended {
                    "Reclaim"
                } else if self.count(Worker::Searching) > 0 {
                    "Leave"
                } else if self.count(Worker::Idle) > 0 {
                    self.turn(Worker::Idle, Some(Worker::Searching));
                    "Wake"
                } else if event == Published && self.room(limits) {
                    self.add();
                    "Start"
                } else {
                    "Leave"
                }
            }
            Prestart if !self.closed && self.total() < limits.min_workers.into() => {
                self.add();
                "Start"
            }
            Prestart => "Leave",
            WorkFound => {
                self.turn(Worker::Searching, Some(Worker::Busy));
                if self.count(Worker::Searching) == 0 {
                    "PassOn"
                } else {
                    "Run"
                }
            }
            Search => {
                let searching = self.count(Worker::Searching);
                if searching > 0 && searching * 2 >= self.total() {
                    "Enough"
                } else {
                    self.turn(Worker::Busy, Some(Worker::Searching));
                    "Search"
                }
            }
            FallAsleep | Doze => {
                let from = if event == Doze {
                    Worker::Busy
                } else {
                    Worker::Searching
                };
                if self.closed {
                    self.turn(from, None);
                    "Leave"
                } else {
                    self.turn(from, Some(Worker::Idle));
                    "LookAgain"
                }
            }
            Claimed => {
                self.turn(Worker::Idle, Some(Worker::Searching));
                "claimed"
            }
            KeepAlivePassed if self.total() > limits.min_workers.into() => {
                self.turn(Worker::Idle, None);
                "Leave"
            }
            KeepAlivePassed => "Stay",
            TurnEnded(ended) => {
                let worn_out = limits.max_tasks_per_worker.is_some_and(|max| ended >= max);
                if worn_out || self.able() > limits.max_workers.into() {
                    self.turn(Worker::Busy, None);
                    "Leave"
                } else {
                    "Stay"
                }
            }
            Block => {
                let mut blocked = self.clone();
                blocked.turn(Worker::Busy, Some(Worker::Blocked));
                if blocked.able() == 0 && !blocked.room(limits) {
                    "Exhausted"
                } else {
                    self = blocked;
                    "Wait"
                }
            }
            Unblock => {
                self.turn(Worker::Blocked, Some(Worker::Busy));
                "unblocked"
            }
            StartFailed | HookFailed => {
                let from = if event == StartFailed {
                    Worker::Searching
                } else {
                    Worker::Busy
                };
                self.turn(from, None);
                if self.able() == 0 {
                    "Abandon"
                } else {
                    "Notify"
                }
            }
            Drain if !self.closed => {
                self.closed = true;
                "Drain"
            }
            Stop if !self.stopping => {
                self.closed = true;
                self.stopping = true;
                "Stop"
            }
            Drain | Stop => "Already",
            Terminate if self.closed && !self.ended && self.workers.is_empty() => {
                self.ended = true;
                self.stopping = true;
                "Ended"
            }
            Terminate => "Nothing",
        };
        (action.to_owned(), self)
    }

    fn phase(&self) -> Phase {
        match (self.closed, self.stopping, self.ended) {
            (_, _, true) => Phase::Terminated,
            (_, true, _) => Phase::Stopping,
            (true, _, _) => Phase::Draining,
            _ => Phase::Accepting,
        }
    }
}

fn apply(life: Snapshot, event: Event, limits: Limits) -> (String, Snapshot) {
    fn named<A: std::fmt::Debug>((action, life): (A, Snapshot)) -> (String, Snapshot) {
        (format!("{action:?}"), life)
    }
    match event {
        Published => named(life.published(limits)),
        PublishedWithoutStart => named(life.published(limits.without_start())),
        Prestart => named(life.prestart(limits)),
        WorkFound => named(life.work_found()),
        Search => named(life.search()),
        FallAsleep => named(life.fall_asleep()),
        Doze => named(life.doze()),
        Claimed => ("claimed".into(), life.claimed()),
        KeepAlivePassed => named(life.keep_alive_passed(limits)),
        TurnEnded(ended) => named(life.turn_ended(ended, limits)),
        Block => named(life.block(limits)),
        Unblock => ("unblocked".into(), life.unblock()),
        StartFailed => named(life.start_failed()),
        HookFailed => named(life.hook_failed()),
        Drain => named(life.shutdown(Mode::Drain)),
        Stop => named(life.shutdown(Mode::Stop)),
        Terminate => named(life.terminate()),
    }
}

#[track_caller]
fn check_same(life: Snapshot, model: &Model) {
    let counts = [life.searching(), life.idle(), life.busy(), life.blocked()].map(usize::from);
    let told = [
        Worker::Searching,
        Worker::Idle,
        Worker::Busy,
        Worker::Blocked,
    ]
    .map(|what| model.count(what));
    assert_eq!(counts, told, "{life:?} {model:?}");
    assert_eq!(
        usize::from(life.workers()),
        model.total(),
        "{life:?} {model:?}"
    );
    assert_eq!(life.phase(), model.phase(), "{life:?} {model:?}");
    assert_eq!(Snapshot::from_bits(life.bits()), life);
    for (origin, accepts) in [
        (Origin::Outside, !model.closed),
        (Origin::Worker, !model.ended && !model.stopping),
    ] {
        assert_eq!(
            life.admit(origin) == Admit::Accept,
            accepts,
            "{origin:?} {model:?}"
        );
    }
}

/// What must hold of one step, whatever the model says.
#[track_caller]
fn check_step(before: Snapshot, event: Event, action: &str, after: Snapshot, limits: Limits) {
    let step = format!("{before:?} {event:?} {action} {after:?}");
    if action == "Start" {
        assert!(
            after.workers() - after.blocked() <= limits.max_workers,
            "too many: {step}"
        );
        assert!(
            after.workers() <= limits.max_workers + limits.max_spares,
            "too many: {step}"
        );
    }
    if matches!(event, Published) && action == "Leave" {
        let somebody_will_look = before.searching() > 0 || before.workers() > 0;
        assert!(
            somebody_will_look,
            "a published task is left to nobody: {step}"
        );
    }
    if action == "PassOn" {
        assert_eq!(after.searching(), 0, "somebody else searches: {step}");
    }
    if before.phase() == Phase::Terminated {
        assert_eq!(before, after, "the end is the end: {step}");
    }
}

#[test]
fn every_reachable_life_agrees_with_the_model() {
    for limits in LIMITS {
        let start = (Snapshot::new(), Model::new());
        let mut seen = HashSet::from([start.clone()]);
        let mut open = vec![start];
        while let Some((life, model)) = open.pop() {
            check_same(life, &model);
            for event in EVENTS.into_iter().filter(|event| model.allows(*event)) {
                let (action, after) = apply(life, event, limits);
                let (told, model_after) = model.clone().apply(event, limits);
                assert_eq!(action, told, "{life:?} {event:?}");
                check_step(life, event, &action, after, limits);
                if seen.insert((after, model_after.clone())) {
                    open.push((after, model_after));
                }
            }
        }
        let lives: HashSet<_> = seen.iter().map(|(life, _)| life).collect();
        assert_eq!(
            lives.len(),
            seen.len(),
            "one life stands for one list of workers"
        );
        assert!(seen.len() > 10, "the walk went somewhere: {}", seen.len());
    }
}

proptest! {
    #[test]
    fn any_counts_survive_the_word(
        phase in 0_u64..4,
        counts in prop::array::uniform4(0_u64..=u64::from(MAX_WORKERS)),
    ) {
        let bits = counts.iter().enumerate().fold(phase, |bits, (field, count)| bits | count << (2 + 15 * field));
        prop_assert_eq!(Snapshot::from_bits(bits).bits(), bits);
    }
}

#[test]
fn no_more_than_half_of_the_workers_search() {
    let limits = Limits {
        min_workers: 0,
        max_workers: 8,
        max_spares: 0,
        max_tasks_per_worker: None,
    };
    let mut life = Snapshot::new();
    for _ in 0..8 {
        life = life.published(limits).1;
        life = life.work_found().1;
    }
    assert_eq!(life.busy(), 8);
    let mut actions = Vec::new();
    for _ in 0..5 {
        let (action, after) = life.search();
        actions.push(action);
        life = after;
    }
    assert_eq!(
        actions,
        [super::Search::Search; 4]
            .into_iter()
            .chain([super::Search::Enough])
            .collect::<Vec<_>>()
    );
}

#[test]
fn the_number_of_workers_never_leaves_the_word() {
    let limits = Limits {
        min_workers: 0,
        max_workers: u16::MAX,
        max_spares: u16::MAX,
        max_tasks_per_worker: None,
    };
    let mut life = Snapshot::new();
    for _ in 0..MAX_WORKERS {
        life = life.published(limits).1;
        life = life.work_found().1;
    }
    assert_eq!(life.workers(), MAX_WORKERS);
    assert_eq!(life.published(limits), (Publish::Leave, life));
}
