//! Results onto disk, as lines or as files of their own; Creel sinks.
//!
//! - [`JsonLines`] writes one record a line, to a file or to any writer, and [`TextLines`] does so with lines of another form,
//!   such as the rows of a table.
//! - [`RecordFiles`] writes each record into files of its own: a document, and the picture that it is of beside it.
//! - [`Rotation`] says when a file is closed and another one begun, and which of the closed ones are compressed and kept.
//!
//! A record is written whole or not at all: what a full disk or a crash leaves of one is taken away again, and after a
//! restart the files themselves tell which records are done. A flush makes what was written durable, names included.
//!
//! ```
//! use creel_core::{Context, Sink};
//! use creel_file_sink::JsonLines;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize)]
//! struct Record<'a> { id: &'a str, answer: f64 }
//!
//! #[derive(Deserialize)]
//! struct Id { id: String }
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("results.jsonl");
//! let mut sink = JsonLines::create(&path)?;
//! sink.write(&Record { id: "row-1", answer: 0.5 }, &Context::new())?;
//! Sink::<Record>::flush(&mut sink)?;
//! drop(sink);
//!
//! let mut sink = JsonLines::append(&path, |id: Id| Some(id.id))?;
//! assert_eq!(Sink::<Record>::recovered(&mut sink)?, ["row-1"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compression;
mod fault;
mod folder;
mod found;
mod json_lines;
mod keeper;
mod line_writer;
#[cfg(test)]
mod memory;
mod open_error;
mod parts;
mod record_file;
mod record_files;
mod rotation;
mod tail;
mod tending;
mod text_lines;
mod turning;

pub use json_lines::JsonLines;
pub use open_error::OpenError;
pub use record_file::{RecordFile, parts, remove_parts};
pub use record_files::{Leaf, Picture, RecordFiles, holds_records};
pub use rotation::Rotation;
pub use text_lines::TextLines;
