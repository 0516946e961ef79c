//! What a task may carry beside its body.

use std::panic::Location;
use std::sync::Arc;

use super::deadline::{Deadline, Due};
use super::home::Lodging;
use super::stopwatch::Stopwatch;
use super::{TaskRef, WeakTask, current};
use crate::scope::Member;
use crate::sync::OnceCell;

/// What was asked for a task when it was made.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The place in the program that submits the task.
    pub(crate) location: &'static Location<'static>,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) weight: u64,
    pub(crate) inherit_cancel: bool,
    pub(crate) due: Option<Due>,
}

impl Default for Options {
    #[track_caller]
    fn default() -> Self {
        Self::at(Location::caller())
    }
}

/// What a task has room for beside its body and its outcome: all of [`Extras`], its [`Lodging`] alone, or nothing.
pub(crate) trait Side: Send + Sync + 'static {
    fn extras(&self) -> Option<&Extras>;
    fn lodging(&self) -> Option<&Lodging>;
}

/// Of a plain task: a closure that is submitted to a pool, and carries nothing.
impl Side for () {
    fn extras(&self) -> Option<&Extras> {
        None
    }

    fn lodging(&self) -> Option<&Lodging> {
        None
    }
}

/// Of a future that is spawned on a pool, and carries nothing.
impl Side for Lodging {
    fn extras(&self) -> Option<&Extras> {
        None
    }

    fn lodging(&self) -> Option<&Lodging> {
        Some(self)
    }
}

impl Side for Extras {
    fn extras(&self) -> Option<&Extras> {
        Some(self)
    }

    fn lodging(&self) -> Option<&Lodging> {
        self.lodging.get()
    }
}

/// What a task carries, and what its executor notes of it.
pub(crate) struct Extras {
    pub(crate) location: &'static Location<'static>,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) weight: u64,
    /// The span that was current where the task was made; its body runs inside.
    pub(crate) span: Option<tracing::Span>,
    /// The task that this one was submitted from: asked to stop, it asks this one.
    pub(crate) parent: Option<TaskRef>,
    pub(crate) deadline: Option<Deadline>,
    /// The task that this one continues.
    pub(crate) before: Option<WeakTask>,
    /// The scope that waits for it.
    pub(crate) member: Option<Member>,
    /// Its executor, if the task has to tell it more than a pool wants to know of a plain task.
    pub(super) lodging: OnceCell<Lodging>,
    pub(super) stopwatch: Stopwatch,
}

impl Options {
    /// A task that is submitted there.
    pub(crate) fn at(location: &'static Location<'static>) -> Self {
        Self {
            location,
            name: None,
            weight: 0,
            inherit_cancel: false,
            due: None,
        }
    }

    /// What the task will carry, unless that is nothing, as mostly.
    #[inline]
    pub(crate) fn into_extras_if_any(self) -> Option<Extras> {
        let is_plain = self.name.is_none()
            && self.weight == 0
            && self.due.is_none()
            && !self.inherit_cancel
            && current_span().is_none();
        (!is_plain).then(|| self.into_extras())
    }

    /// What the task will carry, with what it inherits from this place.
    pub(crate) fn into_extras(self) -> Extras {
        Extras {
            name: self.name,
            weight: self.weight,
            parent: self.inherit_cancel.then(current::running).flatten(),
            deadline: self.due.map(Deadline::new),
            ..Extras::inherited(self.location)
        }
    }
}

impl Extras {
    /// What a task carries that continues another.
    #[track_caller]
    pub(crate) fn after(before: WeakTask) -> Self {
        Self {
            before: Some(before),
            ..Self::inherited(Location::caller())
        }
    }

    /// What a task of a scope carries.
    pub(crate) fn of_scope(member: Member) -> Self {
        let location = member.location();
        Self {
            member: Some(member),
            ..Self::inherited(location)
        }
    }

    /// What a task has that carries nothing and is measured.
    pub(crate) fn measured(location: &'static Location<'static>) -> Self {
        let extras = Self::inherited(location);
        extras.stopwatch.start();
        extras
    }

    /// As well as it, how long the task waits, from here on, and runs.
    pub(crate) fn and_measured(self) -> Self {
        self.stopwatch.start();
        self
    }

    fn inherited(location: &'static Location<'static>) -> Self {
        Self {
            location,
            name: None,
            weight: 0,
            span: current_span(),
            parent: None,
            deadline: None,
            before: None,
            member: None,
            lodging: OnceCell::new(),
            stopwatch: Stopwatch::stopped(),
        }
    }
}

#[inline]
pub(crate) fn current_span() -> Option<tracing::Span> {
    // Most programs have no subscriber; then there is no span to look for.
    if !tracing::dispatcher::has_been_set() {
        return None;
    }
    ask_for_span()
}

#[cold]
fn ask_for_span() -> Option<tracing::Span> {
    let span = tracing::Span::current();
    (!span.is_none()).then_some(span)
}
