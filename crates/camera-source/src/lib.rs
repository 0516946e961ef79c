//! Frames from a test camera, USB and CSI cameras, image folders, video files and network cameras, as a Creel source.
//!
//! Each camera is a [`Source`](creel_core::Source) of [`Frame`]s: a thread asks it for the next one and waits
//! until it is there. Nothing is encoded on that thread; a frame is turned into a JPEG where it is used.
//!
//! | camera | [`Location`] | feature |
//! |---|---|---|
//! | a moving picture with its number in it, for trying things out | `test:?size=640x480&fps=30` | `test` |
//! | a USB or CSI camera on Linux | `/dev/video0?size=640x480&fps=30` | `v4l2` |
//! | the pictures of a folder | its path | `folder` |
//! | a video file, read by the program ffmpeg | its path | `ffmpeg` |
//! | whatever else ffmpeg can read, as a live stream | `ffmpeg:udp://…` | `ffmpeg` |
//! | a network camera that sends JPEG pictures over HTTP | `http://…`, `https://…` | `mjpeg`, and `tls` |
//! | a network camera that is asked by RTSP | `rtsp://…` | `rtsp`, and `h264` |
//!
//! The test camera, folders, videos and whatever ffmpeg reads are built in by default. The feature `image` brings decoders for pictures that are
//! no JPEG, `serde` makes what [`list`] gives serializable.
//!
//! ```
//! # #[cfg(feature = "test")] {
//! use creel_camera_source::Camera;
//! use creel_core::{Context, Source};
//!
//! let mut camera = Camera::open(&"test:?size=640x480&frames=2".parse()?)?;
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

#![cfg_attr(not(feature = "v4l2"), forbid(unsafe_code))]

mod camera;
#[cfg(feature = "folder")]
pub mod folder;
mod frame;
mod list;
#[cfg(any(feature = "mjpeg", feature = "ffmpeg"))]
mod live;
mod location;
#[cfg(feature = "mjpeg")]
pub mod mjpeg;
#[cfg(feature = "test")]
mod pace;
#[cfg(feature = "test")]
mod pause;
#[cfg(any(feature = "folder", feature = "ffmpeg"))]
mod picture_file;
#[cfg(feature = "rtsp")]
pub mod rtsp;
mod size;
pub mod test;
pub mod v4l2;
#[cfg(feature = "ffmpeg")]
pub mod video;

pub use camera::{Camera, OpenError};
pub use frame::{EncodeError, Frame, Moment, PixelFormat, Range};
pub use list::{Availability, Listing, list};
#[cfg(any(feature = "mjpeg", feature = "ffmpeg"))]
pub use live::{StreamError, Trouble};
pub use location::{
    Address, AddressError, Credentials, FfmpegInput, FfmpegInputError, Location, LocationError,
    Patience, Transport,
};
pub use size::{Size, SizeError};
