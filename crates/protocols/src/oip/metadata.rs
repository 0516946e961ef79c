//! What servers tell about themselves and their models, and how they refuse.

use serde::{Deserialize, Deserializer, Serialize};

use super::Datatype;

/// What a server is, as `GET /v2` tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerMetadata {
    /// The server's name.
    pub name: String,
    /// Its version.
    #[serde(default, deserialize_with = "absent_or_null")]
    pub version: String,
    /// The extensions of the protocol that it knows.
    #[serde(default, deserialize_with = "absent_or_null")]
    pub extensions: Vec<String>,
}

/// What a model is, as `GET /v2/models/{model}` tells.
///
/// Many servers leave the inputs and outputs empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelMetadata {
    /// The model's name.
    pub name: String,
    /// The versions that can be asked.
    #[serde(default, deserialize_with = "absent_or_null")]
    pub versions: Vec<String>,
    /// What runs it.
    #[serde(default, deserialize_with = "absent_or_null")]
    pub platform: String,
    /// The inputs that it takes.
    #[serde(default, deserialize_with = "absent_or_null")]
    pub inputs: Vec<TensorMetadata>,
    /// The outputs that it gives.
    #[serde(default, deserialize_with = "absent_or_null")]
    pub outputs: Vec<TensorMetadata>,
}

/// What an input or output of a model looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TensorMetadata {
    /// Its name.
    pub name: String,
    /// The name of its datatype: servers have more of them than the protocol.
    pub datatype: String,
    /// Its dimensions, outermost first; -1 for one that varies.
    pub shape: Vec<i64>,
}

impl TensorMetadata {
    /// Describes a tensor; a dimension of -1 varies.
    pub fn new(name: impl Into<String>, datatype: Datatype, shape: impl Into<Vec<i64>>) -> Self {
        Self {
            name: name.into(),
            datatype: datatype.as_str().to_owned(),
            shape: shape.into(),
        }
    }
}

/// The models of a server, as `GET /v2/models` tells where it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelList {
    /// Their names.
    pub models: Vec<String>,
}

/// A model of a server, as `POST /v2/repository/index` lists them where it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryModel {
    /// The model's name.
    pub name: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether it is loaded, in the server's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Why it is in that state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How a server says what went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: String,
}

impl ErrorBody {
    /// The body that says so.
    pub fn new(error: impl Into<String>) -> Self {
        Self {
            error: error.into(),
        }
    }
}

/// Servers leave out what they do not tell, or say `null`.
fn absent_or_null<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Whether a shape fits a declared one of the same length, in which -1 is any size.
pub(crate) fn fits(expected: &[i64], found: &[usize]) -> bool {
    expected.len() == found.len()
        && expected
            .iter()
            .zip(found)
            .all(|(&expected, &found)| expected < 0 || usize::try_from(expected) == Ok(found))
}
