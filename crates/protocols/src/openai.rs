//! The interface that OpenAI made and many servers share: vLLM, llama.cpp, Ollama, LM Studio, hosted ones.

mod chat;
mod embeddings;
mod models;
mod stream;

pub use chat::Chat;
pub use embeddings::Embeddings;
pub use models::ModelList;
pub use stream::Stream;

/// The path of the list of models, below the root.
pub const MODELS: &str = "/models";

/// Where the paths begin for a server whose URL does not say it.
pub const ROOT: &str = "/v1";

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
