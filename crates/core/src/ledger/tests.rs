//! The ledger against a census of tasks that live at random.

use proptest::prelude::*;

use super::*;
use crate::future::{Body, End, Snapshot, Start, Suspend, Wake};

/// What may happen to a task, in the words of `core::future`.
const STEPS: [fn(Snapshot) -> Snapshot; 9] = [
    |life| match life.start() {
        (Start::Run, after) => after,
        (Start::Skip, _) => life,
    },
    |life| match (life.state(), life.body()) {
        (State::Running, Body::Future) => match life.suspend() {
            (Suspend::Park | Suspend::Requeue | Suspend::Cancel, after) => after,
        },
        _ => life,
    },
    |life| match life.wake() {
        (Wake::Schedule | Wake::Nothing, after) => after,
    },
    |life| match life.state() {
        State::Running => life.finish(),
        _ => life,
    },
    |life| match life.state() {
        State::Running => life.panic(),
        _ => life,
    },
    |life| ended(life.cancel()),
    |life| ended(life.end_at_suspension()),
    |life| ended(life.expire()),
    |life| ended(life.abandon()),
];

fn ended((_, after): (End, Snapshot)) -> Snapshot {
    after
}

/// The ledger by looking at every task.
fn census(lives: &[Snapshot]) -> Ledger {
    let at = |place| {
        let there = lives.iter().filter(|life| Place::of(life.state()) == place);
        there.count() as u64
    };
    Ledger {
        submitted: lives.len() as u64,
        queued: at(Place::Queued),
        running: at(Place::Running),
        suspended: at(Place::Suspended),
        succeeded: at(Place::Succeeded),
        panicked: at(Place::Panicked),
        cancelled: at(Place::Cancelled),
        expired: at(Place::Expired),
        abandoned: at(Place::Abandoned),
    }
}

/// Counts a step as a runtime does; checks that the counts are no ledger while it is under way.
fn count(counts: &mut Counts, before: State, after: State) {
    let announced = matches!(
        (Place::of(before), Place::of(after)),
        (
            Place::Running,
            Place::Queued | Place::Suspended | Place::Cancelled
        ) | (Place::Suspended, Place::Queued)
    );
    if announced {
        counts.add(Event::Announced, 1);
        assert_eq!(counts.ledger(), None, "the step is under way");
    }
    match Event::between(before, after) {
        Some(event) => {
            assert_eq!(event.from(), Some(Place::of(before)), "{event:?}");
            assert_eq!(event.to(), Some(Place::of(after)), "{event:?}");
            assert_eq!(event.was_announced(), announced, "{event:?}");
            assert_eq!(event.is_last(), after.is_done(), "{event:?}");
            counts.add(event, 1);
        }
        None => assert_eq!(
            Place::of(before),
            Place::of(after),
            "no step leads from {before:?} to {after:?}"
        ),
    }
}

#[derive(Clone, Debug)]
enum Happening {
    Submit {
        polls: bool,
    },
    Step {
        task: prop::sample::Index,
        step: usize,
    },
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let submit = any::<bool>().prop_map(|polls| Happening::Submit { polls });
    let step = (any::<prop::sample::Index>(), 0..STEPS.len())
        .prop_map(|(task, step)| Happening::Step { task, step });
    prop::collection::vec(prop_oneof![1 => submit, 5 => step], 0..200)
}

proptest! {
    #[test]
    fn the_ledger_agrees_with_a_census_after_every_step(happenings in happenings()) {
        let (mut lives, mut counts) = (Vec::new(), Counts::new());
        for happening in happenings {
            match happening {
                Happening::Submit { polls } => {
                    lives.push(Snapshot::new(if polls { Body::Future } else { Body::Closure }));
                    counts.add(Event::Submitted, 1);
                }
                Happening::Step { .. } if lives.is_empty() => {}
                Happening::Step { task, step } => {
                    let life: &mut Snapshot = task.get_mut(&mut lives);
                    let after = STEPS[step](*life);
                    count(&mut counts, life.state(), after.state());
                    *life = after;
                }
            }
            let ledger = counts.ledger().expect("no step is under way");
            prop_assert_eq!(ledger, census(&lives));
            prop_assert!(ledger.adds_up());
            prop_assert_eq!(ledger.live() + ledger.done(), lives.len() as u64);
        }
    }
}

#[test]
fn a_task_that_was_given_back_was_never_submitted() {
    let mut counts = Counts::new();
    counts.add(Event::Submitted, 2);
    counts.add(Event::Reclaimed, 1);
    let ledger = counts.ledger().unwrap();
    assert_eq!((ledger.submitted, ledger.queued, ledger.live()), (1, 1, 1));
    assert!(ledger.adds_up());
    assert!(Event::Reclaimed.is_last());
    assert_eq!(Event::Reclaimed.to(), None);
}

#[test]
fn a_step_that_changed_nothing_leaves_the_ledger_as_it_was() {
    let mut counts = Counts::new();
    counts.add(Event::Submitted, 1);
    let before = counts.ledger();
    counts.add(Event::Announced, 1);
    assert_eq!(counts.ledger(), None);
    counts.add(Event::Unchanged, 1);
    assert_eq!(counts.ledger(), before);
}

#[test]
#[should_panic(expected = "a task leaves a place after it came there")]
fn counts_of_no_instant_are_refused() {
    let mut counts = Counts::new();
    counts.add(Event::Started, 1);
    let _never = counts.ledger();
}

#[test]
fn a_ledger_whose_terms_are_of_different_instants_does_not_add_up() {
    let ledger = Ledger {
        submitted: 2,
        running: 1,
        ..Ledger::default()
    };
    assert!(!ledger.adds_up());
}

#[test]
fn the_ledger_reads_as_a_sum() {
    let mut counts = Counts::new();
    counts.add(Event::Submitted, 4);
    counts.add(Event::Started, 3);
    counts.add(Event::Panicked, 1);
    assert_eq!(
        counts.ledger().unwrap().to_string(),
        "4 submitted = 1 queued + 2 running + 0 suspended + 0 succeeded + 1 panicked + 0 cancelled + 0 expired + \
         0 abandoned"
    );
}
