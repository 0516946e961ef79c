//! What whoever brings an event to a future's life must do next.

/// What the worker that took the task must do.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Run the body: it is this worker's alone.
    Run,
    /// Leave it: the task is done, or runs elsewhere.
    Skip,
}

/// What the worker whose poll was not ready must do.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspend {
    /// Leave the task: a wake will bring it back.
    Park,
    /// Queue it again: it was woken during the poll.
    Requeue,
    /// Drop the body and settle: it was cancelled during the poll.
    Cancel,
}

/// What the waker of an async task must do.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// Queue the task.
    Schedule,
    /// Nothing: somebody will look at the task anyway, or nobody needs to.
    Nothing,
}

/// What somebody who ends a task before its body has come to an end must do.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Drop the body and settle: the outcome is this caller's doing.
    Settle,
    /// Nothing: the body goes on, and may read that it was asked to stop.
    Requested,
    /// Nothing: too late, or not the state for it.
    Nothing,
}

/// What an observer that wants to be told of the outcome must do.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observe {
    /// Stay in the list: whoever settles the future will come.
    Registered,
    /// Act at once: the future is settled.
    Settled,
}

/// What whoever made the outcome must do to settle the future.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settle {
    /// Run the callbacks that are in the list, then try again: it is not settled yet.
    Deliver,
    /// Wake those in the list: the value is the handle's.
    Keep,
    /// Wake those in the list, and drop the value: the handle is gone.
    DropValue,
}

/// What the handle may do with the outcome.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// Move the value, or clone the error: it is this caller's.
    Outcome,
    /// Wait: the future is not settled.
    NotYet,
    /// Nothing is left: it was taken before.
    Gone,
}

/// What a handle that is dropped must do with the value.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detach {
    /// Leave it to whoever settles the future, or there is none.
    Leave,
    /// Drop it.
    DropValue,
}
