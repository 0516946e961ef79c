//! An HTTP client for model servers, blocking or asynchronous, as a Creel service.
//!
//! [`HttpService`] speaks a protocol of `creel-protocols` over HTTP. A call blocks in its first poll, which is what
//! the workers of a Creel pool are made for; connections are kept alive and shared by all of them.
//!
//! ```no_run
//! use creel_core::{Context, Service};
//! use creel_http_client::{HttpService, random_id};
//! use creel_protocols::{Features, OpenInference, Request};
//!
//! # async fn ask() -> Result<(), Box<dyn std::error::Error>> {
//! let service = HttpService::builder("http://127.0.0.1:8080", OpenInference::new("iris")).build()?;
//! let context = Context::new();
//! service.prepare(&context)?;
//! let request = Request::new(random_id(), Features::row([5.1, 3.5, 1.4, 0.2]));
//! let answer = service.call(request, &context).await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Forward`] is a sink that posts records to another server, built in the same way.
//!
//! | feature | brings |
//! |---|---|
//! | `tls` | `https` URLs, by rustls |
//! | `gzip` | replies that the server has compressed |
//! | `async` | calls that suspend instead of blocking, by hyper on a thread of the service's own; brings `tls` |

#![forbid(unsafe_code)]

mod address;
mod builder;
mod connection;
mod error;
mod forms;
mod forward;
mod preparation;
mod retry_after;
mod service;
mod transport;

pub use builder::{BuildError, HttpServiceBuilder};
pub use error::asks_for_key;
pub use forward::Forward;
pub use service::{HttpService, Spoken, random_id};
