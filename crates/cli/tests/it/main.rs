//! The program as its users meet it: the real binary, real files, real servers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod advice;
mod batch;
mod browser;
mod faltering;
mod forwarding;
mod interrupt;
mod kept;
mod perfetto;
mod pictures;
mod program;
mod protocols;
mod resume;
mod script;
mod secrets;
mod serve;
mod spilling;
mod trace;
mod trouble;
mod ui;
mod usage;
mod view;
mod watch;
