//! The pools, a file each.

mod chili;
mod creel;
mod crossbeam;
mod forte;
mod rayon;
mod threadpool;
mod tokio;

pub(crate) use chili::Chili;
pub(crate) use creel::{Creel, Diagnosed};
pub(crate) use crossbeam::Crossbeam;
pub(crate) use forte::Forte;
pub(crate) use rayon::{Rayon, RayonScope};
pub(crate) use threadpool::Threadpool;
pub(crate) use tokio::{Tokio, TokioBlocking};
