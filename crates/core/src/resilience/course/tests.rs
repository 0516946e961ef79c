use super::*;
use crate::port::tests::some_time;

const SECOND: Duration = Duration::from_secs(1);
/// Draws the whole ceiling.
const ALL: u64 = u64::MAX;

fn policy(retries_max: u32) -> Retry {
    Retry {
        retries_max,
        backoff: Backoff {
            first: SECOND,
            longest: 8 * SECOND,
        },
        patience: 60 * SECOND,
    }
}

/// The pauses after each trouble, `None` where the failure stands; each attempt takes no time.
fn pauses(policy: Retry, troubles: &[Trouble]) -> Vec<Option<Duration>> {
    let mut now = some_time();
    let mut course = Course::begin(policy, now);
    troubles
        .iter()
        .map(|trouble| {
            let (again, next) = course.failed(*trouble, now, ALL);
            course = next;
            match again {
                Again::At(when) => {
                    let pause = when - now;
                    now = when;
                    Some(pause)
                }
                Again::Never => None,
            }
        })
        .collect()
}

#[test]
fn a_request_that_met_nobody_is_sent_again_so_many_times_after_growing_pauses() {
    use Trouble::{Late, Unreachable};
    assert_eq!(
        pauses(policy(3), &[Unreachable, Late, Unreachable, Unreachable]),
        [Some(SECOND), Some(2 * SECOND), Some(4 * SECOND), None]
    );
}

#[test]
fn a_final_failure_stands() {
    assert_eq!(pauses(policy(3), &[Trouble::Final]), [None]);
}

#[test]
fn without_retries_every_failure_stands() {
    for trouble in [
        Trouble::Unreachable,
        Trouble::Late,
        Trouble::Throttled(Some(Duration::ZERO)),
    ] {
        assert_eq!(pauses(policy(0), &[trouble]), [None], "{trouble:?}");
    }
}

#[test]
fn a_pause_that_was_asked_for_is_kept_with_a_quarter_of_jitter_at_most() {
    let throttled = Trouble::Throttled(Some(2 * SECOND));
    assert_eq!(pauses(policy(3), &[throttled]), [Some(SECOND * 5 / 2)]);
    let at_once = Trouble::Throttled(Some(Duration::ZERO));
    assert_eq!(pauses(policy(3), &[at_once]), [Some(Duration::ZERO)]);
}

#[test]
fn being_throttled_uses_up_patience_and_no_retries() {
    let throttled = Trouble::Throttled(None);
    let mut troubles = vec![throttled; 5];
    troubles.push(Trouble::Unreachable);
    // 1 + 2 + 4 + 8 + 8 seconds, then the first of the retries.
    let seconds = |count| Some(count * SECOND);
    assert_eq!(
        pauses(policy(1), &troubles),
        [1, 2, 4, 8, 8, 1].map(seconds)
    );
}

#[test]
fn a_probe_that_meets_nobody_uses_up_patience_and_no_retries() {
    let now = some_time();
    let mut course = Course::begin(policy(1), now);
    for seconds in 0..60 {
        let then = now + seconds * SECOND;
        let (again, next) = course.probed(then);
        assert_eq!(again, Again::At(then));
        course = next;
    }
    assert_eq!(course.probed(now + 60 * SECOND).0, Again::Never);
    assert!(matches!(
        course.failed(Trouble::Late, now, 0).0,
        Again::At(_)
    ));
    assert_eq!(Course::begin(policy(0), now).probed(now).0, Again::Never);
}

#[test]
fn no_attempt_begins_when_patience_has_ended() {
    let throttled = |seconds: u32| Trouble::Throttled(Some(seconds * SECOND));
    assert_eq!(pauses(policy(3), &[throttled(60)]), [None]);
    assert_eq!(pauses(policy(3), &[throttled(3600)]), [None]);
    assert!(pauses(policy(3), &[throttled(58)])[0].is_some());
}

#[test]
fn endless_patience_and_pauses_are_no_panic() {
    let endless = Retry {
        patience: Duration::MAX,
        ..policy(1)
    };
    let course = Course::begin(endless, some_time());
    assert_eq!(course.end(), None);
    let throttled = Trouble::Throttled(Some(Duration::MAX));
    assert_eq!(pauses(endless, &[throttled]), [None]);
}
