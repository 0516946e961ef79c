//! The pools, a file each.

mod async_executor;
mod blocking;
mod chili;
mod creel;
mod crossbeam;
mod forte;
mod rayon;
mod rusty;
mod threadpool;
mod threads;
mod tokio;

pub(crate) use async_executor::AsyncExecutor;
pub(crate) use blocking::Blocking;
pub(crate) use chili::Chili;
pub(crate) use creel::{Creel, Diagnosed, Elastic, Plain, Way, WithDiagnostics};
pub(crate) use crossbeam::Crossbeam;
pub(crate) use forte::Forte;
pub(crate) use rayon::{Rayon, RayonScope};
pub(crate) use rusty::Rusty;
pub(crate) use threadpool::Threadpool;
pub(crate) use threads::Threads;
pub(crate) use tokio::{Tokio, TokioBlocking};
