//! LitServe, with a detector of faces and bodies, which takes a picture as a part of a form.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::Peer;
use crate::environment::{Environment, Recipe};
use crate::interop::case::Case;
use crate::interop::creel::Going;
use crate::interop::stage::Stage;

const SCRIPT: &str = include_str!("../servers/detector.py");

/// Lays out photographs, and what the detector says of them when it is asked without a server.
const PHOTOGRAPHS: &str = include_str!("../servers/photographs.py");

pub(super) struct LitServe;

impl Peer for LitServe {
    fn name(&self) -> &'static str {
        "litserve"
    }

    fn title(&self) -> &'static str {
        "LitServe"
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            debian: &["libgl1", "libglib2.0-0"],
            python: &[
                "litserve==0.2.19",
                "nudenet==3.4.2",
                "python-multipart==0.0.34",
                "scikit-image==0.26.0",
            ],
        }
    }

    fn lay_out(&self, environment: &Environment, folder: &Path) -> Result<()> {
        environment.lay_out(PHOTOGRAPHS, folder)
    }

    fn command(&self, environment: &Environment, folder: &Path, port: u16) -> Result<Command> {
        // Its workers import the script by its path.
        let script = folder.join("detector.py");
        fs::write(&script, SCRIPT)?;
        let mut command = environment.program("python");
        command.arg("-u").arg(script).arg(port.to_string());
        Ok(command)
    }

    fn ready(&self) -> &'static str {
        "/health"
    }

    fn cases(&self) -> Vec<Case> {
        vec![
            Case {
                protocol: "multipart",
                claim: "boxes in photographs",
                play: |stage| boxes(stage, &FORM),
            },
            Case {
                protocol: "multipart",
                claim: "a form without the field",
                play: |stage| refused(stage, &["--protocol", "multipart", "--input-name", "photo"]),
            },
            Case {
                protocol: "raw",
                claim: "a picture that is in no form",
                play: |stage| refused(stage, &["--protocol", "raw"]),
            },
            Case {
                protocol: "multipart",
                claim: "killed meanwhile",
                play: killed,
            },
            Case {
                protocol: "auto",
                claim: "what it speaks is found out",
                play: |stage| boxes(stage, &[]),
            },
        ]
    }
}

/// What makes a form as the server wants it.
const FORM: [&str; 4] = ["--protocol", "multipart", "--input-name", "image"];

/// Where the astronaut's face is in her photograph, between the eyes.
const FACE: (f64, f64) = (225.0, 115.0);

/// Each photograph must have the boxes that the detector sees without a server, and the astronaut her face.
fn boxes(stage: &Stage, options: &[&str]) -> Result<String> {
    let ended = start(stage, &stage.url(), options)?.end()?;
    let records = ended.answered()?;
    let truth: BTreeMap<String, Value> =
        serde_json::from_slice(&fs::read(stage.file("truth.json"))?)?;
    records.cover(truth.keys())?;
    for (name, answer) in records.answers() {
        let (found, right) = (&answer["boxes"], &truth[name]);
        ensure!(same(found, right), "{name}: {found}, not {right}");
    }
    let boxes = &records.answer("astronaut.jpg")?["boxes"];
    let face = boxes[0]["box"].as_array().map(|sides| {
        let sides: Vec<_> = sides.iter().filter_map(Value::as_f64).collect();
        matches!(sides[..], [left, top, width, height]
            if (left..left + width).contains(&FACE.0) && (top..top + height).contains(&FACE.1))
    });
    ensure!(
        face == Some(true),
        "no box on the face at {FACE:?}: {boxes}"
    );
    let class = boxes[0]["class"].as_str().unwrap_or_default();
    Ok(format!(
        "{} photographs with the detector's own boxes, {class} on the astronaut's face",
        truth.len()
    ))
}

/// Whether boxes are of the same classes, at the same places to the pixel, and as sure to three digits.
fn same(found: &Value, right: &Value) -> bool {
    let (Some(found), Some(right)) = (found.as_array(), right.as_array()) else {
        return false;
    };
    found.len() == right.len()
        && found.iter().zip(right).all(|(found, right)| {
            let score = |seen: &Value| seen["score"].as_f64().unwrap_or(f64::NAN);
            found["class"] == right["class"]
                && found["box"] == right["box"]
                && (score(found) - score(right)).abs() < 1e-3
        })
}

/// Asks so that the server breaks on each photograph: each must fail, and say that it was the server.
fn refused(stage: &Stage, options: &[&str]) -> Result<String> {
    let ended = start(stage, &stage.url(), options)?.end()?;
    let records = ended.partly_failed()?;
    let errors: Vec<_> = records.errors().collect();
    ensure!(
        errors.len() == records.count() && errors.iter().all(|(_, why)| why.contains("500")),
        "{errors:?}"
    );
    Ok(stage.note(errors[0].1))
}

fn killed(stage: &Stage) -> Result<String> {
    let ended = stage.kill_after(10, |server| {
        let url = format!("{server}/predict");
        stage.start_watch(&url, &[&FORM[..], &["--frames", "200"]].concat())
    })?;
    ended.partly_failed()?.ensure_reasons()
}

fn start(stage: &Stage, server: &str, options: &[&str]) -> Result<Going> {
    stage.start_batch(&format!("{server}/predict"), "photographs", options)
}
