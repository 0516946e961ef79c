//! USB and CSI cameras on Linux, through the kernel's own interface, V4L2.

#[cfg(feature = "v4l2")]
mod bell;
#[cfg(feature = "v4l2")]
mod capture;
#[cfg(feature = "v4l2")]
mod controls;
#[cfg(feature = "v4l2")]
mod devices;
#[cfg(feature = "v4l2")]
mod errors;
mod format;
mod inventory;
#[cfg(feature = "v4l2")]
mod kernel;
#[cfg(feature = "v4l2")]
mod losses;
#[cfg(feature = "v4l2")]
mod mode;
#[cfg(feature = "v4l2")]
mod picture;
#[cfg(feature = "v4l2")]
mod session;
mod settings;
#[cfg(feature = "v4l2")]
mod timeline;

#[cfg(feature = "v4l2")]
pub use capture::Capture;
#[cfg(feature = "v4l2")]
pub use controls::set_control;
#[cfg(feature = "v4l2")]
pub use devices::devices;
#[cfg(feature = "v4l2")]
pub use errors::{PictureError, V4l2Error};
pub use format::Format;
pub use inventory::{Control, Device, Offer, Resolution, Span};
#[cfg(feature = "v4l2")]
pub use mode::Mode;
pub use settings::{Settings, SettingsError};

#[cfg(all(feature = "v4l2", not(target_os = "linux")))]
compile_error!("V4L2 is Linux's: leave the feature `v4l2` of creel-camera-source out here");
