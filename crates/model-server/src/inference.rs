//! The models at work: who may come in, and where the work is done.

use std::sync::Arc;

use axum::Router;
use creel_runtime::{BuildError, TaskError, TaskFuture, ThreadPool};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::{self, Refusal};
use crate::stats::Counters;
use crate::{Catalogue, Settings, Stats};

#[cfg(test)]
mod tests;

/// Models behind HTTP routes, with the pool on which they run.
///
/// A [`ModelServer`](crate::ModelServer) has one; a program with an axum server of its own takes the
/// [`router`](Inference::router). Clones share everything; the last one dropped waits for what runs.
#[derive(Clone)]
pub struct Inference {
    shared: Arc<Shared>,
}

struct Shared {
    catalogue: Catalogue,
    settings: Settings,
    pool: ThreadPool,
    places: Arc<Semaphore>,
    counters: Arc<Counters>,
}

/// A future whose task is of no use once nobody waits for it.
struct CancelledWithRequest<T>(TaskFuture<T>);

impl<T> Drop for CancelledWithRequest<T> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// The right of one request to wait and run; given back when dropped.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Inference {
    /// Makes the models ready to be asked; of the settings, where to listen and the grace do not matter here.
    ///
    /// # Errors
    /// [`BuildError`] when the settings ask for no workers or for too many.
    pub fn new(catalogue: Catalogue, settings: Settings) -> Result<Self, BuildError> {
        let pool = ThreadPool::builder()
            .max_workers(settings.workers)
            .thread_name("model")
            .build()?;
        let places = settings.pending_max.min(Semaphore::MAX_PERMITS);
        Ok(Self {
            shared: Arc::new(Shared {
                catalogue,
                settings,
                pool,
                places: Arc::new(Semaphore::new(places)),
                counters: Arc::default(),
            }),
        })
    }

    /// The routes under which the models answer, with JSON errors for whatever else is asked.
    ///
    /// ```
    /// use creel_model_server::{Catalogue, Inference, Settings};
    ///
    /// let inference = Inference::new(Catalogue::built_in()?, Settings::default())?;
    /// let app = axum::Router::new().nest("/models", inference.router());
    /// # drop(app);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn router(&self) -> Router {
        http::router(self.clone())
    }

    /// What became of the requests for inference so far.
    pub fn stats(&self) -> Stats {
        self.shared.counters.snapshot()
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.shared.catalogue
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    pub(crate) fn counters(&self) -> &Arc<Counters> {
        &self.shared.counters
    }

    /// A place for one request, if there is one left.
    pub(crate) fn admit(&self) -> Result<Place, Refusal> {
        let places = Arc::clone(&self.shared.places);
        match places.try_acquire_owned() {
            Ok(permit) => Ok(Place { _permit: permit }),
            Err(_) => Err(Refusal::Busy),
        }
    }

    /// Does the work on the pool; dropping the future calls it off if it has not begun.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        place: Place,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let work = move || {
            // Kept to the end of the work, not of the request: a client that went away frees no worker.
            let _place = place;
            work()
        };
        let Ok(future) = self.shared.pool.submit(work) else {
            return Err(Refusal::Stopping);
        };
        let mut future = CancelledWithRequest(future);
        match (&mut future.0).await {
            Ok(outcome) => outcome,
            Err(TaskError::Panicked(panic)) => Err(Refusal::Panicked(panic.message().to_owned())),
            Err(error) => Err(Refusal::NotRun(error)),
        }
    }

    /// Waits for the work that was begun; none is taken any more.
    pub(crate) fn finish(&self) {
        if let Err(error) = self.shared.pool.shutdown() {
            tracing::warn!(%error, "the models' pool was not joined");
        }
    }
}
