//! Results onto disk as JSON lines, as a Creel sink.
//!
//! [`JsonLines`] writes one record a line, to a file or to any writer, and [`TextLines`] does so with lines of another form,
//! such as the rows of a table. A record is written whole or not at
//! all: what a full disk or a crash leaves of a line is cut off again, and after a restart the file itself
//! tells which records are done.
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
mod rotation;
mod tail;
mod tending;
mod text_lines;
mod turning;

pub use json_lines::JsonLines;
pub use open_error::OpenError;
pub use record_file::RecordFile;
pub use rotation::Rotation;
pub use text_lines::TextLines;
