//! The machine against a model that tells the same life in other words, over every reachable state.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

/// The life as facts, each set by one kind of event, without a packed word or a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Model {
    polls: bool,
    started: bool,
    on_a_worker: bool,
    in_a_queue: bool,
    asked_to_stop: bool,
    woken_while_polled: bool,
    outcome: Option<State>,
    somebody_listens: bool,
    open: bool,
    value: Value,
    handle_gone: bool,
    somebody_has_it: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Value {
    None,
    Here,
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Event {
    Bind,
    Start,
    Suspend,
    Wake,
    Finish,
    Panic,
    Cancel,
    RequestCancel,
    EndAtSuspension,
    Expire,
    Abandon,
    Inherit(State),
    Observe,
    Settle,
    Take,
    Detach,
}

use Event::*;

const EVENTS: [Event; 19] = [
    Bind,
    Start,
    Suspend,
    Wake,
    Finish,
    Panic,
    Cancel,
    RequestCancel,
    EndAtSuspension,
    Expire,
    Abandon,
    Inherit(State::Panicked),
    Inherit(State::Cancelled),
    Inherit(State::Expired),
    Inherit(State::Abandoned),
    Observe,
    Settle,
    Take,
    Detach,
];

impl Model {
    fn new(body: Body) -> Self {
        Self {
            polls: body == Body::Future,
            started: false,
            on_a_worker: false,
            in_a_queue: true,
            asked_to_stop: false,
            woken_while_polled: false,
            outcome: None,
            somebody_listens: false,
            open: false,
            value: Value::None,
            handle_gone: false,
            somebody_has_it: false,
        }
    }

    /// Whether anybody may say so now: only the worker that runs the body ends it, and so on.
    fn allows(&self, event: Event) -> bool {
        match event {
            Finish | Panic => self.on_a_worker,
            Suspend => self.on_a_worker && self.polls,
            Settle => self.outcome.is_some() && !self.open,
            Bind => !self.somebody_has_it,
            // One handle: it takes or is dropped, and is then gone.
            Take | Detach => !self.handle_gone,
            _ => true,
        }
    }

    fn waits_between_polls(&self) -> bool {
        self.started && !self.on_a_worker && self.outcome.is_none()
    }

    fn end(&mut self, outcome: State) -> String {
        self.outcome = Some(outcome);
        self.started = true;
        self.on_a_worker = false;
        self.in_a_queue = false;
        if outcome == State::Succeeded {
            self.value = Value::Here;
        }
        format!("{:?}", End::Settle)
    }

    /// The next facts, and the action's name.
    fn apply(mut self, event: Event) -> (String, Self) {
        let nothing = format!("{:?}", End::Nothing);
        let action = match event {
            Bind => {
                self.somebody_has_it = true;
                "done".into()
            }
            Start if self.in_a_queue => {
                self.started = true;
                self.on_a_worker = true;
                self.in_a_queue = false;
                self.woken_while_polled = false;
                "Run".into()
            }
            Start => "Skip".into(),
            Suspend if self.asked_to_stop => {
                let _ = self.end(State::Cancelled);
                "Cancel".into()
            }
            Suspend => {
                self.on_a_worker = false;
                self.in_a_queue = self.woken_while_polled;
                self.woken_while_polled = false;
                if self.in_a_queue {
                    "Requeue".into()
                } else {
                    "Park".into()
                }
            }
            Wake if self.on_a_worker => {
                self.woken_while_polled = true;
                nothing
            }
            Wake if self.waits_between_polls() && !self.in_a_queue => {
                self.in_a_queue = true;
                "Schedule".into()
            }
            Wake => nothing,
            Finish => {
                let _ = self.end(State::Succeeded);
                "done".into()
            }
            Panic => {
                let _ = self.end(State::Panicked);
                "done".into()
            }
            Cancel | RequestCancel if self.outcome.is_none() && !self.on_a_worker => {
                self.end(State::Cancelled)
            }
            Cancel if self.on_a_worker && self.polls => {
                self.asked_to_stop = true;
                "Requested".into()
            }
            RequestCancel if self.on_a_worker => {
                self.asked_to_stop = true;
                "Requested".into()
            }
            EndAtSuspension if self.waits_between_polls() && !self.in_a_queue => {
                self.end(State::Cancelled)
            }
            EndAtSuspension if self.polls && self.outcome.is_none() => {
                self.asked_to_stop = true;
                "Requested".into()
            }
            Expire if !self.started && self.outcome.is_none() => self.end(State::Expired),
            Abandon if !self.started && self.outcome.is_none() => self.end(State::Abandoned),
            Inherit(outcome) if !self.started && self.outcome.is_none() => self.end(outcome),
            Cancel | RequestCancel | EndAtSuspension | Expire | Abandon | Inherit(_) => nothing,
            Observe if self.open => "Settled".into(),
            Observe => {
                self.somebody_listens = true;
                "Registered".into()
            }
            Settle if self.somebody_listens => {
                self.somebody_listens = false;
                "Deliver".into()
            }
            Settle => {
                self.open = true;
                if self.value == Value::Here && self.handle_gone {
                    self.value = Value::Gone;
                    "DropValue".into()
                } else {
                    "Keep".into()
                }
            }
            Take if !self.open => "NotYet".into(),
            Take if self.value == Value::Gone => "Gone".into(),
            Take => {
                self.value = Value::Gone;
                "Outcome".into()
            }
            Detach => {
                self.handle_gone = true;
                if self.open && self.value == Value::Here {
                    self.value = Value::Gone;
                    "DropValue".into()
                } else {
                    "Leave".into()
                }
            }
        };
        (action, self)
    }

    fn state(&self) -> State {
        if let Some(outcome) = self.outcome {
            outcome
        } else if self.on_a_worker {
            State::Running
        } else if !self.started {
            State::Pending
        } else if self.in_a_queue {
            State::Queued
        } else {
            State::Suspended
        }
    }
}

fn apply(life: Snapshot, event: Event) -> (String, Snapshot) {
    fn named<A: std::fmt::Debug>((action, life): (A, Snapshot)) -> (String, Snapshot) {
        (format!("{action:?}"), life)
    }
    match event {
        Start => named(life.start()),
        Suspend => named(life.suspend()),
        Wake => named(life.wake()),
        Bind => ("done".into(), life.bind()),
        Finish => ("done".into(), life.finish()),
        Panic => ("done".into(), life.panic()),
        Cancel => named(life.cancel()),
        RequestCancel => named(life.request_cancel()),
        EndAtSuspension => named(life.end_at_suspension()),
        Expire => named(life.expire()),
        Abandon => named(life.abandon()),
        Inherit(outcome) => named(life.inherit(outcome)),
        Observe => named(life.observe()),
        Settle => named(life.settle()),
        Take => named(life.take()),
        Detach => named(life.detach()),
    }
}

#[track_caller]
fn check_same(life: Snapshot, model: Model) {
    assert_eq!(life.state(), model.state(), "{life:?} {model:?}");
    assert_eq!(
        life.state().is_running(),
        model.started && model.outcome.is_none(),
        "{life:?} {model:?}"
    );
    assert_eq!(
        life.body() == Body::Future,
        model.polls,
        "{life:?} {model:?}"
    );
    assert_eq!(
        life.is_cancel_requested(),
        model.asked_to_stop,
        "{life:?} {model:?}"
    );
    assert_eq!(
        life.is_observed(),
        model.somebody_listens,
        "{life:?} {model:?}"
    );
    assert_eq!(life.is_settled(), model.open, "{life:?} {model:?}");
    let is_gone = model.value == Value::Gone;
    assert_eq!(life.is_taken(), is_gone, "{life:?} {model:?}");
    let may_be_moved =
        model.open && model.value == Value::Here && model.outcome == Some(State::Succeeded);
    assert_eq!(life.has_value(), may_be_moved, "{life:?} {model:?}");
    assert_eq!(life.is_bound(), model.somebody_has_it, "{life:?} {model:?}");
    assert_eq!(Snapshot::from_bits(life.bits()), life);
}

/// What must hold of one step, whatever the model says.
#[track_caller]
fn check_step(before: Snapshot, event: Event, action: &str, after: Snapshot) {
    let step = format!("{before:?} {event:?} {action} {after:?}");
    if before.state().is_done() {
        assert_eq!(
            before.state(),
            after.state(),
            "an outcome never changes: {step}"
        );
        assert!(
            action != "Run" && action != "Schedule",
            "a done task never runs: {step}"
        );
    }
    if before.is_settled() {
        assert!(after.is_settled(), "a settled future stays settled: {step}");
    }
    if before.state() == State::Running && !matches!(event, Finish | Panic | Suspend) {
        assert_eq!(
            after.state(),
            State::Running,
            "a body that runs is nobody else's: {step}"
        );
    }
    let ended = !before.state().is_done() && after.state().is_done();
    let claims_the_end = action == "Settle"
        || (event == Suspend && action == "Cancel")
        || matches!(event, Finish | Panic);
    assert_eq!(
        ended, claims_the_end,
        "whoever ends a task is told so, and nobody else: {step}"
    );
}

#[test]
fn every_reachable_life_agrees_with_the_model() {
    for body in [Body::Closure, Body::Future] {
        let start = (Snapshot::new(body), Model::new(body));
        let mut seen = HashSet::from([start]);
        let mut open = vec![start];
        while let Some((life, model)) = open.pop() {
            check_same(life, model);
            for event in EVENTS.into_iter().filter(|event| model.allows(*event)) {
                let (action, after) = apply(life, event);
                let (told, model_after) = model.apply(event);
                assert_eq!(action, told, "{life:?} {event:?}");
                check_step(life, event, &action, after);
                if seen.insert((after, model_after)) {
                    open.push((after, model_after));
                }
            }
        }
        let lives: HashSet<_> = seen.iter().map(|(life, _)| life).collect();
        assert_eq!(
            lives.len(),
            seen.len(),
            "one life stands for one set of facts"
        );
        assert!(seen.len() > 50, "the walk went somewhere: {}", seen.len());
    }
}

/// Every sequence of that many events from a fresh task, however unlikely.
fn walk(life: Snapshot, model: Model, history: &mut Vec<Event>, left: usize) -> u64 {
    if left == 0 {
        return 1;
    }
    let mut walked = 0;
    for event in EVENTS.into_iter().filter(|event| model.allows(*event)) {
        let (action, after) = apply(life, event);
        let (told, model_after) = model.apply(event);
        history.push(event);
        assert_eq!(action, told, "{history:?}");
        check_step(life, event, &action, after);
        check_same(after, model_after);
        walked += walk(after, model_after, history, left - 1);
        history.pop();
    }
    walked
}

#[test]
fn every_sequence_of_four_events_agrees_with_the_model() {
    for body in [Body::Closure, Body::Future] {
        assert!(walk(Snapshot::new(body), Model::new(body), &mut Vec::new(), 4) > 5_000);
    }
}

proptest! {
    #[test]
    fn a_value_is_moved_or_dropped_exactly_once(
        polls: bool,
        events in prop::collection::vec(prop::sample::select(EVENTS.to_vec()), 0..60),
    ) {
        let body = if polls { Body::Future } else { Body::Closure };
        let (mut life, mut model) = (Snapshot::new(body), Model::new(body));
        let (mut starts, mut ends, mut goodbyes) = (0, 0, 0);
        let mut step = |life: &mut Snapshot, model: &mut Model, event| {
            if !model.allows(event) {
                return;
            }
            let (action, after) = apply(*life, event);
            check_step(*life, event, &action, after);
            starts += u32::from(action == "Run");
            ends += u32::from(!life.state().is_done() && after.state().is_done());
            let moves = action == "DropValue" || (action == "Outcome" && after.state() == State::Succeeded);
            goodbyes += u32::from(moves);
            *life = after;
            *model = model.apply(event).1;
        };
        for event in events {
            step(&mut life, &mut model, event);
        }
        // Whatever happened so far, this brings the life to its end: the handle leaves last.
        for event in [Wake, Start, Finish, Settle, Settle, Detach] {
            step(&mut life, &mut model, event);
        }
        prop_assert_eq!(ends, 1);
        prop_assert!(life.is_settled());
        prop_assert_eq!(goodbyes, u32::from(life.state() == State::Succeeded));
        prop_assert!(polls || starts <= 1, "a closure starts once at most, not {} times", starts);
    }
}

#[test]
fn debug_names_the_state_and_the_marks() {
    let (_, life) = Snapshot::new(Body::Future).observe();
    let (_, life) = life.start();
    assert_eq!(format!("{life:?}"), "Snapshot(Running, async, observed)");
}
