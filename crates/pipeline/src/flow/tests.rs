mod model;

use std::num::NonZeroUsize;

use proptest::prelude::*;

use super::{
    Backlog, Capture, DropReason, Flow, Landed, Notice, Order, Place, Policy, Settings, SpoolUse,
    Submit, Unreadable, Write,
};
use model::{Event, Pair};

const POLICIES: [Policy; 4] = [
    Policy::Block,
    Policy::DropOldest,
    Policy::DropNewest,
    Policy::Latest,
];
const BACKLOGS: [Backlog; 2] = [Backlog::First, Backlog::Last];
const ORDERS: [Order; 2] = [Order::InCapture, Order::AsCompleted];

fn count(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

fn spool_use() -> impl Strategy<Value = SpoolUse> {
    let backlog = proptest::sample::select(&BACKLOGS[..]);
    let bytes = prop_oneof![1..12_u64, Just(u64::MAX)];
    (proptest::bool::ANY, backlog, 1..5_usize, bytes).prop_map(
        |(keeps, backlog, queue_items, queue_bytes)| SpoolUse {
            keeps,
            backlog,
            queue_items: count(queue_items),
            queue_bytes,
        },
    )
}

fn settings(policies: &'static [Policy]) -> impl Strategy<Value = Settings> {
    (
        proptest::sample::select(policies),
        1..5_usize,
        prop_oneof![1..12_u64, Just(u64::MAX)],
        1..5_usize,
        0..6_usize,
        proptest::sample::select(vec![Notice::Make, Notice::Omit]),
        proptest::sample::select(&ORDERS[..]),
        spool_use(),
    )
        .prop_map(
            |(policy, items, bytes, window, notices, dropped, order, spool)| Settings {
                policy,
                items: count(items),
                bytes,
                window: count(window),
                notices,
                dropped,
                order,
                spool,
            },
        )
}

fn event() -> impl Strategy<Value = Event> {
    let index = || 0..8_usize;
    prop_oneof![
        20 => (0..16_u64).prop_map(|bytes| Event::Capture { bytes }),
        3 => Just(Event::Unreadable),
        8 => index().prop_map(Event::Note),
        1 => index().prop_map(Event::NoteLost),
        14 => Just(Event::Submit),
        10 => index().prop_map(Event::Answer),
        4 => index().prop_map(Event::Fail),
        1 => index().prop_map(Event::FailLost),
        4 => index().prop_map(Event::Unanswered),
        2 => index().prop_map(Event::Stray),
        14 => Just(Event::Write),
        14 => Just(Event::Written),
        1 => Just(Event::Unwritten),
        14 => Just(Event::Spool),
        8 => Just(Event::Appended),
        2 => Just(Event::AppendRefused),
        8 => Just(Event::Read),
        1 => Just(Event::ReadKnown),
        1 => Just(Event::ReadLost),
        4 => Just(Event::Flushed),
        // Rare, so that there is something to end.
        1 => proptest::sample::select(vec![
            Event::SourceEnd,
            Event::Interrupt,
            Event::Abort,
            Event::Unwritten,
            Event::SinkBroke,
        ]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_flow_agrees_with_its_model_at_every_step(
        settings in settings(&POLICIES),
        events in proptest::collection::vec(event(), 0..160),
    ) {
        let mut pair = Pair::new(settings, 0);
        for event in events {
            pair.step(event);
        }
        pair.finish();
    }

    #[test]
    fn a_flow_that_spills_agrees_with_its_model_at_every_step(
        settings in settings(&[Policy::Spill]),
        recovered in 0..5_u64,
        events in proptest::collection::vec(event(), 0..200),
    ) {
        let mut pair = Pair::new(settings, recovered);
        for event in events {
            pair.step(event);
        }
        pair.finish();
    }
}

#[test]
fn every_short_life_agrees_with_the_model() {
    const EVENTS: [Event; 11] = [
        Event::Capture { bytes: 1 },
        Event::Capture { bytes: 5 },
        Event::Unreadable,
        Event::Note(0),
        Event::Submit,
        Event::Answer(0),
        Event::Fail(1),
        Event::Write,
        Event::Written,
        Event::Unwritten,
        Event::Interrupt,
    ];
    fn walk(pair: &Pair, depth: usize, walked: &mut u64) {
        for event in EVENTS {
            let mut next = pair.clone();
            if !next.step(event) {
                continue;
            }
            *walked += 1;
            if depth > 1 {
                walk(&next, depth - 1, walked);
            } else {
                let mut aborted = next.clone();
                aborted.step(Event::Abort);
                aborted.finish();
                next.finish();
            }
        }
    }
    let mut walked = 0;
    for policy in POLICIES {
        for order in ORDERS {
            let settings = Settings {
                policy,
                items: count(2),
                bytes: 4,
                window: count(1),
                notices: 2,
                dropped: Notice::Make,
                order,
                spool: SpoolUse::default(),
            };
            walk(&Pair::new(settings, 0), 5, &mut walked);
        }
    }
    assert!(walked > 100_000, "only {walked} lives were possible");
}

fn drop_oldest() -> Settings {
    Settings {
        policy: Policy::DropOldest,
        items: count(2),
        window: count(1),
        ..Settings::default()
    }
}

#[test]
fn an_item_that_is_to_be_done_another_time_leaves_no_record() {
    let settings = Settings {
        dropped: Notice::Omit,
        ..Settings::default()
    };
    let mut flow = Flow::<_, &str>::new(settings, 1);
    assert_eq!(flow.captured(0, 0, 1), Capture::Buffer { dropped: vec![] });
    let dropped = flow.interrupt().dropped;
    assert_eq!(dropped[0].notice, Notice::Omit);
    flow.source_ended();
    assert_eq!(flow.write(), Write::Finished);
    let ledger = flow.ledger();
    assert!(ledger.adds_up());
    assert_eq!((ledger.dropped.total(), ledger.unrecorded), (1, 1));
}

#[test]
fn a_dropped_item_is_recorded_in_its_place() {
    let mut flow = Flow::new(drop_oldest(), 1);
    for frame in 0..3 {
        assert_eq!(
            flow.captured(0, frame, 1),
            Capture::Buffer { dropped: vec![] }
        );
        if frame == 0 {
            assert_eq!(flow.submit(), Submit::Item(Place(0), 0));
        }
    }
    let Capture::Buffer { dropped } = flow.captured(0, 3, 1) else {
        panic!("the latest has to stay");
    };
    assert_eq!(dropped.len(), 1);
    assert_eq!((dropped[0].place, dropped[0].item), (Place(1), 1));
    assert_eq!(flow.noted(Place(1), Some("dropped")), Landed::Queued);
    assert_eq!(flow.write(), Write::Wait, "frame 0 comes first");
    assert_eq!(flow.answered(Place(0), "answered"), Landed::Queued);
    assert_eq!(flow.write(), Write::Record(Place(0), "answered"));
    flow.written(Place(0));
    assert_eq!(flow.write(), Write::Record(Place(1), "dropped"));
}

#[test]
fn a_service_that_never_answers_leaves_memory_bounded() {
    let settings = Settings {
        notices: 10,
        ..drop_oldest()
    };
    let mut flow = Flow::new(settings, 1);
    let mut omitted = 0;
    for frame in 0..10_000_u64 {
        let Capture::Buffer { dropped } = flow.captured(0, frame, 1) else {
            panic!("this policy takes every frame");
        };
        let _ = flow.submit();
        for gone in dropped {
            match gone.notice {
                Notice::Make => assert_eq!(flow.noted(gone.place, Some(())), Landed::Queued),
                Notice::Omit => omitted += 1,
            }
        }
        assert!(flow.line.len() <= 2 + 1 + 10);
    }
    assert_eq!(omitted, 10_000 - 2 - 1 - 10);
    assert_eq!(flow.ledger().unrecorded, omitted);
}

#[test]
fn an_item_larger_than_the_buffer_waits_for_it_to_be_alone() {
    let settings = Settings {
        bytes: 10,
        ..Settings::default()
    };
    let mut flow: Flow<_, ()> = Flow::new(settings, 1);
    assert_eq!(
        flow.captured(0, "small", 1),
        Capture::Buffer { dropped: vec![] }
    );
    assert_eq!(flow.captured(0, "huge", 11), Capture::Wait("huge"));
    assert_eq!(
        flow.ledger().captured,
        1,
        "one that waits is not captured yet"
    );
    assert_eq!(flow.submit(), Submit::Item(Place(0), "small"));
    assert_eq!(
        flow.captured(0, "huge", 11),
        Capture::Buffer { dropped: vec![] }
    );
    assert_eq!(flow.captured(0, "small", 1), Capture::Wait("small"));
}

#[test]
fn what_awaits_the_sinks_holds_the_window() {
    let settings = Settings {
        window: count(1),
        ..Settings::default()
    };
    let mut flow = Flow::new(settings, 1);
    for frame in 0..2 {
        assert_eq!(
            flow.captured(0, frame, 1),
            Capture::Buffer { dropped: vec![] }
        );
    }
    assert_eq!(flow.submit(), Submit::Item(Place(0), 0));
    assert_eq!(flow.answered(Place(0), ()), Landed::Queued);
    assert_eq!(flow.submit(), Submit::Wait);
    assert_eq!(flow.write(), Write::Record(Place(0), ()));
    assert_eq!(flow.submit(), Submit::Wait, "it is not written yet");
    flow.written(Place(0));
    assert_eq!(flow.submit(), Submit::Item(Place(1), 1));
}

#[test]
fn a_source_of_rubbish_is_held_when_nothing_may_be_lost() {
    let settings = Settings {
        notices: 1,
        ..Settings::default()
    };
    let mut flow: Flow<(), _> = Flow::new(settings, 1);
    let place = Place(0);
    let notice = Notice::Make;
    assert_eq!(flow.unreadable(0), Unreadable::Count { place, notice });
    assert_eq!(flow.unreadable(0), Unreadable::Wait);
    assert_eq!(flow.noted(place, Some("unreadable")), Landed::Queued);
    assert_eq!(flow.write(), Write::Record(place, "unreadable"));
    flow.written(place);
    assert!(matches!(flow.unreadable(0), Unreadable::Count { .. }));
}

#[test]
fn a_flow_ends_when_the_last_of_its_sources_has() {
    let mut flow: Flow<(), ()> = Flow::new(Settings::default(), 2);
    flow.source_ended();
    assert_eq!((flow.submit(), flow.write()), (Submit::Wait, Write::Wait));
    flow.source_ended();
    assert_eq!(flow.submit(), Submit::Finished);
    assert_eq!(flow.write(), Write::Finished);
}

#[test]
fn the_ledger_reads_as_an_equation_without_its_empty_terms() {
    let mut flow = Flow::new(drop_oldest(), 1);
    for frame in 0..4 {
        let _ = flow.captured(0, frame, 1);
    }
    let _ = flow.submit();
    let _ = flow.answered(Place(2), ());
    assert_eq!(
        flow.ledger().to_string(),
        "captured 4 = answered 0 + failed 0 + dropped 2 (buffer full) + buffered 1 + awaiting sink 1"
    );
    assert_eq!(flow.ledger().dropped.of(DropReason::BufferFull), 2);
}
