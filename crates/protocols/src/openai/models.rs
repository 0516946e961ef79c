//! The models that a server has.

use serde::Deserialize;

/// The models of a server, as `GET /v1/models` tells.
///
/// ```
/// use creel_protocols::openai::ModelList;
///
/// let body = r#"{"object": "list", "data": [{"id": "smollm2", "object": "model"}]}"#;
/// let list: ModelList = serde_json::from_str(body)?;
/// assert_eq!(list.names().collect::<Vec<_>>(), ["smollm2"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ModelList {
    data: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Entry {
    id: String,
}

impl ModelList {
    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.data.iter().map(|entry| entry.id.as_str())
    }
}
