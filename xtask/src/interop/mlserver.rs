//! MLServer, with scikit-learn's logistic regression of the irises.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use serde_json::json;

use super::python::{self, Python};
use super::{MODEL, Peer};
use crate::running;

const PACKAGES: [&str; 3] = ["mlserver==1.7.1", "mlserver-sklearn==1.7.1", "scikit-learn"];

/// Trains the model and writes the rows it was trained on.
const TRAIN: &str = include_str!("mlserver/train.py");

pub(super) struct MlServer;

impl Peer for MlServer {
    fn name(&self) -> &'static str {
        "mlserver"
    }

    fn prepare(&self, folder: &Path) -> Result<PathBuf> {
        let served = served(folder);
        fs::create_dir_all(&served)?;
        let rows = folder.join("iris.csv");
        let python = Python::with(&PACKAGES, folder)?;
        let mut train = python.command("python");
        train
            .args(["-c", TRAIN])
            .arg(served.join("model.joblib"))
            .arg(&rows);
        python::run(&mut train)?;
        Ok(rows)
    }

    fn command(&self, folder: &Path) -> Result<(Command, u16)> {
        let served = served(folder);
        let port = running::free_port()?;
        let settings = json!({
            "host": "127.0.0.1",
            "http_port": port,
            "grpc_port": running::free_port()?,
            "metrics_port": running::free_port()?,
            // In the process itself: workers of their own would outlive it when it is killed.
            "parallel_workers": 0,
        });
        let model = json!({
            "name": MODEL,
            "implementation": "mlserver_sklearn.SKLearnModel",
            "parameters": { "uri": "./model.joblib" },
        });
        fs::write(served.join("settings.json"), settings.to_string())?;
        fs::write(served.join("model-settings.json"), model.to_string())?;
        let mut command = Python::with(&PACKAGES, folder)?.command("mlserver");
        command.arg("start").arg(&served);
        Ok((command, port))
    }

    fn class(&self) -> &'static str {
        "predict"
    }
}

/// The folder that the server loads.
fn served(folder: &Path) -> PathBuf {
    folder.join("served")
}
