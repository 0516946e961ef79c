//! The test camera: a moving picture with its frame number burned in, as digits and as a QR code.
//!
//! Whoever reads the number back from the pixels can check an answer against its frame, knowing nothing else.

#[cfg(feature = "test")]
mod backdrop;
#[cfg(feature = "test")]
mod ball;
#[cfg(feature = "test")]
mod camera;
#[cfg(feature = "test")]
mod canvas;
#[cfg(feature = "test")]
mod digits;
mod marks;
#[cfg(feature = "test")]
mod picture;
mod settings;

#[cfg(feature = "test")]
pub use camera::TestCamera;
pub use marks::{Marks, Rectangle, marks};
pub use settings::{Format, Settings, SettingsError};
