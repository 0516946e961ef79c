//! A server in virtual time, and a load on it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::pending;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use creel_core::port::ServiceError;
use creel_core::{Context, Service};
use creel_pipeline::{Efforts, Resilience, Resilient};
use creel_runtime::{Seeded, VirtualClock, sleep, sleep_until, timeout};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MILLISECOND: Duration = Duration::from_millis(1);

/// A server with so many workers, and what befalls it.
pub(crate) struct Server {
    workers: usize,
    service_time: Duration,
    gone: Range<Duration>,
    hanging: Range<Duration>,
    patience: Duration,
    halved: Range<Duration>,
    allowed_per_second: Option<u64>,
    bearable: Option<usize>,
    slow_of: Option<u64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When each worker is free.
    free: BinaryHeap<Reverse<Duration>>,
    inside: usize,
    seen: u64,
    second: u64,
    seen_in_second: u64,
}

impl Server {
    pub(crate) fn new(workers: usize, service_time: Duration) -> Self {
        let free = std::iter::repeat_n(Reverse(Duration::ZERO), workers).collect();
        Self {
            workers,
            service_time,
            gone: Duration::ZERO..Duration::ZERO,
            hanging: Duration::ZERO..Duration::ZERO,
            patience: Duration::MAX,
            halved: Duration::ZERO..Duration::ZERO,
            allowed_per_second: None,
            bearable: None,
            slow_of: None,
            state: Mutex::new(State {
                free,
                ..State::default()
            }),
        }
    }

    /// Refuses connections for a time.
    pub(crate) fn gone(mut self, span: Range<Duration>) -> Self {
        self.gone = span;
        self
    }

    /// Takes requests for a time, and never answers them.
    pub(crate) fn hanging(mut self, span: Range<Duration>) -> Self {
        self.hanging = span;
        self
    }

    /// Its client waits for so long.
    pub(crate) fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Half of its workers are away for a time.
    pub(crate) fn halved(mut self, span: Range<Duration>) -> Self {
        self.halved = span;
        self
    }

    /// Throttles what is more in a second, until that is over.
    pub(crate) fn allowing(mut self, count: u64) -> Self {
        self.allowed_per_second = Some(count);
        self
    }

    /// With more inside, each one costs all of them three hundredths of their time.
    pub(crate) fn suffering(mut self, bearable: usize) -> Self {
        self.bearable = Some(bearable);
        self
    }

    /// One in so many takes two seconds.
    pub(crate) fn slow_now_and_then(mut self, of: u64) -> Self {
        self.slow_of = Some(of);
        self
    }

    /// What becomes of a request that comes at this time: when it is answered.
    fn receive(&self, now: Duration) -> Result<Option<Duration>, ServiceError> {
        let mut state = self.state.lock().unwrap();
        state.seen += 1;
        if self.gone.contains(&now) {
            return Err(ServiceError::Unavailable("connection refused".into()));
        }
        if self.hanging.contains(&now) {
            return Ok(None);
        }
        if let Some(allowed) = self.allowed_per_second {
            if state.second != now.as_secs() {
                (state.second, state.seen_in_second) = (now.as_secs(), 0);
            }
            state.seen_in_second += 1;
            if state.seen_in_second > allowed {
                return Err(ServiceError::Throttled {
                    retry_after: Some(Duration::from_secs(now.as_secs() + 1) - now),
                    source: "slow down".into(),
                });
            }
        }
        state.inside += 1;
        let mut time = self.service_time;
        if self.slow_of.is_some_and(|of| state.seen.is_multiple_of(of)) {
            time = 2 * SECOND;
        }
        if self.halved.contains(&now) {
            time *= 2;
        }
        if let Some(bearable) = self.bearable {
            time = time.mul_f64(1.0 + 0.03 * state.inside.saturating_sub(bearable) as f64);
        }
        let Reverse(free) = state.free.pop().expect("it has workers");
        let end = free.max(now) + time;
        state.free.push(Reverse(end));
        assert_eq!(state.free.len(), self.workers);
        Ok(Some(end))
    }
}

/// A server and the clock that it goes by.
struct Reached {
    server: Arc<Server>,
    clock: VirtualClock,
    start: Instant,
}

impl Service<u64> for Reached {
    type Response = u64;

    async fn call(&self, request: u64, _: &Context) -> Result<u64, ServiceError> {
        // The way there.
        sleep(MILLISECOND / 10).await;
        let answer = async {
            match self.server.receive(self.clock.elapsed())? {
                Some(end) => sleep_until(self.start + end).await,
                None => pending().await,
            }
            self.server.state.lock().unwrap().inside -= 1;
            Ok(request)
        };
        match timeout(self.server.patience, answer).await {
            Ok(answer) => answer,
            Err(elapsed) => Err(ServiceError::TimedOut(elapsed.to_string().into())),
        }
    }
}

/// What came of a load.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) efforts: Efforts,
    seen: u64,
    log: Log,
}

#[derive(Default)]
struct Log {
    /// When each answer came.
    answers: Vec<Duration>,
    times: Vec<Duration>,
    failures: Vec<String>,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} answers, {} failures: {:?}",
            self.answers.len(),
            self.failures.len(),
            self.failures.first()
        )
    }
}

impl Load {
    /// So many callers, each of which asks again as soon as it is answered, until the time is over.
    pub(crate) fn play(
        seed: u64,
        server: Server,
        resilience: Resilience,
        callers: usize,
        time: Duration,
    ) -> Self {
        let seeded = Seeded::new(seed);
        let (server, clock) = (Arc::new(server), seeded.clock());
        let reached = Reached {
            server: Arc::clone(&server),
            start: seeded.now(),
            clock: clock.clone(),
        };
        let resilience = Resilience {
            seed: Some(seed),
            ..resilience
        };
        let service = Arc::new(Resilient::new(reached, resilience));
        let log = Arc::new(Mutex::new(Log::default()));
        for caller in 0..callers as u64 {
            let (service, log) = (Arc::clone(&service), Arc::clone(&log));
            let clock = clock.clone();
            let calls = async move {
                while clock.elapsed() < time {
                    let asked = clock.elapsed();
                    let answer = service.call(caller, &Context::new()).await;
                    let mut log = log.lock().unwrap();
                    match answer {
                        Ok(answer) => {
                            assert_eq!(answer, caller);
                            log.answers.push(clock.elapsed());
                            log.times.push(clock.elapsed() - asked);
                        }
                        Err(error) => log.failures.push(format!("{error:?}")),
                    }
                }
            };
            drop(seeded.spawn(calls).unwrap());
        }
        seeded.run();
        let log = std::mem::take(&mut *log.lock().unwrap());
        let seen = server.state.lock().unwrap().seen;
        let efforts = service.handle().efforts();
        assert_eq!(
            seen,
            efforts.requests + efforts.retries + efforts.hedges,
            "each attempt is counted"
        );
        Self { efforts, seen, log }
    }

    #[track_caller]
    pub(crate) fn check_all_answered(&self) {
        assert!(self.log.failures.is_empty(), "{self:?}");
        assert_eq!(self.log.answers.len() as u64, self.efforts.requests);
    }

    /// How many requests the server saw for each that was asked.
    pub(crate) fn amplification(&self) -> f64 {
        let amplification = self.seen as f64 / self.efforts.requests as f64;
        assert!((amplification - self.efforts.amplification()).abs() < 1e-9);
        amplification
    }

    pub(crate) fn answers(&self) -> &[Duration] {
        &self.log.answers
    }

    pub(crate) fn first_answer_after(&self, time: Duration) -> Duration {
        let answers = self.log.answers.iter();
        *answers
            .filter(|at| **at >= time)
            .min()
            .expect("there are answers later")
    }

    /// Answers a second, from one second to another.
    pub(crate) fn rate(&self, from: u64, to: u64) -> f64 {
        let span = Duration::from_secs(from)..Duration::from_secs(to);
        let count = self.log.answers.iter().filter(|at| span.contains(at));
        count.count() as f64 / (to - from) as f64
    }

    pub(crate) fn slowest_but_one_in_a_hundred(&self) -> Duration {
        let mut times = self.log.times.clone();
        times.sort();
        times[times.len() * 99 / 100]
    }
}
