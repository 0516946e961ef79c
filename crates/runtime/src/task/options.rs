//! What a task may carry beside its body.

use std::panic::Location;
use std::sync::{Arc, Weak};

use creel_core::CancelSignal;

use super::deadline::{Deadline, Due};
use super::{Awaited, current};
use crate::scope::Member;

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

/// What a task carries; only for those that carry something, in an allocation of its own.
pub(crate) struct Extras {
    pub(crate) location: &'static Location<'static>,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) weight: u64,
    /// The span that was current where the task was made; its body runs inside.
    pub(crate) span: Option<tracing::Span>,
    /// The task that this one was submitted from: asked to stop, it asks this one.
    pub(crate) parent: Option<Arc<dyn CancelSignal>>,
    pub(crate) deadline: Option<Deadline>,
    /// The task that this one continues.
    pub(crate) before: Option<Weak<dyn Awaited>>,
    /// The scope that waits for it.
    pub(crate) member: Option<Member>,
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

    /// What the task will carry, with what it inherits from this place; most tasks carry nothing.
    pub(crate) fn into_extras(self) -> Option<Box<Extras>> {
        let span = current_span();
        let parent = match self.inherit_cancel {
            true => current::running().map(|task| task as Arc<dyn CancelSignal>),
            false => None,
        };
        let carries = self.name.is_some()
            || self.weight > 0
            || span.is_some()
            || parent.is_some()
            || self.due.is_some();
        carries.then(|| {
            Box::new(Extras {
                location: self.location,
                name: self.name,
                weight: self.weight,
                span,
                parent,
                deadline: self.due.map(Deadline::new),
                before: None,
                member: None,
            })
        })
    }
}

impl Extras {
    /// What a task carries that continues another.
    #[track_caller]
    pub(crate) fn after(before: Weak<dyn Awaited>) -> Box<Self> {
        Box::new(Self {
            before: Some(before),
            ..Self::inherited(Location::caller())
        })
    }

    /// What a task of a scope carries.
    pub(crate) fn of_scope(member: Member) -> Box<Self> {
        let location = member.location();
        Box::new(Self {
            member: Some(member),
            ..Self::inherited(location)
        })
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
        }
    }
}

fn current_span() -> Option<tracing::Span> {
    // Most programs have no subscriber; then there is no span to look for.
    if !tracing::dispatcher::has_been_set() {
        return None;
    }
    let span = tracing::Span::current();
    (!span.is_none()).then_some(span)
}
