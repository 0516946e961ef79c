//! What a task is called where somebody must tell it from others.

use std::fmt;
use std::sync::Arc;

/// A task's name, or the type of its body, which names the function that wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    Name(Arc<str>),
    Body(&'static str),
}

impl Label {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Body(body) => body,
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.as_str())
    }
}
