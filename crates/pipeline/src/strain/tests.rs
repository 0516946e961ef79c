use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Strain, Watch};
use crate::flow::Holdup;

proptest! {
    #[test]
    fn the_parts_add_up_to_the_time_at_every_step(
        steps in proptest::collection::vec((0..Holdup::ALL.len(), 0..5_000_u64), 0..50),
    ) {
        let start = Instant::now();
        let mut watch = Watch::start(Holdup::Source, start);
        let mut now = start;
        let mut told = [Duration::ZERO; Holdup::ALL.len()];
        for (number, nanoseconds) in steps {
            let pause = Duration::from_nanos(nanoseconds);
            told[watch.holdup() as usize] += pause;
            now += pause;
            let before = watch.strain(now);
            prop_assert_eq!(before.total(), now - start);
            watch.turn_to(Holdup::ALL[number], now);
            prop_assert_eq!(watch.strain(now), before, "an event takes no time");
            for (holdup, time) in before.iter() {
                prop_assert_eq!(time, told[holdup as usize], "{:?}", holdup);
            }
        }
    }
}

#[test]
fn an_event_that_comes_late_takes_nothing_back() {
    let start = Instant::now();
    let second = Duration::from_secs(1);
    let mut watch = Watch::start(Holdup::Source, start);
    watch.turn_to(Holdup::Flight, start + 2 * second);
    watch.turn_to(Holdup::Sink, start + second);
    let strain = watch.strain(start + 5 * second);
    assert_eq!(strain.of(Holdup::Source), 2 * second);
    assert_eq!(strain.of(Holdup::Flight), Duration::ZERO);
    assert_eq!(strain.of(Holdup::Sink), 3 * second);
}

#[test]
fn what_has_come_since_an_earlier_look_is_told_part_by_part() {
    let start = Instant::now();
    let second = Duration::from_secs(1);
    let mut watch = Watch::start(Holdup::Source, start);
    let earlier = watch.strain(start + second);
    watch.turn_to(Holdup::Flight, start + 2 * second);
    let since = watch.strain(start + 5 * second).since(&earlier);
    assert_eq!(since.of(Holdup::Source), second);
    assert_eq!(since.of(Holdup::Flight), 3 * second);
    assert_eq!(since.total(), 4 * second);
    assert_eq!(Strain::default().total(), Duration::ZERO);
}
