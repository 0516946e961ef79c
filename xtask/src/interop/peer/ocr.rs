//! A server of one's own, with FastAPI and RapidOCR, which reads the numbers of the test camera.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use super::Peer;
use crate::interop::case::Case;
use crate::interop::environment::{Environment, Recipe};
use crate::interop::stage::Stage;

const SCRIPT: &str = include_str!("../servers/ocr.py");

/// How many frames are read.
const FRAMES: u64 = 300;

pub(super) struct Ocr;

impl Peer for Ocr {
    fn name(&self) -> &'static str {
        "ocr"
    }

    fn title(&self) -> &'static str {
        "FastAPI with RapidOCR"
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            debian: &["libgl1", "libglib2.0-0"],
            python: &[
                "rapidocr-onnxruntime==1.4.4",
                "fastapi==0.165.0",
                "uvicorn==0.54.0",
            ],
        }
    }

    fn lay_out(&self, _: &Environment, _: &Path) -> Result<()> {
        Ok(())
    }

    fn command(&self, environment: &Environment, _: &Path, port: u16) -> Result<Command> {
        let mut command = environment.script(SCRIPT);
        command.arg(port.to_string());
        Ok(command)
    }

    fn ready(&self) -> &'static str {
        "/ready"
    }

    fn cases(&self) -> Vec<Case> {
        vec![Case {
            protocol: "raw",
            claim: "every answer belongs to its frame",
            play: |stage| frames(stage, &["--camera", "test:?size=640x480"]),
        }]
    }
}

/// Lets the frames of the test camera be read: each answer must be the number of its own frame.
fn frames(stage: &Stage, options: &[&str]) -> Result<String> {
    let url = format!("{}/read", stage.url());
    let frames = FRAMES.to_string();
    let asking = ["--server", &url, "--protocol", "raw", "--frames", &frames];
    let records = stage.watch(&[options, &asking].concat())?.answered()?;
    let numbers: Vec<_> = (0..FRAMES).map(|number| number.to_string()).collect();
    records.cover(&numbers)?;
    let wrong: Vec<_> = records
        .answers()
        .filter(|(number, answer)| answer["text"] != **number)
        .map(|(number, answer)| format!("frame {number}: {answer}"))
        .collect();
    ensure!(wrong.is_empty(), "{}", wrong.join("; "));
    Ok(format!("{FRAMES} frames, each read as its own number"))
}
