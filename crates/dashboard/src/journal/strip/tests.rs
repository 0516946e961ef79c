use super::*;

fn after(steps: f64) -> Duration {
    STEP.mul_f64(steps)
}

#[track_caller]
fn check(strip: Strip, now: Duration, running: &str, blocked: &str) {
    let (found_running, found_blocked) = strip.digits(now);
    assert_eq!((&*found_running, &*found_blocked), (running, blocked));
}

#[test]
fn work_is_spread_over_the_steps_in_which_it_was_done() {
    let mut strip = Strip::default();
    strip.add(Doing::Running, after(0.0)..after(1.5));
    strip.add(Doing::Blocked, after(1.5)..after(3.0));
    check(strip, after(3.9), "9500", "0590");
}

#[test]
fn only_the_latest_steps_are_kept() {
    let mut strip = Strip::default();
    strip.add(Doing::Running, after(0.0)..after(1.0));
    strip.add(Doing::Running, after(1_000.0)..after(1_001.0));
    assert!(strip.steps.len() <= STEPS);
    let running = "0".repeat(STEPS - 2) + "90";
    check(strip, after(1_001.5), &running, &"0".repeat(STEPS));
}

#[test]
fn a_wait_that_is_longer_than_what_is_kept_fills_it() {
    let mut strip = Strip::default();
    strip.add(Doing::Blocked, after(1.0)..after(500.5));
    check(strip, after(500.5), &"0".repeat(STEPS), &"9".repeat(STEPS));
}

#[test]
fn what_comes_late_is_entered_where_it_belongs_or_forgotten() {
    let mut strip = Strip::default();
    strip.add(Doing::Running, after(100.0)..after(101.0));
    strip.add(Doing::Running, after(98.0)..after(99.0));
    strip.add(Doing::Running, after(1.0)..after(2.0));
    assert!(strip.steps.len() <= STEPS);
    let running = "0".repeat(STEPS - 4) + "9090";
    check(strip, after(101.5), &running, &"0".repeat(STEPS));
}
