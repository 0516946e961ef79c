//! What a model answered, in no protocol's words.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a model answered: its outputs by name, as the server gave them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answer {
    /// The outputs by name.
    pub outputs: Map<String, Value>,
}
