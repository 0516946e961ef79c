//! Wrong usage that only shows when arguments are looked at together.

use std::borrow::Cow;

use thiserror::Error;

/// Wrong usage, which ends the program with 2.
#[derive(Debug, Error)]
#[error("{0}\n\nFor more information, try '--help'.")]
pub(crate) struct WrongUsage(Cow<'static, str>);

impl<T: Into<Cow<'static, str>>> From<T> for WrongUsage {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}
