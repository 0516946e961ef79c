//! Frames from a test camera, image folders and video files, as a Creel source.
//!
//! Each camera is a [`Source`](creel_core::Source) of [`Frame`]s: a thread asks it for the next one and waits
//! until it is there. Nothing is encoded on that thread; a frame is turned into a JPEG where it is used.
//!
//! ```
//! # #[cfg(feature = "test")] {
//! use creel_camera_source::test::TestCamera;
//! use creel_core::{Context, Source};
//!
//! let mut camera = TestCamera::new("size=640x480&frames=2".parse()?)?;
//! let context = Context::new();
//! let mut numbers = Vec::new();
//! while let Some(frame) = camera.next(&context)? {
//!     assert!(frame.to_jpeg()?.len() < frame.byte_len());
//!     numbers.push(frame.number);
//! }
//! assert_eq!(numbers, [0, 1]);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod frame;
#[cfg(feature = "test")]
mod pace;
#[cfg(feature = "test")]
mod pause;
mod size;
pub mod test;

pub use frame::{EncodeError, Frame, Moment, PixelFormat};
pub use size::{Size, SizeError};
