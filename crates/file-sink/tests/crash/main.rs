//! Whoever writes records, killed and cut off from power: a program that `cargo xtask crash` runs here and in a machine of its
//! own.
//!
//! | arguments | does |
//! |---|---|
//! | `write FOLDER [FORM=COUNT …]` | opens each form, with so many records at least, and writes on until it is ended |
//! | `kills FOLDER COUNT SEED` | has itself write there, and kills that again and again |
//! | `fill FOLDER` | fills the file system of a folder, and makes room on it |
//!
//! It says a line for each claim, and `BROKEN` before one that does not hold.
#![expect(clippy::print_stdout, reason = "what it finds is printed")]

mod fill;
mod form;
mod kills;
mod write;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("BROKEN {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let [verb, folder, rest @ ..] = arguments else {
        bail!("say what to do, and in which folder");
    };
    let folder = Path::new(folder);
    match (verb.as_str(), rest) {
        ("write", least) => write::run(folder, least),
        ("kills", [count, seed]) => {
            let count = count
                .parse()
                .context("how often it is killed is a number")?;
            let seed = seed.parse().context("the seed is a number")?;
            kills::run(folder, count, seed)
        }
        ("fill", []) => fill::run(folder),
        _ => bail!("nobody knows how to {verb}"),
    }
}
