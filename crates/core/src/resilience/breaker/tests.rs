use super::*;
use crate::port::tests::some_time;

const SECOND: Duration = Duration::from_secs(1);
const POLICY: BreakerPolicy = BreakerPolicy {
    failures: 3,
    pause: SECOND,
    pause_max: Duration::from_secs(3),
    patience: Duration::from_secs(20),
};

/// A breaker and its time.
struct Bench {
    breaker: Breaker,
    now: Instant,
}

impl Bench {
    fn new(policy: BreakerPolicy) -> Self {
        Self {
            breaker: Breaker::new(policy),
            now: some_time(),
        }
    }

    fn admit(&mut self) -> Admission {
        let is_passable = self.breaker.is_passable(self.now);
        let (admission, next) = self.breaker.admit(self.now);
        assert_eq!(is_passable, matches!(admission, Admission::Go(_)));
        self.breaker = next;
        admission
    }

    #[track_caller]
    fn go(&mut self) -> Pass {
        match self.admit() {
            Admission::Go(pass) => pass,
            admission => panic!("{admission:?}"),
        }
    }

    fn fail(&mut self, pass: Pass) {
        self.breaker = self.breaker.failed(pass, self.now);
    }

    fn answer(&mut self) {
        self.breaker = self.breaker.answered();
    }

    fn pass_time(&mut self, time: Duration) {
        self.now += time;
    }

    /// Opens it, after one answer.
    fn open(&mut self) {
        self.answer();
        for _ in 0..3 {
            let pass = self.go();
            self.fail(pass);
        }
        assert_eq!(self.breaker.standing(), Standing::Open);
    }

    fn held(&self, time: Duration) -> Admission {
        Admission::Hold(self.now + time)
    }
}

#[test]
fn it_opens_after_so_many_failures_in_a_row() {
    let mut bench = Bench::new(POLICY);
    for _ in 0..5 {
        for _ in 0..2 {
            let pass = bench.go();
            bench.fail(pass);
        }
        assert_eq!(bench.breaker.standing(), Standing::Closed);
        bench.answer();
    }
    bench.open();
    assert_eq!(bench.breaker.openings(), 1);
    assert_eq!(bench.admit(), bench.held(SECOND));
}

#[test]
fn a_probe_goes_out_once_the_pause_is_over_and_others_wait_for_it() {
    let mut bench = Bench::new(POLICY);
    bench.open();
    bench.pass_time(SECOND);
    assert!(bench.go().is_probe());
    assert_eq!(bench.breaker.standing(), Standing::HalfOpen);
    assert_eq!(bench.admit(), bench.held(SECOND));
}

#[test]
fn an_answer_to_the_probe_closes_it() {
    let mut bench = Bench::new(POLICY);
    bench.open();
    bench.pass_time(SECOND);
    bench.go();
    bench.answer();
    assert_eq!(bench.breaker.standing(), Standing::Closed);
    assert!(!bench.go().is_probe());
    bench.open();
    assert_eq!(bench.breaker.openings(), 2);
}

#[test]
fn pauses_double_up_to_the_longest_while_probes_fail() {
    let mut bench = Bench::new(POLICY);
    bench.open();
    bench.pass_time(SECOND);
    for pause in [2, 3, 3].map(|seconds| seconds * SECOND) {
        let probe = bench.go();
        bench.fail(probe);
        assert_eq!(bench.breaker.standing(), Standing::Open);
        assert_eq!(bench.admit(), bench.held(pause));
        bench.pass_time(pause);
    }
    assert_eq!(bench.breaker.openings(), 1);
}

#[test]
fn a_probe_that_hangs_does_not_hold_up_the_next() {
    let mut bench = Bench::new(POLICY);
    bench.open();
    bench.pass_time(SECOND);
    let hanging = bench.go();
    bench.pass_time(SECOND);
    bench.go();
    bench.answer();
    assert_eq!(bench.breaker.standing(), Standing::Closed);
    bench.fail(hanging);
    let counted = bench.breaker;
    bench.answer();
    assert_eq!(bench.breaker, counted, "the old probe counts no more");
}

#[test]
fn a_pause_counts_from_when_the_probe_went_out() {
    let mut bench = Bench::new(POLICY);
    bench.open();
    bench.pass_time(SECOND);
    let probe = bench.go();
    bench.pass_time(SECOND / 2);
    bench.fail(probe);
    assert_eq!(bench.admit(), bench.held(SECOND * 3 / 2));
}

#[test]
fn of_several_probes_that_fail_the_first_lengthens_the_pause() {
    let mut bench = Bench::new(POLICY);
    bench.open();
    bench.pass_time(SECOND);
    let first = bench.go();
    bench.pass_time(SECOND);
    let second = bench.go();
    bench.fail(first);
    bench.fail(second);
    assert_eq!(bench.admit(), bench.held(2 * SECOND));
}

#[test]
fn failures_of_what_was_sent_before_do_not_open_it_again() {
    let mut bench = Bench::new(POLICY);
    let old = bench.go();
    bench.open();
    for _ in 0..10 {
        bench.fail(old);
    }
    assert_eq!(bench.admit(), bench.held(SECOND));
    bench.answer();
    for _ in 0..10 {
        bench.fail(old);
    }
    assert_eq!(bench.breaker.standing(), Standing::Closed);
}

#[test]
fn an_answer_to_what_was_sent_before_closes_it() {
    let mut bench = Bench::new(POLICY);
    bench.open();
    bench.answer();
    assert_eq!(bench.breaker.standing(), Standing::Closed);
}

#[test]
fn requests_are_refused_when_patience_has_ended_and_probes_go_on() {
    let mut bench = Bench::new(POLICY);
    bench.open();
    for _ in 0..10 {
        bench.pass_time(3 * SECOND);
        let probe = bench.go();
        bench.fail(probe);
    }
    assert_eq!(bench.admit(), Admission::Refuse);
    bench.pass_time(3 * SECOND);
    bench.go();
    assert_eq!(bench.admit(), Admission::Refuse);
    bench.answer();
    bench.go();
}

#[test]
fn a_service_that_never_answered_is_not_waited_for() {
    let mut bench = Bench::new(POLICY);
    for _ in 0..3 {
        let pass = bench.go();
        bench.fail(pass);
    }
    assert_eq!(bench.admit(), Admission::Refuse);
    bench.pass_time(SECOND);
    bench.go();
    assert_eq!(bench.admit(), Admission::Refuse);
}

#[test]
fn without_a_number_of_failures_it_stays_closed() {
    let mut bench = Bench::new(BreakerPolicy {
        failures: 0,
        ..POLICY
    });
    for _ in 0..1000 {
        let pass = bench.go();
        bench.fail(pass);
    }
    assert_eq!(bench.breaker.standing(), Standing::Closed);
}

#[test]
fn endless_pauses_are_no_panic() {
    let mut bench = Bench::new(BreakerPolicy {
        pause: Duration::MAX,
        pause_max: Duration::MAX,
        patience: Duration::MAX,
        ..POLICY
    });
    bench.open();
    assert!(matches!(bench.admit(), Admission::Hold(_)));
}
