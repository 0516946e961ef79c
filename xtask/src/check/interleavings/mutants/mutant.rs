//! A mutant as it is written down: a heading, why it must be found out, by which models, and the edit.
//!
//! The mutants of `foo.rs` stand in `foo/mutants.md`:
//!
//! ````markdown
//! ## A submitter that does not fence
//!
//! It reads the word before its task stands in the queue.
//!
//! Found by `a_worker_that_falls_asleep_never_misses_a_task`.
//!
//! ```diff
//!  context, so that the edit has one place in the file
//! -fence(Ordering::SeqCst);
//! ```
//! ````
//!
//! Several blocks are several edits. How far a line is indented does not matter.

use anyhow::{Result, bail, ensure};

/// A change of one file that takes away what the code needs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mutant {
    /// Its heading.
    pub(super) name: String,
    /// The models that must fail with it, by the names of their functions.
    pub(super) models: Vec<String>,
    edits: Vec<Edit>,
}

/// Lines that stand in the file once, and what stands there in the mutant.
#[derive(Debug, Default, PartialEq, Eq)]
struct Edit {
    from: Vec<String>,
    to: Vec<String>,
}

/// How the line that names the models begins.
const FOUND_BY: &str = "Found by ";

impl Mutant {
    /// Reads the mutants that a document describes.
    pub(super) fn parse(document: &str) -> Result<Vec<Self>> {
        let mut mutants: Vec<Self> = Vec::new();
        let mut block: Option<Edit> = None;
        let mut names_models = false;
        for line in document.lines() {
            if let Some(edit) = &mut block {
                if line.starts_with("```") {
                    let edit = block.take().unwrap_or_default();
                    if let Some(mutant) = mutants.last_mut() {
                        mutant.edits.push(edit);
                    }
                } else {
                    edit.add(line);
                }
            } else if let Some(name) = line.strip_prefix("## ") {
                mutants.push(Self {
                    name: name.trim().to_owned(),
                    models: Vec::new(),
                    edits: Vec::new(),
                });
            } else if line.starts_with("```") {
                ensure!(line == "```diff", "a block that is no diff: `{line}`");
                block = Some(Edit::default());
            } else if let Some(mutant) = mutants.last_mut() {
                names_models |= line.starts_with(FOUND_BY);
                names_models &= !line.is_empty();
                if names_models {
                    let models = line.split('`').skip(1).step_by(2);
                    mutant.models.extend(models.map(str::to_owned));
                }
            }
        }
        ensure!(block.is_none(), "a block does not end");
        mutants.iter().try_for_each(Self::check)?;
        Ok(mutants)
    }

    fn check(&self) -> Result<()> {
        let name = &self.name;
        ensure!(
            !self.models.is_empty(),
            "{name}: a line `{FOUND_BY}…` names the models that must fail"
        );
        ensure!(!self.edits.is_empty(), "{name}: there is no edit");
        for edit in &self.edits {
            ensure!(edit.from != edit.to, "{name}: an edit changes nothing");
            ensure!(
                edit.from.iter().any(|line| !line.is_empty()),
                "{name}: an edit needs a line that stands in the file"
            );
        }
        Ok(())
    }

    /// The text of the file in the mutant.
    pub(super) fn apply(&self, text: &str) -> Result<String> {
        let mut lines: Vec<_> = text.lines().collect();
        for edit in &self.edits {
            let place = edit.place(&lines)?;
            let to = edit.to.iter().map(String::as_str);
            lines.splice(place..place + edit.from.len(), to);
        }
        Ok(lines.join("\n") + "\n")
    }
}

impl Edit {
    /// Takes a line of the block.
    fn add(&mut self, line: &str) {
        let (mark, text) = line.split_at_checked(1).unwrap_or((" ", ""));
        let text = text.trim().to_owned();
        match mark {
            "-" => self.from.push(text),
            "+" => self.to.push(text),
            _ => {
                let text = line.trim().to_owned();
                self.from.push(text.clone());
                self.to.push(text);
            }
        }
    }

    /// Where the lines stand that it changes.
    fn place(&self, lines: &[&str]) -> Result<usize> {
        let reads_so = |place: &usize| {
            let found = lines[*place..].iter().map(|line| line.trim());
            found.take(self.from.len()).eq(&self.from)
        };
        let places: Vec<_> = (0..lines.len()).filter(reads_so).collect();
        match places[..] {
            [place] => Ok(place),
            [] => bail!(
                "the source has moved on: no place reads\n{}",
                self.from.join("\n")
            ),
            _ => bail!("{} places read\n{}", places.len(), self.from.join("\n")),
        }
    }
}

#[cfg(test)]
mod tests;
