//! A process and all that it starts, which end with us, whatever ends us.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::deadline;
use crate::workspace::spell;

/// Waits for the end of its input, which comes when the other end is closed or its process is gone, and then ends the
/// group whose number was the first line: kindly, and after some seconds not.
const GUARD: &str = r#"
trap "" INT TERM HUP
read -r group || exit
read -r _
kill -s TERM -- "-$group" 2>/dev/null || exit
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
  sleep 0.2
  kill -s 0 -- "-$group" 2>/dev/null || exit
done
kill -s KILL -- "-$group"
"#;

/// A process in a group of its own, with a guard that ends the group when this is dropped, and also when this process
/// is killed and drops nothing.
pub(crate) struct Family {
    head: Child,
    guard: Child,
}

impl Family {
    /// Starts a process, and its guard before it.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut guard = Command::new("sh")
            .args(["-c", GUARD])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start `sh`, which guards other processes")?;
        let head = match command.process_group(0).spawn() {
            Ok(head) => head,
            Err(error) => {
                drop(guard.stdin.take());
                guard.wait()?;
                let program = command.get_program().to_string_lossy();
                return Err(error).with_context(|| format!("cannot start `{program}`"));
            }
        };
        let mut family = Self { head, guard };
        let group = family.head.id();
        let input = family.guard.stdin.as_mut();
        writeln!(input.expect("it was piped"), "{group}")?;
        Ok(family)
    }

    /// Runs a process to its end, or ends it when it takes longer; `None` is that it took longer.
    pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<Option<ExitStatus>> {
        let mut family = Self::start(command)?;
        family
            .end_within(limit)
            .with_context(|| format!("while waiting for `{}`", spell(command)))
    }

    /// The number of the first process.
    pub(crate) fn process(&self) -> u32 {
        self.head.id()
    }

    /// How the first process has ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.head.try_wait()?)
    }

    /// Waits for the end of the first process; `None` is that the time was up.
    pub(crate) fn end_within(&mut self, limit: Duration) -> Result<Option<ExitStatus>> {
        deadline::within(limit, || self.ended())
    }

    /// What the first process prints, where that was piped; once.
    pub(crate) fn output(&mut self) -> Option<ChildStdout> {
        self.head.stdout.take()
    }

    /// What the first process says on its standard error, where that was piped; once.
    pub(crate) fn errors(&mut self) -> Option<ChildStderr> {
        self.head.stderr.take()
    }

    /// Sends all of them a signal, such as `STOP`.
    pub(crate) fn signal(&self, signal: &str) -> Result<()> {
        let group = format!("-{}", self.head.id());
        Command::new("kill")
            .args(["-s", signal, "--", &group])
            .status()
            .context("cannot start `kill`")?;
        Ok(())
    }

    /// Kills all of them at once, as a crash would.
    pub(crate) fn crash(&mut self) -> Result<()> {
        self.signal("KILL")?;
        self.head.wait()?;
        Ok(())
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // Both end: the guard sees to it. What cannot be waited for is not there.
        let _ = self.head.wait();
        let _ = self.guard.wait();
    }
}

#[cfg(test)]
mod tests;
