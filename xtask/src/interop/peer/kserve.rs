//! KServe, with scikit-learn's logistic regression of the irises, over both versions of its protocol.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::Peer;
use crate::interop::case::Case;
use crate::interop::environment::{Environment, Recipe};
use crate::interop::irises;

const SCRIPT: &str = include_str!("../servers/kserve_irises.py");

const OIP: [&str; 4] = ["--protocol", "oip", "--model", "iris"];

/// The output that holds the class.
const CLASS: &str = "class";

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
        vec![
            Case {
                protocol: "oip",
                claim: "rows as JSON",
                play: |stage| irises::all_rows(stage, CLASS, &OIP),
            },
            Case {
                protocol: "oip",
                claim: "a model that is not there",
                play: |stage| irises::unknown_model(stage, &["--protocol", "oip"]),
            },
            Case {
                protocol: "oip",
                claim: "rows of a wrong length",
                play: |stage| irises::wrong_shape(stage, &OIP),
            },
            Case {
                protocol: "oip",
                claim: "killed meanwhile",
                play: |stage| irises::killed(stage, CLASS, &OIP),
            },
        ]
    }
}
