//! The page as browsers, scrapers and those who should not look meet it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;
mod events;
mod limits;
mod machines;
mod page;
mod pictures;
mod refusals;
mod run;
mod tokens;
