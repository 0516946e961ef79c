use super::*;

fn life(start: Instant, number: u64) -> Life {
    let at = |milliseconds| Some(start + Duration::from_millis(number * 100 + milliseconds));
    Life {
        source: "front".into(),
        number,
        captured: start + Duration::from_millis(number * 100),
        submitted: at(5),
        begun: at(10),
        prepared: at(18),
        answered: at(38),
        recorded: at(40),
        over: at(45),
        prepared_on: Some("ask-1".into()),
        recorded_on: Some("ask-1".into()),
        suspended: false,
        fate: Some(Fate::Answered),
    }
}

#[test]
fn the_latest_lanes_are_shown_in_the_order_of_their_submission() {
    let start = Instant::now();
    let journal = Journal::new(start);
    for number in [1, 0].into_iter().chain(2..100) {
        journal.note(life(start, number));
    }
    let mut open = life(start, 100);
    (open.recorded, open.over, open.fate) = (None, None, None);
    let excerpt = journal.excerpt(&[open], start + Duration::from_millis(10_030));
    let numbers: Vec<u64> = excerpt.lanes.iter().map(|lane| lane.number).collect();
    assert_eq!(numbers, (61..=100).collect::<Vec<_>>());
    let last = &excerpt.lanes[39];
    assert_eq!((last.submitted, last.begun), (10.005, Some(10.01)));
    assert_eq!((last.done, last.fate), (None, None));
}

#[test]
fn what_never_became_a_future_has_no_lane() {
    let start = Instant::now();
    let journal = Journal::new(start);
    let dropped = Life {
        submitted: None,
        begun: None,
        fate: Some(Fate::Dropped),
        ..life(start, 0)
    };
    journal.note(dropped);
    assert!(journal.excerpt(&[], start).lanes.is_empty());
}

#[test]
fn a_worker_whose_call_was_given_up_was_blocked_by_it() {
    let start = Instant::now();
    let second = |seconds| Some(start + Duration::from_secs(seconds));
    let given_up = Life {
        begun: second(1),
        prepared: None,
        answered: None,
        recorded: None,
        over: second(4),
        recorded_on: None,
        fate: Some(Fate::Cancelled),
        ..life(start, 0)
    };
    for (suspended, strips) in [(false, 1), (true, 0)] {
        let journal = Journal::new(start);
        journal.note(Life {
            suspended,
            ..given_up.clone()
        });
        let excerpt = journal.excerpt(&[], start + Duration::from_secs(5));
        assert_eq!(excerpt.strips.len(), strips, "{:?}", excerpt.strips);
        if let [strip] = &excerpt.strips[..] {
            let count = |digits: &str| digits.bytes().filter(|digit| *digit == b'9').count();
            let seconds = |digits| count(digits) as f64 * excerpt.strip_step;
            assert_eq!(&*strip.worker, "ask-1");
            assert!((seconds(&strip.blocked) - 3.0).abs() < 0.6, "{strip:?}");
            assert_eq!(count(&strip.running), 0, "{strip:?}");
        }
    }
}

#[test]
fn a_worker_runs_until_it_asks_and_is_blocked_until_the_answer() {
    let start = Instant::now();
    let journal = Journal::new(start);
    let second = |seconds| Some(start + Duration::from_secs(seconds));
    journal.note(Life {
        begun: second(0),
        prepared: second(1),
        answered: second(2),
        recorded: second(2),
        ..life(start, 0)
    });
    let excerpt = journal.excerpt(&[], start + Duration::from_millis(2_100));
    let strip = &excerpt.strips[0];
    assert_eq!(&*strip.worker, "ask-1");
    assert_eq!(strip.running, "999900000");
    assert_eq!(strip.blocked, "000099990");
}

#[test]
fn a_worker_that_has_not_come_back_is_blocked() {
    let start = Instant::now();
    let at = |milliseconds| Some(start + Duration::from_millis(milliseconds));
    let journal = Journal::new(start);
    journal.note(Life {
        begun: at(0),
        prepared: at(0),
        answered: at(250),
        recorded: at(250),
        ..life(start, 0)
    });
    let open = Life {
        begun: at(250),
        prepared: None,
        answered: None,
        recorded: None,
        over: None,
        fate: None,
        ..life(start, 1)
    };
    let now = start + Duration::from_millis(1_000);
    let strips = journal.excerpt(std::slice::from_ref(&open), now).strips;
    assert_eq!((strips.len(), &*strips[0].blocked), (1, "99990"));
    let strips = journal.excerpt(&[open.clone(), open.clone()], now).strips;
    assert_eq!(&*strips[1].worker, "another worker 1");
    assert_eq!(strips[1].blocked, "09990");
    let open = Life {
        suspended: true,
        ..open
    };
    let strips = journal.excerpt(&[open], now).strips;
    assert_eq!(
        strips[0].blocked, "90000",
        "a call that suspends blocks nobody"
    );
}

#[test]
fn more_workers_than_are_shown_take_no_more_memory() {
    let start = Instant::now();
    let journal = Journal::new(start);
    for number in 0..1000 {
        journal.note(Life {
            prepared_on: Some(format!("ask-{number}").into()),
            ..life(start, 0)
        });
    }
    assert_eq!(journal.excerpt(&[], start).strips.len(), strips::STRIPS);
}

#[test]
fn a_worker_that_has_left_makes_room_for_another() {
    let start = Instant::now();
    let journal = Journal::new(start);
    let by = |worker: &str, number| Life {
        prepared_on: Some(worker.into()),
        recorded_on: Some(worker.into()),
        ..life(start, number)
    };
    for worker in 0..strips::STRIPS {
        journal.note(by(&format!("ask-{worker}"), 0));
    }
    journal.note(by("another", 1_000));
    let strips = journal
        .excerpt(&[], start + Duration::from_secs(101))
        .strips;
    assert_eq!(strips.len(), strips::STRIPS);
    assert!(strips.iter().any(|strip| &*strip.worker == "another"));
    let two_and_ten =
        ["ask-2", "ask-10"].map(|name| strips.iter().position(|strip| &*strip.worker == name));
    assert!(
        two_and_ten[0] < two_and_ten[1],
        "in the order of their numbers"
    );
}

#[test]
fn latencies_are_those_of_the_last_second_and_of_the_whole_run() {
    let start = Instant::now();
    let journal = Journal::new(start);
    for number in 0..10 {
        journal.note(life(start, number));
    }
    let excerpt = journal.excerpt(&[], start + Duration::from_millis(1_001));
    assert_eq!(excerpt.latency.count, 10);
    assert_eq!(excerpt.latency.p50, Duration::from_millis(40));
    assert_eq!(excerpt.service.p99, Duration::from_millis(20));
    let later = journal.excerpt(&[], start + Duration::from_secs(5));
    assert_eq!(later.latency.count, 0, "nothing was answered lately");
    let (latency, service) = journal.histograms();
    assert_eq!((latency.count(), service.count()), (10, 10));
    assert_eq!(latency.sum(), Duration::from_millis(400));
    let buckets: Vec<_> = latency.buckets().collect();
    assert!(
        buckets.contains(&(0.025, 0)) && buckets.contains(&(0.05, 10)),
        "{buckets:?}"
    );
}

#[test]
fn whoever_writes_never_waits_for_whoever_reads() {
    let start = Instant::now();
    let journal = Journal::new(start);
    journal.note(life(start, 0));
    let reading = journal.read();
    // Whoever waited here would wait for ever.
    for number in 1..100 {
        journal.note(life(start, number));
    }
    drop(reading);
    for number in 100..103 {
        journal.note(life(start, number));
    }
    assert_eq!(journal.histograms().0.count(), 103, "none is missing");
}

#[test]
fn lives_that_waited_are_shown_before_those_that_did_not() {
    let start = Instant::now();
    let journal = Journal::new(start);
    let reading = journal.read();
    for number in 0..5 {
        journal.note(life(start, number));
    }
    drop(reading);
    journal.note(life(start, 5));
    let pages = journal.read();
    let numbers: Vec<u64> = pages.recent.iter().map(|life| life.number).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_reader_that_stands_still_costs_lives_in_the_journal_and_no_memory_without_bound() {
    let start = Instant::now();
    let journal = Journal::new(start);
    let reading = journal.read();
    for number in 0..2 * WAITING_MAX as u64 {
        journal.note(life(start, number));
    }
    drop(reading);
    assert_eq!(journal.histograms().0.count(), WAITING_MAX as u64);
}
