//! A service that bears up when the one behind it falters.

mod admission;
mod gate;
mod hedged;
mod not_sent;
mod pause;
mod settings;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use creel_core::port::ServiceError;
use creel_core::resilience::{Again, Course, Rate, Trouble};
use creel_core::{Context, Service};
use creel_runtime::clock;

use admission::Entrant;
use gate::{Gate, Permit};
use not_sent::Refusal;
use pause::pause_until;

pub use gate::Efforts;
pub use settings::Resilience;

/// A service that asks another one, and asks again, later, or for less at once, where that helps.
///
/// Every call goes through the same gate, which knows how the service behind it fares:
///
/// - What failed and may be answered later is sent again after a pause, as [`Resilience::retry`] says; a pause that the
///   service asks for is kept by all calls. Retries come out of one [budget](Resilience::budget).
/// - When the service stops answering, nothing more is sent but a probe now and then, and calls wait for it to come back:
///   the [breaker](Resilience::breaker).
/// - No more are in flight than the [limit](Resilience::limit), which can look for the best number by itself, and no more
///   are sent in a time than the [rate](Resilience::rate).
/// - A call that takes long can be [hedged](Resilience::hedge): sent a second time, and the first answer counts.
///
/// Whoever waits, for a pause, for its turn or for the service to come back, suspends: no worker is held. The time is that
/// of the [current clock](creel_runtime::clock::current), so that all of this can be tried in virtual time. Requests are
/// sent in the order in which they were first asked, retries before what is younger.
///
/// An error is that of the last attempt. A request that was never sent ends as [`ServiceError::Unavailable`] when the
/// service has been gone for too long, [`Throttled`](ServiceError::Throttled) when it asks for too long a pause, and
/// [`TimedOut`](ServiceError::TimedOut) when the deadline came before its turn. From when on a call
/// [fails fast](Context::fails_fast), what is to wait ends as `Unavailable`, or with the error of its last attempt.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use creel_core::port::{Context, Service, ServiceError};
/// use creel_pipeline::{Resilience, Resilient};
/// use creel_runtime::Seeded;
///
/// /// Refuses every other request.
/// struct Moody(AtomicU32);
/// impl Service<u64> for Moody {
///     type Response = u64;
///     async fn call(&self, request: u64, _: &Context) -> Result<u64, ServiceError> {
///         match self.0.fetch_add(1, Ordering::Relaxed) % 2 {
///             0 => Err(ServiceError::Unavailable("not in the mood".into())),
///             _ => Ok(request * request),
///         }
///     }
/// }
///
/// let service = Resilient::new(Moody(AtomicU32::new(0)), Resilience::default());
/// let handle = service.handle();
/// let seeded = Seeded::new(0);
/// let answer = seeded.block_on(service.call(7, &Context::new()))?;
/// assert_eq!(answer.unwrap(), 49);
/// assert_eq!(handle.efforts().retries, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Resilient<Q, S> {
    service: S,
    settings: Resilience,
    gate: Arc<Gate>,
    weigh: Option<Box<Weigh<Q>>>,
}

type Weigh<Q> = dyn Fn(&Q) -> u64 + Send + Sync;

impl<Q, S> Resilient<Q, S> {
    /// Puts a service behind a gate.
    pub fn new(service: S, settings: Resilience) -> Self {
        Self {
            service,
            settings,
            gate: Arc::new(Gate::new(&settings)),
            weigh: None,
        }
    }

    /// Sends no more than so much in a time, as `weigh` measures requests: tokens, say.
    #[must_use]
    pub fn weight_rate(
        mut self,
        rate: Rate,
        weigh: impl Fn(&Q) -> u64 + Send + Sync + 'static,
    ) -> Self {
        self.gate.keep_weight_rate(rate);
        self.weigh = Some(Box::new(weigh));
        self
    }

    /// Takes the service as one that has answered before: when it stops, it is waited for.
    #[must_use]
    pub fn known_to_answer(self) -> Self {
        self.gate.answered_before();
        self
    }

    /// A handle that shows what all of this takes.
    pub fn handle(&self) -> ResilientHandle {
        ResilientHandle {
            gate: Arc::clone(&self.gate),
        }
    }
}

/// Shows what a [`Resilient`] service does.
#[derive(Clone)]
pub struct ResilientHandle {
    gate: Arc<Gate>,
}

impl ResilientHandle {
    /// What it took so far.
    pub fn efforts(&self) -> Efforts {
        self.gate.efforts()
    }
}

impl<Q, S> Service<Q> for Resilient<Q, S>
where
    Q: Clone + Send,
    S: Service<Q> + Sync,
{
    type Response = S::Response;

    fn call(
        &self,
        request: Q,
        context: &Context,
    ) -> impl Future<Output = Result<S::Response, ServiceError>> + Send {
        let context = context.clone();
        async move { self.answer(request, &context).await }
    }
}

impl<Q, S> Resilient<Q, S>
where
    Q: Clone + Send,
    S: Service<Q> + Sync,
{
    async fn answer(&self, request: Q, context: &Context) -> Result<S::Response, ServiceError> {
        let mut entrant = Entrant {
            number: self.gate.number(),
            weight: self.weigh.as_ref().map_or(0, |weigh| weigh(&request)),
            is_retry: false,
            end: context.deadline(),
        };
        let permit = match self.admitted(entrant, context).await {
            Ok(permit) => permit,
            Err(refusal) => return Err(refusal.into()),
        };
        if !self.settings.repeats() {
            return once(&self.service, request, context, permit).await;
        }
        let mut course = Course::begin(self.settings.retry, now());
        entrant.is_retry = true;
        entrant.end = [course.end(), entrant.end].into_iter().flatten().min();
        let mut permit = permit;
        loop {
            let is_probe = permit.is_probe();
            let error = match self.attempt(request.clone(), context, permit).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let trouble = Trouble::from(&error);
            let (again, next) = if is_probe && trouble.is_absence() {
                course.probed(now())
            } else {
                course.failed(trouble, now(), self.gate.draw())
            };
            course = next;
            let Again::At(when) = again else {
                return Err(error);
            };
            tracing::debug!(error = &error as &dyn std::error::Error, "sending again");
            let is_time = pause_until(when, entrant.end, context).await
                && self.gate.budgeted(entrant.end, context).await;
            if context.is_cancelled() {
                return Err(ServiceError::Cancelled);
            }
            if !is_time {
                return Err(error);
            }
            permit = match self.admitted(entrant, context).await {
                Ok(permit) => permit,
                Err(Refusal::Cancelled) => return Err(ServiceError::Cancelled),
                // What the last attempt met says more.
                Err(_) => return Err(error),
            };
        }
    }

    async fn admitted(&self, entrant: Entrant, context: &Context) -> Result<Permit, Refusal> {
        Gate::admit(&self.gate, entrant, context).await
    }

    async fn attempt(
        &self,
        request: Q,
        context: &Context,
        permit: Permit,
    ) -> Result<S::Response, ServiceError> {
        let Some(delay) = self.settings.hedge else {
            return once(&self.service, request, context, permit).await;
        };
        let second = request.clone();
        let first = once(&self.service, request, context, permit);
        hedged::race(first, delay, || {
            let permit = Gate::admit_extra(&self.gate)?;
            Some(once(&self.service, second, context, permit))
        })
        .await
    }
}

/// One attempt, and what it tells the gate.
async fn once<Q, S: Service<Q>>(
    service: &S,
    request: Q,
    context: &Context,
    permit: Permit,
) -> Result<S::Response, ServiceError> {
    let outcome = service.call(request, context).await;
    permit.settle(outcome.as_ref().err());
    outcome
}

fn now() -> std::time::Instant {
    clock::current().now()
}

impl<Q, S: fmt::Debug> fmt::Debug for Resilient<Q, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resilient")
            .field("service", &self.service)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ResilientHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ResilientHandle")
            .field(&self.efforts())
            .finish()
    }
}
