//! Several rows in one request.

use std::future::{Future, poll_fn};
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use creel_core::port::ServiceError;
use creel_core::{Context, Service};
use creel_http_client::random_id;
use creel_protocols::{Answer, Features, Payload, Request};
use serde_json::{Map, Value};

/// How long a row waits for others to go with.
const LINGER: Duration = Duration::from_millis(5);

/// A service that asks about several rows of features in one request, while each row keeps its own answer.
///
/// A call joins a group and suspends. Who fills the group asks for all; if nobody does, the first asks once it has
/// lingered. When a group is refused, or its answer cannot be told apart by rows, each row is asked about alone, so
/// that one bad row spoils no other. Pictures, texts and whatever else pass as they are.
pub(crate) struct Grouped<S> {
    service: S,
    rows_max: usize,
    open: Mutex<Option<Arc<Group>>>,
}

/// Rows that go in one request.
#[derive(Default)]
struct Group(Mutex<State>);

#[derive(Default)]
struct State {
    rows: Vec<Vec<f64>>,
    outcome: Option<Outcome>,
    waiting: Vec<Waker>,
}

/// What became of a group.
enum Outcome {
    /// An answer for each row, until its row has taken it.
    Answered(Vec<Option<Answer>>),
    Failed(ServiceError),
    /// Each row is to be asked about by itself.
    Alone,
}

/// A row's part in its group.
struct Part {
    group: Arc<Group>,
    place: usize,
    fills: bool,
}

impl<S> Grouped<S> {
    pub(crate) fn new(service: S, rows_max: NonZeroUsize) -> Self {
        Self {
            service,
            rows_max: rows_max.get(),
            open: Mutex::new(None),
        }
    }

    /// Joins the group that is open; `None` when the request cannot be in one with others.
    fn join(&self, request: &Request) -> Option<Part> {
        let Payload::Features(features) = &request.payload else {
            return None;
        };
        if self.rows_max == 1 || features.row_count() != 1 {
            return None;
        }
        let mut open = lock(&self.open);
        let group = Arc::clone(open.get_or_insert_default());
        let mut state = lock(&group.0);
        if state
            .rows
            .first()
            .is_some_and(|row| row.len() != features.columns())
        {
            return None;
        }
        let place = state.rows.len();
        state.rows.push(features.values().to_vec());
        let fills = state.rows.len() == self.rows_max;
        drop(state);
        if fills {
            *open = None;
        }
        Some(Part {
            group,
            place,
            fills,
        })
    }

    /// Takes the group away from those who would join it; false when somebody has filled it.
    fn close(&self, group: &Arc<Group>) -> bool {
        let mut open = lock(&self.open);
        open.take_if(|open| Arc::ptr_eq(open, group)).is_some()
    }
}

impl<S: Service<Request, Response = Answer> + Sync> Grouped<S> {
    /// Asks for the whole group.
    async fn ask(&self, group: &Group, context: &Context) {
        let leading = Leading(group);
        let rows = std::mem::take(&mut lock(&group.0).rows);
        let count = rows.len();
        let Ok(features) = Features::rows(rows) else {
            return leading.end(Outcome::Alone);
        };
        let request = Request::new(random_id(), features);
        let outcome = match self.service.call(request, context).await {
            Ok(answer) => split(answer, count).map_or(Outcome::Alone, Outcome::Answered),
            Err(
                ServiceError::Rejected(_) | ServiceError::Failed(_) | ServiceError::Malformed(_),
            ) if count > 1 => Outcome::Alone,
            Err(error) => Outcome::Failed(error),
        };
        leading.end(outcome);
    }
}

impl<S: Service<Request, Response = Answer> + Sync> Service<Request> for Grouped<S> {
    type Response = Answer;

    async fn call(&self, request: Request, context: &Context) -> Result<Answer, ServiceError> {
        let Some(part) = self.join(&request) else {
            return self.service.call(request, context).await;
        };
        let lingers = part.place == 0 && !part.fills;
        if part.fills || (lingers && part.lingered().await && self.close(&part.group)) {
            self.ask(&part.group, context).await;
        }
        match part.outcome().await {
            Some(outcome) => outcome,
            None => self.service.call(request, context).await,
        }
    }
}

/// Whoever asks for a group; if it is dropped before its end, the others wait for nobody.
struct Leading<'a>(&'a Group);

impl Leading<'_> {
    fn end(self, outcome: Outcome) {
        self.0.end(outcome);
    }
}

impl Drop for Leading<'_> {
    fn drop(&mut self) {
        self.0.end(Outcome::Failed(ServiceError::Cancelled));
    }
}

impl Group {
    /// The first outcome counts.
    fn end(&self, outcome: Outcome) {
        let mut state = lock(&self.0);
        state.outcome.get_or_insert(outcome);
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Part {
    /// Waits a moment for others; false when the group has come to its outcome meanwhile.
    async fn lingered(&self) -> bool {
        let mut linger = creel_runtime::sleep(LINGER);
        poll_fn(|task| {
            let mut state = lock(&self.group.0);
            if state.outcome.is_some() {
                return Poll::Ready(false);
            }
            if Pin::new(&mut linger).poll(task).is_ready() {
                return Poll::Ready(true);
            }
            state.waiting.push(task.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Waits for what becomes of this row; `None` when it is to be asked about alone.
    async fn outcome(&self) -> Option<Result<Answer, ServiceError>> {
        poll_fn(|task| {
            let mut state = lock(&self.group.0);
            let outcome = match &mut state.outcome {
                Some(Outcome::Answered(answers)) => answers[self.place].take().map(Ok),
                Some(Outcome::Failed(error)) => Some(Err(same(error))),
                Some(Outcome::Alone) => None,
                None => {
                    state.waiting.push(task.waker().clone());
                    return Poll::Pending;
                }
            };
            Poll::Ready(outcome)
        })
        .await
    }
}

/// The answers of the single rows; `None` when they cannot be told apart.
fn split(answer: Answer, rows: usize) -> Option<Vec<Option<Answer>>> {
    let mut answers = vec![Map::new(); rows];
    for (name, output) in answer.outputs {
        let Value::Array(elements) = output else {
            return None;
        };
        if elements.is_empty() || elements.len() % rows != 0 {
            return None;
        }
        let width = elements.len() / rows;
        let mut elements = elements.into_iter();
        for answer in &mut answers {
            let row = elements.by_ref().take(width).collect();
            answer.insert(name.clone(), row);
        }
    }
    let answers = answers.into_iter();
    Some(answers.map(|outputs| Some(Answer { outputs })).collect())
}

/// The same error for another row.
fn same(error: &ServiceError) -> ServiceError {
    let text = || {
        let mut causes = Vec::new();
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            causes.push(error.to_string());
            cause = error.source();
        }
        causes.join(": ").into()
    };
    match error {
        ServiceError::Unavailable(_) => ServiceError::Unavailable(text()),
        ServiceError::TimedOut(_) => ServiceError::TimedOut(text()),
        ServiceError::Throttled { retry_after, .. } => ServiceError::Throttled {
            retry_after: *retry_after,
            source: text(),
        },
        ServiceError::Rejected(_) => ServiceError::Rejected(text()),
        ServiceError::Malformed(_) => ServiceError::Malformed(text()),
        ServiceError::Cancelled => ServiceError::Cancelled,
        _ => ServiceError::Failed(text()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
