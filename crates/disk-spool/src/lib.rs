//! Bytes that wait on disk until they are safe elsewhere, as a Creel spool.
//!
//! [`DiskSpool`] is a queue whose entries outlive the process: reading one does not remove it, and after a crash whatever
//! was not removed is there again, in order. It is bounded in bytes, it can be opened by one process at a time, and what a
//! crash or a bad disk has damaged is dropped and named while the rest is kept.
//!
//! ```
//! use creel_core::Spool;
//! use creel_disk_spool::{DiskSpool, Settings};
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("frames.spool");
//! let mut spool = DiskSpool::open(&path, Settings::new(1 << 30))?;
//! spool.append(b"frame 1")?;
//! spool.append(b"frame 2")?;
//! drop(spool);
//!
//! let mut spool = DiskSpool::open(&path, Settings::new(1 << 30))?;
//! assert_eq!(spool.recovered(), 2);
//! while let Some((ticket, frame)) = spool.next(None)? {
//!     assert!(frame.starts_with(b"frame "));
//!     spool.remove(ticket)?;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod disk_spool;
mod fault;
mod folder;
mod mark;
mod open_error;
mod recovery;
mod segment;
mod settings;
mod store;
mod syncing;

pub use disk_spool::DiskSpool;
pub use open_error::OpenError;
pub use recovery::{Cause, Damage, Recovery};
pub use settings::{Durability, Settings};
