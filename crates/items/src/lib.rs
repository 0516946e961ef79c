//! Items to ask a model about, read from text: rows of CSV, items in JSON, prompts.
//!
//! [`Rows`], [`JsonLines`] and [`Prompts`] read one item after the other, whatever the size of the text, and whatever stands
//! in it: what is no item is told with its line, and the next one is read. They all implement [`Items`].
//!
//! ```
//! use creel_items::{Items, Rows};
//! use creel_protocols::{Features, Payload};
//!
//! let text = "id,height,width\nrose,1.5,tall\ntulip,2,3\n";
//! let mut rows = Rows::new(text.as_bytes(), &[])?;
//!
//! let rose = rows.next()?.unwrap();
//! assert_eq!((rose.line, rose.id.to_string()), (2, "rose".to_owned()));
//! let problem = rose.payload.unwrap_err().to_string();
//! assert!(problem.starts_with("column `width` is `tall`, not a number"));
//!
//! let tulip = rows.next()?.unwrap();
//! assert_eq!(tulip.payload.unwrap(), Payload::Features(Features::row([2.0, 3.0])));
//! assert!(rows.next()?.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod found;
mod id;
mod json_lines;
mod lines;
mod problem;
mod prompts;
mod rows;

pub use found::{Found, Items, Passed};
pub use id::Id;
pub use json_lines::JsonLines;
pub use lines::{Line, Lines, Unusable};
pub use problem::Problem;
pub use prompts::Prompts;
pub use rows::{HeaderError, Rows};
