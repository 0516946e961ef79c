//! The servers that are not ours: each a file of its own, with its cases.

mod kserve;
mod litserve;
mod llama;
mod mlserver;
mod ocr;
mod triton;

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::case::Case;
use crate::environment::{Environment, Recipe};

/// Every server, in the order in which they are asked.
pub(super) const ALL: [&dyn Peer; 6] = [
    &mlserver::MlServer,
    &kserve::KServe,
    &triton::Triton,
    &litserve::LitServe,
    &llama::Llama,
    &ocr::Ocr,
];

/// A model server that is not ours.
pub(super) trait Peer: Sync {
    /// What it is called on the command line.
    fn name(&self) -> &'static str;

    /// What it is called in the table, with its model.
    fn title(&self) -> &'static str;

    fn recipe(&self) -> Recipe;

    /// Lays out in a folder what is served, what is asked, and what the right answers are.
    fn lay_out(&self, environment: &Environment, folder: &Path) -> Result<()>;

    /// What starts it on a port, in the folder.
    fn command(&self, environment: &Environment, folder: &Path, port: u16) -> Result<Command>;

    /// The path that is answered with 200 once the model can be asked.
    fn ready(&self) -> &'static str;

    fn cases(&self) -> Vec<Case>;
}
