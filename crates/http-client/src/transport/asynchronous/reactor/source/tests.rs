use creel_testkit::WakeCount;

use super::*;

const BYTES: News = News {
    inward: true,
    is_over: false,
    outward: false,
};
const END: News = News {
    inward: true,
    is_over: true,
    outward: false,
};
const ROOM: News = News {
    inward: false,
    is_over: false,
    outward: true,
};

/// A socket of which something was told, and how many were to be woken for that.
fn told(source: &Source, news: News) -> usize {
    let mut ready = Vec::new();
    source.happened(news, &mut ready);
    ready.len()
}

fn ready(source: &Source, way: Way) -> Option<u64> {
    let waker = WakeCount::new().waker();
    match source.poll_ready(way, &Context::from_waker(&waker)) {
        Poll::Ready(number) => Some(number),
        Poll::Pending => None,
    }
}

#[test]
fn a_side_is_ready_from_the_news_of_it_until_a_try_comes_to_nothing() {
    for (news, way, other) in [(BYTES, Way::In, Way::Out), (ROOM, Way::Out, Way::In)] {
        let source = Source::default();
        assert_eq!(ready(&source, way), None);
        assert_eq!(told(&source, news), 1);
        assert_eq!(ready(&source, other), None);
        let number = ready(&source, way).unwrap();
        assert_eq!(ready(&source, way), Some(number));
        source.exhausted(way, number);
        assert_eq!(ready(&source, way), None);
    }
}

#[test]
fn the_last_who_waits_is_woken_once() {
    let source = Source::default();
    assert_eq!(ready(&source, Way::In), None);
    assert_eq!(ready(&source, Way::In), None);
    assert_eq!(told(&source, BYTES), 1);
    assert_eq!(told(&source, BYTES), 0);
}

#[test]
fn news_during_a_try_that_comes_to_nothing_are_worth_another() {
    let source = Source::default();
    told(&source, BYTES);
    let number = ready(&source, Way::In).unwrap();
    told(&source, BYTES);
    source.exhausted(Way::In, number);
    assert!(ready(&source, Way::In).is_some_and(|later| later > number));
}

#[test]
fn bytes_that_are_all_taken_are_worth_no_other_try_unless_more_came_meanwhile() {
    let source = Source::default();
    told(&source, BYTES);
    let number = ready(&source, Way::In).unwrap();
    told(&source, BYTES);
    source.drained(number);
    let number = ready(&source, Way::In).unwrap();
    source.drained(number);
    assert_eq!(ready(&source, Way::In), None);
}

#[test]
fn an_end_that_was_told_is_still_to_be_seen_when_all_bytes_are_taken() {
    let source = Source::default();
    told(&source, END);
    let number = ready(&source, Way::In).unwrap();
    source.drained(number);
    assert_eq!(ready(&source, Way::In), Some(number));
    // News of room for bytes say nothing else about it.
    told(&source, ROOM);
    source.drained(number);
    assert_eq!(ready(&source, Way::In), Some(number));
}
