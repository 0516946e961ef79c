//! A small model server with real models, to try clients against.
//!
//! It speaks the Open Inference Protocol, version 2, over HTTP, is asked as TensorFlow Serving is, and takes pictures
//! and texts as plain bodies and in forms.
//! Three models come with it: a classifier of irises, a reader of QR codes, and a teller of languages; see
//! [`Catalogue::built_in`]. They run on a Creel pool, and the HTTP side awaits its futures.
//!
//! | request | is |
//! |---|---|
//! | `GET /` | a guide in plain text |
//! | `GET /v2` | what the server is |
//! | `GET /v2/health/live`, `GET /v2/health/ready` | whether it runs, and can be asked |
//! | `GET /v2/models`, `POST /v2/repository/index` | the models |
//! | `GET /v2/models/{model}[/versions/1][/ready]` | what a model takes and gives, and whether it can be asked |
//! | `POST /v2/models/{model}[/versions/1]/infer` | tensors in, tensors out, as JSON or in binary behind it |
//! | `GET /v1/models/{model}[/metadata]` | the same as TensorFlow Serving tells it |
//! | `POST /v1/models/{model}[/versions/1]:predict` | instances in, predictions out, for models that answer in rows |
//! | `POST /predict/{model}` | a picture or a text as the body, or as a file in a form; the outputs as a JSON object |
//!
//! What goes wrong is answered with a status and `{"error": …}`. A server with too much to do says 503, and when to
//! come again.
//!
//! ```
//! use creel_model_server::{ModelServer, Settings};
//!
//! let server = ModelServer::start(Settings::default())?;
//! let answer = ureq::post(format!("{}/predict/lang", server.url()))
//!     .content_type("text/plain")
//!     .send("Wer reitet so spät durch Nacht und Wind?")?
//!     .body_mut()
//!     .read_to_string()?;
//! assert!(answer.contains(r#""language":["deu"]"#), "{answer}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod catalogue;
mod http;
mod inference;
mod metadata;
mod model;
mod models;
mod server;
mod settings;
mod stats;

pub use catalogue::Catalogue;
pub use creel_runtime::BuildError;
pub use inference::Inference;
pub use metadata::Metadata;
pub use model::{Model, ModelError};
pub use models::TrainError;
pub use server::{ModelServer, StartError};
pub use settings::Settings;
pub use stats::Stats;
