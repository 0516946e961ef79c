//! `creel batch`: the items of a file.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use anyhow::{Result, bail};
use creel_pipeline::Policy;

use crate::arguments::Batch;
use crate::ending::Ending;
use crate::input::Input;
use crate::interrupt::Interrupt;
use crate::report::Noun;
use crate::run::Run;
use crate::screen::Screen;

/// Items that are read ahead.
const BUFFER: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

/// Sends every item of the input.
pub(crate) fn run(arguments: &Batch, screen: &Screen, interrupt: &Interrupt) -> Result<Ending> {
    refuse_to_replace(&arguments.input, &arguments.recording.out)?;
    let input = Input::open(&arguments.input, arguments.format, &arguments.columns)?;
    Run {
        noun: Noun::Item,
        buffer: BUFFER,
        policy: Policy::Block,
        asking: &arguments.asking,
        model: None,
        recording: &arguments.recording,
    }
    .run(input, screen, interrupt)
}

/// Keeps a slip of the keyboard from emptying the input.
fn refuse_to_replace(input: &Path, out: &Path) -> Result<()> {
    let is_same = match (fs::canonicalize(input), fs::canonicalize(out)) {
        (Ok(input), Ok(out)) => input == out && input.is_file(),
        _ => false,
    };
    if is_same {
        bail!(
            "--out {} is the input, which it would replace: choose another file",
            out.display()
        );
    }
    Ok(())
}
