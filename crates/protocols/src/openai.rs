//! The interface that OpenAI made and many servers share: vLLM, llama.cpp, Ollama, LM Studio, hosted ones.

mod chat;
mod embeddings;
mod models;
mod stream;

pub use chat::Chat;
pub use embeddings::Embeddings;
pub use models::ModelList;
pub use stream::Stream;

use serde_json::Value;

/// The path of the list of models, below the root.
pub const MODELS: &str = "/models";

/// Where the paths begin for a server whose URL does not say it.
pub const ROOT: &str = "/v1";

/// Whether a refusal says that what was paid for is used up, which no pause changes, though its status is that of too many
/// requests.
///
/// ```
/// use creel_protocols::openai::is_quota_spent;
///
/// assert!(is_quota_spent(br#"{"error": {"message": "pay", "type": "insufficient_quota"}}"#));
/// assert!(!is_quota_spent(br#"{"error": {"message": "wait", "code": "rate_limit_exceeded"}}"#));
/// ```
pub fn is_quota_spent(body: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    ["code", "type"]
        .iter()
        .any(|name| body["error"][*name] == "insufficient_quota")
}

/// A path of the interface for a server whose paths begin at `root`.
///
/// Documents name their path with `/v1`, whatever their server has in its place.
fn path(root: &str, document: &str, own: &str) -> String {
    let tail = match document.strip_prefix(ROOT).unwrap_or(document) {
        "" => own,
        tail => tail,
    };
    format!("{root}{tail}")
}
