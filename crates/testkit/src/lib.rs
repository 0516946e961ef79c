//! Fakes, contract suites and proptest strategies for Creel's own tests.
//!
//! Each port has a stateful fake and, in [`contract`], a suite that checks any implementation against what
//! the port's documentation promises: an adapter passes the same suite as its fake.
//!
//! | port | fake | suite |
//! |---|---|---|
//! | `Source` | [`ScriptedSource`], [`IteratorSource`] | [`contract::source()`] |
//! | `Service` | [`ScriptedService`] | [`contract::service()`] |
//! | `Sink` | [`MemorySink`] | [`contract::sink()`] |
//! | `Spool` | [`MemorySpool`] | [`contract::spool()`] |
//! | `Executor` | [`ManualExecutor`] | [`contract::executor()`] |
//! | `Clock` | [`ManualClock`] | [`contract::clock()`] |
//! | `Lookout` | [`ScriptedLookout`] | [`contract::lookout()`] |
//! | `CancelSignal` | [`ManualSignal`] | [`contract::signal()`] |
//!
//! Tests wait for events, never for time: [`Gate`] holds a fake until the test lets it go on and tells when it
//! is there, [`Watched`] is a value that tests wait on, [`WakeCount`] counts wakes and [`LiveCount`] drops.
//! [`http::ScriptedServer`] is the other side of an HTTP client, mistakes included; [`SmallDisk`] is a file system that is
//! soon full.
//!
//! ```
//! use creel_core::{Context, Source};
//! use creel_testkit::{Gate, ManualSignal, ScriptedSource};
//!
//! let gate = Gate::closed();
//! let mut source = ScriptedSource::new().item(1).gate(&gate).item(2);
//! let signal = ManualSignal::new();
//! let context = signal.context();
//!
//! assert_eq!(source.next(&context).unwrap(), Some(1));
//! let capture = std::thread::spawn(move || source.next(&context).unwrap());
//! gate.wait_until_reached(1);
//! signal.cancel();
//! assert_eq!(capture.join().unwrap(), None);
//! ```

pub mod contract;
mod gate;
pub mod http;
mod iterator_source;
mod live_count;
mod manual_clock;
mod manual_executor;
mod manual_signal;
mod memory_sink;
mod memory_spool;
mod promtool;
mod scripted_lookout;
mod scripted_service;
mod scripted_source;
mod small_disk;
mod wake_count;
mod watched;

pub use gate::{Gate, Passage, Passing};
pub use iterator_source::IteratorSource;
pub use live_count::{LiveCount, LiveToken};
pub use manual_clock::ManualClock;
pub use manual_executor::ManualExecutor;
pub use manual_signal::ManualSignal;
pub use memory_sink::MemorySink;
pub use memory_spool::MemorySpool;
pub use promtool::promtool;
pub use scripted_lookout::ScriptedLookout;
pub use scripted_service::{Reply, ScriptedService};
pub use scripted_source::ScriptedSource;
pub use small_disk::SmallDisk;
pub use wake_count::WakeCount;
pub use watched::Watched;

/// The examples of the workspace's README, which run as tests of this documentation.
///
/// They are here because this crate is never packaged: a package holds nothing from above its own folder.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
