//! A live page of a Creel run in the browser, with its metrics and its health for machines.
//!
//! [`Dashboard::start`] serves them from a thread of its own. Whoever runs something hands it a function that says where the
//! run stands, as a [`View`]; writes the lives of items into its [`Journal`], out of which lanes and a timeline are made;
//! and puts pictures on an [`Easel`] for each source. None of these waits for anybody who looks.
//!
//! | path | is |
//! |---|---|
//! | `/` | the page, which needs nothing from elsewhere |
//! | `/events` | where the run stands, as server-sent events |
//! | `/state` | the same once, as JSON |
//! | `/sources/N/shot` | the picture of a source with what of its answer is drawn over it |
//! | `/sources/N/picture` | the picture alone |
//! | `/metrics` | for Prometheus |
//! | `/healthz` | 200 while every source is well, else 503 and why |
//!
//! Only this machine may look, unless there is a [`Token`]. Requests of other origins and for other hosts are refused, so are
//! other methods than GET and whatever is too large; who does not read what is written to them is dropped.
//!
//! ```
//! use creel_dashboard::{Dashboard, Settings, View};
//!
//! let settings = Settings {
//!     listen: "127.0.0.1:0".parse()?,
//!     ..Settings::default()
//! };
//! let dashboard = Dashboard::start(settings, || View {
//!     title: "nothing yet".to_owned(),
//!     ..View::default()
//! })?;
//! assert!(dashboard.url().starts_with("http://127.0.0.1:"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod dashboard;
mod easel;
mod error;
mod feed;
mod health;
mod http;
mod journal;
mod marks;
mod metrics;
mod server;
mod settings;
mod shot;
mod token;
mod view;

pub use dashboard::Dashboard;
pub use easel::{Answer, Easel, Picture};
pub use error::StartError;
pub use journal::{Fate, Journal, Life};
pub use settings::{PORT, Settings};
pub use token::{Token, TokenError};
pub use view::{
    Bottleneck, Fill, Health, Latency, Ledger, Sink, Source, Term, Unit, View, Workers,
};
