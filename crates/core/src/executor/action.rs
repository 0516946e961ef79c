//! What whoever brings an event to an executor's life must do next.

/// Whether a task may be queued.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admit {
    /// Queue it, then say that it was published.
    Accept,
    /// Give it back.
    Reject,
}

/// What whoever published a task must do.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publish {
    /// Wake an idle worker: it was claimed and counts as searching.
    Wake,
    /// Start a worker: it is counted, and as searching.
    Start,
    /// Nothing: a worker that is searching will find the task, or the next one that has time.
    Leave,
    /// Take the task back: nobody is left to run it.
    Reclaim,
}

/// What a worker that found work must do.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Run it: others go on searching.
    Run,
    /// Run it, after saying [`Snapshot::published`](super::Snapshot::published) if there is more: nobody else is searching.
    PassOn,
}

/// What a worker that ran out of its own work must do.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// Search: it is counted.
    Search,
    /// Fall asleep: enough others are searching.
    Enough,
}

/// What a worker that found nothing must do.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sleep {
    /// Fence, look at the queues once more, then sleep until claimed.
    LookAgain,
    /// Leave: the executor is shutting down.
    Leave,
}

/// What a worker must do after a task, or after its keep-alive.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    /// Go on.
    Stay,
    /// End the thread: it is no longer counted. Fence and look at the queues once more before.
    Leave,
}

/// What a waiting worker must do.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Say [`Snapshot::published`](super::Snapshot::published) if work is queued, then wait: others go on.
    Wait,
    /// Fail: every worker would wait, and no spare may be started.
    Exhausted,
}

/// What is to be done when a worker could not be started.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartFailed {
    /// Say [`Snapshot::published`](super::Snapshot::published) with [`Limits::without_start`](super::Limits::without_start): somebody may have relied on this worker.
    Notify,
    /// Abandon what is queued: no worker is left to run it, or each waits for something else.
    Abandon,
}

/// What whoever shuts down must do.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Wake every idle worker, then try to terminate.
    Drain,
    /// Cancel what is queued, wake every idle worker, then try to terminate.
    Stop,
    /// Wait only: it was shut down before, in this way or a harder one.
    Already,
}

/// Whether the executor has come to its end.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminate {
    /// This call ended it: tell those who wait.
    Ended,
    /// Not yet, or before.
    Nothing,
}
