use std::num::NonZeroU32;
use std::time::Duration;

use creel_pipeline::{Part, TroubleKind};

use super::Circumstances;
use super::cause::{Cause, Seen};
use super::place::{Names, Slowest};
use crate::arguments::{Transport, Workers};
use crate::report::Noun;

pub(super) fn circumstances() -> Circumstances {
    Circumstances {
        noun: Noun::Frame,
        is_live: true,
        buffer: 64,
        workers: Workers::Count(NonZeroU32::new(8).unwrap()),
        transport: Transport::Blocking,
        has_rate: false,
        names: Names {
            out: "results.jsonl".into(),
            frames: Some("frames".into()),
            spool: Some("results.spool".into()),
        },
        url: None,
    }
}

/// Eight workers that all wait for answers, of 100 ms each.
fn waiting(circumstances: &Circumstances) -> Seen<'_> {
    Seen {
        circumstances,
        part: Part::Service,
        mean: Some(Duration::from_millis(200)),
        limit: 8,
        at_once: 7.9,
        attempt: Some(Duration::from_millis(100)),
        troubles: 0,
        hands_max: 1,
        way: Some(Duration::from_millis(1)),
        slowest: None,
    }
}

#[track_caller]
fn check(seen: &Seen<'_>, cause: Cause, figure: &str, help: &str) {
    assert_eq!(seen.cause(), cause);
    assert_eq!(seen.figure(cause), figure);
    let told = seen.help(cause);
    assert!(told.contains(help), "{told}");
}

#[test]
fn a_slow_server_is_told_by_its_answers_not_by_the_wait_for_a_turn() {
    let circumstances = circumstances();
    check(
        &waiting(&circumstances),
        Cause::Server,
        "100 ms for an answer, 7.9 asked at once",
        "--workers 16 ",
    );
}

#[test]
fn a_server_that_is_asked_for_all_it_can_gets_no_more_workers() {
    let circumstances = Circumstances {
        workers: Workers::Auto,
        ..circumstances()
    };
    let help = waiting(&circumstances).help(Cause::Server);
    assert!(!help.contains("--workers"), "{help}");
}

#[test]
fn a_way_that_takes_half_of_an_answer_is_at_fault() {
    let circumstances = circumstances();
    let seen = Seen {
        way: Some(Duration::from_millis(60)),
        ..waiting(&circumstances)
    };
    let figure = "60 ms of the 100 ms that an answer takes";
    check(&seen, Cause::Network, figure, "--workers 16 ");
}

#[test]
fn a_server_that_is_not_asked_is_not_slow() {
    let limited = Circumstances {
        has_rate: true,
        ..circumstances()
    };
    let seen = Seen {
        at_once: 0.4,
        ..waiting(&limited)
    };
    check(&seen, Cause::Rate, "0.4 of 8 workers ask at once", "--rate");
    let seen = Seen {
        troubles: 2,
        ..seen
    };
    check(&seen, Cause::Outage, "it happened 2 times", "log");
}

#[test]
fn troubles_that_cost_nothing_are_not_blamed() {
    let circumstances = circumstances();
    let seen = Seen {
        troubles: 1,
        ..waiting(&circumstances)
    };
    assert_eq!(seen.cause(), Cause::Server);
}

#[test]
fn a_server_that_answers_nothing_is_told_so() {
    let circumstances = circumstances();
    let seen = Seen {
        at_once: 0.0,
        attempt: None,
        ..waiting(&circumstances)
    };
    check(&seen, Cause::Server, "it answered nothing", "--workers 16");
}

#[test]
fn each_part_has_its_figure_and_its_help() {
    let circumstances = circumstances();
    for (part, cause, figure, help) in [
        (
            Part::Source,
            Cause::Camera,
            "200 ms from one frame to the next",
            "keeps up",
        ),
        (
            Part::Queue,
            Cause::Queue,
            "a frame waits 200 ms for one",
            "--workers 16",
        ),
        (
            Part::Conversion,
            Cause::Conversion,
            "200 ms for each frame, on a worker",
            "smaller frames",
        ),
        (
            Part::PostProcessing,
            Cause::PostProcessing,
            "200 ms for each record, on a worker",
            "answers",
        ),
        (
            Part::Sink,
            Cause::Sink,
            "200 ms for each record",
            "disk for --out",
        ),
        (
            Part::Spool,
            Cause::Spool,
            "200 ms for each frame",
            "--buffer",
        ),
    ] {
        let seen = Seen {
            part,
            ..waiting(&circumstances)
        };
        check(&seen, cause, figure, help);
    }
}

/// What is said of the place that the run waits for most.
#[track_caller]
fn check_place(name: &str, trouble: Option<TroubleKind>, who: &str, figure: &str, help: &str) {
    let circumstances = circumstances();
    let refusing = trouble.map(|kind| (Duration::from_secs(5), kind));
    let seen = Seen {
        part: Part::Sink,
        slowest: Some(Slowest {
            name: name.into(),
            place: circumstances.names.place(name),
            mean: Some(Duration::from_millis(200)),
            refusing,
        }),
        ..waiting(&circumstances)
    };
    assert_eq!(seen.who(Cause::Sink), who);
    check(&seen, Cause::Sink, figure, help);
}

#[test]
fn the_place_that_the_others_wait_for_is_named_with_what_is_wrong_and_what_to_do() {
    let (hook, slow) = ("http://hook:8000/in", "200 ms for each record");
    let no_room = Some(TroubleKind::NoRoom);
    check_place(
        "results.jsonl",
        None,
        "writing to results.jsonl",
        slow,
        "disk for --out",
    );
    check_place(
        "results.jsonl",
        no_room,
        "writing to results.jsonl",
        "there was no room for 5.0 s",
        "the disk that results.jsonl is on is full: make room there, or choose an --out on another",
    );
    check_place(
        "frames",
        None,
        "writing pictures to frames",
        slow,
        "--optional frames",
    );
    check_place(
        "frames",
        no_room,
        "writing pictures to frames",
        "there was no room for 5.0 s",
        "the disk that frames is on is full: make room there, or choose a folder for --frames-to on another",
    );
    let who = "posting to http://hook:8000/in";
    check_place(hook, None, who, slow, "--optional forward");
    check_place(
        hook,
        Some(TroubleKind::Unreachable),
        who,
        "it could not be reached for 5.0 s",
        "see whether the server of --forward runs",
    );
    check_place(
        hook,
        Some(TroubleKind::Throttled),
        who,
        "it asked for pauses, 5.0 s together",
        "takes records faster",
    );
    check_place("the view", None, "writing the results", slow, "--out");
}
