//! What tells one start of the program from another.

use std::fmt;
use std::sync::Arc;

use creel_http_client::random_id;
use jiff::Timestamp;
use jiff::fmt::strtime;
use serde::{Deserialize, Serialize};

/// Tells one start of the program from another: the second in which it was, and a few random digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct RunId(Arc<str>);

impl RunId {
    /// The id of the run that begins here.
    pub(crate) fn new() -> Self {
        let random = random_id();
        let digits = random.get(..6).unwrap_or(&random);
        let second = strtime::format("%Y%m%dT%H%M%SZ", Timestamp::now()).unwrap_or_default();
        Self(format!("{second}-{digits}").into())
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
