//! KServe, with scikit-learn's logistic regression of the irises, over both versions of its protocol.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::Peer;
use crate::environment::{Environment, Recipe};
use crate::interop::case::Case;
use crate::interop::irises;

const SCRIPT: &str = include_str!("../servers/kserve_irises.py");

const TF: [&str; 4] = ["--protocol", "tf", "--model", "iris"];

pub(super) struct KServe;

impl Peer for KServe {
    fn name(&self) -> &'static str {
        "kserve"
    }

    fn title(&self) -> &'static str {
        "KServe"
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            debian: &[],
            python: &["kserve==0.21.0", "scikit-learn==1.9.1"],
        }
    }

    fn lay_out(&self, environment: &Environment, folder: &Path) -> Result<()> {
        irises::lay_out(environment, folder)
    }

    fn command(&self, environment: &Environment, _: &Path, port: u16) -> Result<Command> {
        let mut command = environment.script(SCRIPT);
        command.arg(port.to_string());
        Ok(command)
    }

    fn ready(&self) -> &'static str {
        "/v2/models/iris/ready"
    }

    fn cases(&self) -> Vec<Case> {
        let tf = |claim, play| Case {
            protocol: "tf",
            claim,
            play,
        };
        let mut cases = irises::cases();
        cases.insert(1, irises::binary());
        cases.extend([
            tf("rows", |stage| irises::all_rows(stage, &TF)),
            tf("a model that is not there", |stage| {
                irises::unknown_model(stage, &["--protocol", "tf"])
            }),
            tf("rows of a wrong length", |stage| {
                irises::wrong_shape(stage, &TF)
            }),
        ]);
        cases
    }
}
