//! NVIDIA Triton, which the package PyTriton holds and starts, with scikit-learn's logistic regression of the irises.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::Peer;
use crate::environment::{Environment, Recipe};
use crate::interop::case::Case;
use crate::interop::irises;
use crate::running;

const SCRIPT: &str = include_str!("../servers/triton_irises.py");

pub(super) struct Triton;

impl Peer for Triton {
    fn name(&self) -> &'static str {
        "triton"
    }

    fn title(&self) -> &'static str {
        "NVIDIA Triton 2.51 in PyTriton"
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            debian: &[],
            python: &["nvidia-pytriton==0.7.0", "scikit-learn==1.9.1"],
        }
    }

    fn lay_out(&self, environment: &Environment, folder: &Path) -> Result<()> {
        irises::lay_out(environment, folder)
    }

    fn command(&self, environment: &Environment, folder: &Path, port: u16) -> Result<Command> {
        let mut command = environment.script(SCRIPT);
        // Where it copies the server to, which it leaves behind when it is killed.
        command.env("PYTRITON_HOME", folder.join("pytriton"));
        command.arg(port.to_string());
        for _ in ["gRPC", "metrics"] {
            command.arg(running::free_port()?.to_string());
        }
        Ok(command)
    }

    fn ready(&self) -> &'static str {
        "/v2/models/iris/ready"
    }

    fn cases(&self) -> Vec<Case> {
        let mut cases = irises::cases();
        cases.insert(1, irises::binary());
        cases
    }
}
