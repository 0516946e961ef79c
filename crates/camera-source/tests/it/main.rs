//! What the cameras promise, seen from outside.
#![cfg(feature = "test")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod reader;
mod stop;
mod test_camera;
