//! A server of one's own, with FastAPI and RapidOCR, which reads the numbers of the test camera.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use super::Peer;
use crate::environment::{Environment, Recipe};
use crate::interop::case::Case;
use crate::interop::creel::Going;
use crate::interop::records::Records;
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
        vec![
            Case {
                protocol: "raw",
                claim: "every answer belongs to its frame",
                play: |stage| every_frame(stage, &RAW),
            },
            Case {
                protocol: "raw",
                claim: "killed meanwhile",
                play: killed,
            },
            Case {
                protocol: "auto",
                claim: "what it speaks is found out",
                play: |stage| every_frame(stage, &[]),
            },
        ]
    }
}

/// The server's speech.
const RAW: [&str; 2] = ["--protocol", "raw"];

fn every_frame(stage: &Stage, options: &[&str]) -> Result<String> {
    let ended = start(stage, &stage.url(), options)?.end()?;
    let records = ended.answered()?;
    records.cover(&numbers(FRAMES))?;
    ensure_own_numbers(&records)?;
    let count = records.count();
    Ok(format!("{count} frames, each read as its own number"))
}

fn killed(stage: &Stage) -> Result<String> {
    let ended = stage.kill_after(20, |server| start(stage, server, &RAW))?;
    let records = ended.partly_failed()?;
    records.cover(&numbers(FRAMES))?;
    ensure_own_numbers(&records)?;
    records.ensure_reasons()
}

fn start(stage: &Stage, server: &str, options: &[&str]) -> Result<Going> {
    let (url, frames) = (format!("{server}/read"), FRAMES.to_string());
    stage.start_watch(&url, &[options, &["--frames", &frames]].concat())
}

fn numbers(frames: u64) -> Vec<String> {
    (0..frames).map(|number| number.to_string()).collect()
}

/// Fails unless each frame that was answered was read as its own number.
fn ensure_own_numbers(records: &Records) -> Result<()> {
    let wrong: Vec<_> = records
        .answers()
        .filter(|(number, answer)| answer["text"] != **number)
        .map(|(number, answer)| format!("frame {number}: {answer}"))
        .collect();
    ensure!(wrong.is_empty(), "{}", wrong.join("; "));
    Ok(())
}
