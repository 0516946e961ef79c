//! What a program prints, shown and read line by line.

use std::io::{self, BufRead, BufReader};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result};

use crate::workspace::spell;

/// Runs a program to its end, shows what it prints, and hands each line on.
pub(crate) fn follow(mut command: Command, mut read: impl FnMut(&str)) -> Result<ExitStatus> {
    // One pipe for both streams keeps their lines in order.
    let (output, input) = io::pipe()?;
    command
        .stdout(input.try_clone()?)
        .stderr(input)
        .stdin(Stdio::null())
        .env("CARGO_TERM_COLOR", "never");
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start `{}`", spell(&command)))?;
    // The command holds this end of the pipe: without dropping it the lines would never end.
    drop(command);
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        read(&line);
    }
    Ok(child.wait()?)
}

/// The number that stands right before a word, zero when there is none.
pub(crate) fn number_before(line: &str, word: &str) -> u64 {
    let number = line
        .split_once(&format!(" {word}"))
        .and_then(|(before, _)| before.rsplit([' ', '(']).next()?.parse().ok());
    number.unwrap_or(0)
}
