//! MLServer, with scikit-learn's logistic regression of the irises.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::json;

use super::Peer;
use crate::environment::{Environment, Recipe};
use crate::interop::case::Case;
use crate::interop::irises;
use crate::running;

pub(super) struct MlServer;

impl Peer for MlServer {
    fn name(&self) -> &'static str {
        "mlserver"
    }

    fn title(&self) -> &'static str {
        "MLServer"
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            debian: &[],
            python: &[
                "mlserver==1.7.1",
                "mlserver-sklearn==1.7.1",
                "scikit-learn==1.9.1",
            ],
        }
    }

    fn lay_out(&self, environment: &Environment, folder: &Path) -> Result<()> {
        irises::lay_out(environment, folder)?;
        let model = json!({
            "name": "iris",
            "implementation": "mlserver_sklearn.SKLearnModel",
            "parameters": { "uri": "./model.joblib" },
        });
        fs::write(folder.join("model-settings.json"), model.to_string())?;
        Ok(())
    }

    fn command(&self, environment: &Environment, folder: &Path, port: u16) -> Result<Command> {
        let settings = json!({
            "host": "127.0.0.1",
            "http_port": port,
            "grpc_port": running::free_port()?,
            "metrics_port": running::free_port()?,
            "parallel_workers": 0,
        });
        fs::write(folder.join("settings.json"), settings.to_string())?;
        let mut command = environment.program("mlserver");
        command.args(["start", "."]);
        Ok(command)
    }

    fn ready(&self) -> &'static str {
        "/v2/models/iris/ready"
    }

    fn cases(&self) -> Vec<Case> {
        irises::cases()
    }
}
