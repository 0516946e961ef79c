//! The classifier of the irises, which several servers offer, and what scikit-learn says itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::case::Case;
use super::records::{Records, flat};
use super::stage::Stage;
use crate::environment::Environment;

/// Trains the model, and writes the rows and the right answers.
const SCRIPT: &str = include_str!("servers/irises.py");

/// The output that holds the class: of our scripts, of MLServer, of the protocol of TensorFlow Serving.
const CLASS: [&str; 3] = ["class", "predict", "predictions"];

/// How many rows the training set has.
const ROWS: usize = 150;

/// Probabilities went through a server and a text or two, and nothing else.
const TOLERANCE: f64 = 1e-6;

/// How many differences are worth reading.
const SHOWN: usize = 3;

/// How many times over the rows are asked when the server is killed meanwhile.
const ROUNDS: usize = 100;

/// Lays out the model and what is asked of it.
pub(super) fn lay_out(environment: &Environment, folder: &Path) -> Result<()> {
    environment.lay_out(SCRIPT, folder)?;
    let rows = fs::read_to_string(folder.join("iris.csv"))?;
    let (head, rows) = rows.split_once('\n').context("no rows")?;
    let mut many = format!("{head}\n");
    for round in 0..ROUNDS {
        let rows = rows.lines().map(|row| format!("{round}-{row}\n"));
        many.extend(rows);
    }
    fs::write(folder.join("many.csv"), many)?;
    let narrow = "id,sepal_length,sepal_width\na,5.1,3.5\nb,6.2,2.9\n";
    fs::write(folder.join("narrow.csv"), narrow)?;
    Ok(())
}

/// What every server is asked that speaks the Open Inference Protocol.
pub(super) fn cases() -> Vec<Case> {
    vec![
        oip("rows as JSON", |stage| {
            all_rows(stage, &[&OIP[..], &["--tensors", "json"]].concat())
        }),
        oip("rows, binary or else as JSON", |stage| {
            all_rows(stage, &OIP)
        }),
        oip("a model that is not there", |stage| {
            unknown_model(stage, &["--protocol", "oip"])
        }),
        oip("rows of a wrong length", |stage| wrong_shape(stage, &OIP)),
        oip("killed meanwhile", |stage| killed(stage, &OIP)),
        Case {
            protocol: "auto",
            claim: "what it speaks is found out",
            play: |stage| found_out(stage),
        },
    ]
}

/// What servers are asked that take binary tensors.
pub(super) fn binary() -> Case {
    oip("rows as binary tensors", |stage| {
        all_rows(stage, &[&OIP[..], &["--tensors", "binary"]].concat())
    })
}

fn oip(claim: &'static str, play: fn(&Stage) -> Result<String>) -> Case {
    Case {
        protocol: "oip",
        claim,
        play,
    }
}

const OIP: [&str; 4] = ["--protocol", "oip", "--model", "iris"];

/// What scikit-learn says of each row, by its id.
struct Truth(BTreeMap<String, Value>);

impl Truth {
    fn read(stage: &Stage) -> Result<Self> {
        let truth: BTreeMap<_, _> = serde_json::from_slice(&fs::read(stage.file("truth.json"))?)?;
        ensure!(truth.len() == ROWS, "{} rows, not {ROWS}", truth.len());
        Ok(Self(truth))
    }

    /// Fails unless every row was answered with its own class.
    fn confirms(&self, records: &Records) -> Result<()> {
        records.cover(self.0.keys())?;
        self.matches(records)?;
        let answered = records.answers().count();
        ensure!(answered == ROWS, "{answered} of {ROWS} rows were answered");
        Ok(())
    }

    /// Fails unless each of these answers has the class of its row, and the probabilities if it has any.
    fn matches(&self, records: &Records) -> Result<()> {
        let mut wrong = Vec::new();
        for (id, answer) in records.answers() {
            // When rows are asked many times over, the number of the round stands before the name.
            let name = id.find("flower").map_or(id, |start| &id[start..]);
            let truth = self.0.get(name).with_context(|| format!("no row `{id}`"))?;
            let class = CLASS.iter().find_map(|name| answer.get(name));
            let found = class.map(flat).unwrap_or_default();
            if found != flat(&truth["class"]) {
                wrong.push(format!("{id}: {found:?}, not {}", truth["class"]));
                continue;
            }
            let chances = flat(&answer["probabilities"]);
            let right = flat(&truth["probabilities"]);
            let near = |(found, right): (&f64, &f64)| (found - right).abs() < TOLERANCE;
            let agree = chances.len() == right.len() && chances.iter().zip(&right).all(near);
            if !chances.is_empty() && !agree {
                wrong.push(format!("{id}: {chances:?}, not {right:?}"));
            }
        }
        ensure!(
            wrong.is_empty(),
            "{} answers are not what scikit-learn says: {}",
            wrong.len(),
            wrong[..wrong.len().min(SHOWN)].join("; ")
        );
        Ok(())
    }
}

/// Asks all rows; each must get the answer that scikit-learn gives.
pub(super) fn all_rows(stage: &Stage, options: &[&str]) -> Result<String> {
    let records = stage.batch("iris.csv", options)?.answered()?;
    Truth::read(stage)?.confirms(&records)?;
    Ok(format!("{ROWS} rows, each with scikit-learn's own class"))
}

/// Asks all rows without saying how.
fn found_out(stage: &Stage) -> Result<String> {
    let ended = stage.batch("iris.csv", &["--model", "iris"])?;
    Truth::read(stage)?.confirms(&ended.answered()?)?;
    ended.finding(stage, "Open Inference Protocol")
}

/// Asks for a model that is not there: the run must end before it begins, and say so.
pub(super) fn unknown_model(stage: &Stage, options: &[&str]) -> Result<String> {
    let options = [options, &["--model", "tulips"]].concat();
    let ended = stage.batch("iris.csv", &options)?;
    ended.ended_with(1)?;
    ended.says(&["tulips", &stage.url()])?;
    Ok(stage.note(ended.error()))
}

/// Asks rows with two measurements of a model that takes four: each must fail, and say why.
pub(super) fn wrong_shape(stage: &Stage, options: &[&str]) -> Result<String> {
    let ended = stage.batch("narrow.csv", options)?;
    let records = ended.partly_failed()?;
    let errors: Vec<_> = records.errors().collect();
    ensure!(
        errors.len() == 2 && errors.iter().all(|(_, error)| !error.is_empty()),
        "{errors:?}"
    );
    Ok(stage.note(errors[0].1))
}

/// Kills a server after some answers: every row must have one record, answered rightly or failed with a reason.
fn killed(stage: &Stage, options: &[&str]) -> Result<String> {
    let start = |server: &str| stage.start_batch(server, "many.csv", options);
    let ended = stage.kill_after(ROWS, start)?;
    let records = ended.partly_failed()?;
    Truth::read(stage)?.matches(&records)?;
    let all = ROUNDS * ROWS;
    let count = records.count();
    ensure!(count == all, "{count} records of {all} rows");
    records.ensure_reasons()
}
