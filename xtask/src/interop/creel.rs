//! Our own program, used as a user would: a command line, what it prints, and the files it leaves.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::records::Records;
use super::stage::Stage;
use crate::family::Family;
use crate::workspace::{Workspace, spell};

/// How long a run may take; the longest ask a chat model a few questions.
const LIMIT: Duration = Duration::from_secs(180);

/// How much of what it said is shown when a case fails.
const LAST_LINES: usize = 12;

/// The program, built.
pub(super) struct Creel {
    program: PathBuf,
}

impl Creel {
    pub(super) fn build(workspace: &Workspace) -> Result<Self> {
        let status = workspace
            .cargo()
            .args(["build", "--package", "creel-cli"])
            .status()
            .context("cannot start cargo")?;
        ensure!(status.success(), "the program does not build");
        Ok(Self {
            program: workspace.program(),
        })
    }

    /// Starts a run whose results go to a folder, which nothing else may use.
    pub(super) fn start<I, S>(&self, arguments: I, folder: &Path) -> Result<Going>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        // A run over results that are there would go on where they end.
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let out = folder.join("results.jsonl");
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .arg("--out")
            .arg(&out)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("stderr.txt"))?);
        Ok(Going {
            spelled: spell(&command),
            family: Family::start(&mut command)?,
            folder: folder.to_owned(),
            out,
        })
    }
}

/// A run that goes on.
pub(super) struct Going {
    spelled: String,
    family: Family,
    folder: PathBuf,
    /// Where its results go, a line for each item.
    pub(super) out: PathBuf,
}

impl Going {
    /// Waits until the run has ended by itself, however it ended.
    pub(super) fn end(mut self) -> Result<Ended> {
        let status = self.family.end_within(LIMIT)?;
        let said = fs::read_to_string(self.folder.join("stderr.txt"))?;
        let spelled = self.spelled;
        let Some(status) = status else {
            bail!("`{spelled}` did not end within {LIMIT:?}; it said:\n{said}");
        };
        Ok(Ended {
            status,
            said,
            out: self.out,
            spelled,
        })
    }
}

/// A run that has ended.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// What it wrote to the standard error.
    pub(super) said: String,
    out: PathBuf,
    spelled: String,
}

impl Ended {
    /// The results of a run in which everything was answered.
    pub(super) fn answered(&self) -> Result<Records> {
        self.ended_with(0)?;
        Records::read(&self.out).with_context(|| self.tell())
    }

    /// The results of a run in which something failed.
    pub(super) fn partly_failed(&self) -> Result<Records> {
        self.ended_with(1)?;
        Records::read(&self.out).with_context(|| self.tell())
    }

    /// Fails unless the run ended with this code.
    pub(super) fn ended_with(&self, code: i32) -> Result<()> {
        let status = self.status;
        ensure!(
            status.code() == Some(code),
            "ended with {status} where {code} is right; {}",
            self.tell()
        );
        Ok(())
    }

    /// Fails unless each of these words stands in what the user reads.
    pub(super) fn says(&self, words: &[&str]) -> Result<()> {
        for word in words {
            ensure!(
                self.said.contains(word),
                "`{word}` is not said; {}",
                self.tell()
            );
        }
        Ok(())
    }

    /// The line that tells what the server speaks, which must have these words.
    pub(super) fn finding(&self, stage: &Stage, words: &str) -> Result<String> {
        let line = self.said.lines().find(|line| line.contains(" speaks "));
        let line = line.filter(|line| line.contains(words));
        let line = line.with_context(|| format!("no `{words}`; {}", self.tell()))?;
        Ok(stage.note(line))
    }

    /// The first line that tells of an error.
    pub(super) fn error(&self) -> &str {
        let line = self.said.lines().find(|line| line.starts_with("error"));
        line.unwrap_or_default()
    }

    fn tell(&self) -> String {
        let lines: Vec<_> = self.said.lines().collect();
        let said = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
        format!("`{}` said:\n{said}", self.spelled)
    }
}
