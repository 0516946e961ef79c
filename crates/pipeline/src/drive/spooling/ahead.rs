//! Entries that are made ahead of their turn, by the executor.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use creel_core::{BoxError, Executor};
use creel_runtime::{Task, TaskFuture};

use crate::codec::Codec;
use crate::drive::run::{Captured, Run};
use crate::failure::Panicked;
use crate::flow::Place;

/// The most items that are taken out of the queue before their turn has come.
const AHEAD: usize = 8;

/// Items on their way into entries, in the order in which they are appended.
pub(super) struct Ahead<F> {
    codec: Arc<dyn Codec<F>>,
    items: VecDeque<Ordered<F>>,
}

/// An item whose turn comes.
struct Ordered<F> {
    place: Place,
    desk: Arc<Desk<F>>,
    /// None for what is encoded once it is its turn.
    encoding: Option<TaskFuture<Encoded>>,
}

type Encoded = Result<Vec<u8>, BoxError>;

/// Where an item lies while somebody encodes it.
///
/// Its owner gets it back from here even if the task holds on to the desk for a moment longer.
struct Desk<F>(Mutex<Option<Captured<F>>>);

/// An item whose turn has come.
pub(super) struct Next<F> {
    pub(super) place: Place,
    pub(super) captured: Captured<F>,
    pub(super) encoded: Encoded,
}

impl<F: Send + Sync + 'static> Ahead<F> {
    pub(super) fn new(codec: Arc<dyn Codec<F>>) -> Self {
        Self {
            codec,
            items: VecDeque::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Takes an item in, and gives the first one if that is to be appended before another comes.
    pub(super) fn push<A, R>(
        &mut self,
        run: &Arc<Run<F, A, R>>,
        encoder: &dyn Executor<Task = Task>,
        place: Place,
        captured: Captured<F>,
    ) -> Option<Next<F>>
    where
        A: 'static,
        R: Send + Sync + 'static,
    {
        let is_costly = Panicked::catch(|| self.codec.is_costly(&captured.item)).unwrap_or(false);
        let desk = Arc::new(Desk(Mutex::new(Some(captured))));
        let encoding = is_costly
            .then(|| run.encode_ahead(encoder, &self.codec, &desk))
            .flatten();
        let is_next = self.is_empty() && encoding.is_none();
        self.items.push_back(Ordered {
            place,
            desk,
            encoding,
        });
        let is_due = is_next || self.items.len() >= AHEAD;
        is_due.then(|| self.next()).flatten()
    }

    /// Gives the first one once it is encoded, which this thread does if no worker has begun on it.
    pub(super) fn next(&mut self) -> Option<Next<F>> {
        let Ordered {
            place,
            desk,
            encoding,
        } = self.items.pop_front()?;
        // From here on no worker can begin on it.
        let begun = encoding.filter(|encoding| !encoding.cancel());
        let encoded = match begun.map(TaskFuture::result) {
            Some(Ok(encoded)) => encoded,
            // The executor has given it up, if there was one.
            _ => desk.encode(&*self.codec),
        };
        Some(Next {
            place,
            captured: desk.clear()?,
            encoded,
        })
    }
}

impl<F> Desk<F> {
    fn encode(&self, codec: &dyn Codec<F>) -> Encoded {
        let captured = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let captured = captured.as_ref().ok_or("the item is gone")?;
        Panicked::catch(|| codec.encode(&captured.item))?
    }

    fn clear(&self) -> Option<Captured<F>> {
        let mut captured = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        captured.take()
    }
}

impl<F, A, R> Run<F, A, R>
where
    F: Send + Sync + 'static,
    A: 'static,
    R: Send + Sync + 'static,
{
    /// Has an executor encode an item; `None` if that has no room for it.
    fn encode_ahead(
        self: &Arc<Self>,
        encoder: &dyn Executor<Task = Task>,
        codec: &Arc<dyn Codec<F>>,
        desk: &Arc<Desk<F>>,
    ) -> Option<TaskFuture<Encoded>> {
        let (codec, desk) = (Arc::clone(codec), Arc::clone(desk));
        let (task, encoding) = Task::from_closure(move || desk.encode(&*codec));
        self.lock().encodings += 1;
        let run = Arc::clone(self);
        encoding.add_done_callback(move |_| run.encoding_ended());
        let given = Panicked::catch(|| encoder.execute(task));
        matches!(given, Ok(Ok(()))).then_some(encoding)
    }

    /// If that was the run's executor, it has room for one more.
    fn encoding_ended(&self) {
        let mut state = self.lock();
        state.encodings -= 1;
        state.landings += 1;
        drop(state);
        self.work.notify_one();
    }
}
