//! The job, one process after the other.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process;

/// Between two looks at the results. Rows come by the thousand in a second: a kill is as close to its place as that.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// A job that is started with the same command each time.
pub(super) struct Job {
    pub(super) program: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) server: String,
    pub(super) workers: u64,
    pub(super) rows_per_request: u64,
    pub(super) options: Vec<String>,
}

/// How far a process came.
pub(super) struct Ended {
    /// Records in the results, of this process and those before it.
    pub(super) records: u64,
    /// The most memory that the process had.
    pub(super) peak_mb: f64,
    /// Records for each second of its life.
    pub(super) rate: f64,
}

impl Job {
    pub(super) fn results(&self) -> PathBuf {
        self.folder.join("results.jsonl")
    }

    /// Runs the job until there are so many records, and kills it.
    pub(super) fn kill_at(&self, records: u64) -> Result<Ended> {
        let mut results = Counted::of(self.results());
        let before = results.count()?;
        let began = Instant::now();
        let mut child = self.start()?;
        let mut ended = false;
        while !ended && results.count()? < records {
            ended = child.try_wait()?.is_some();
            thread::sleep(LOOK_EVERY);
        }
        let peak_mb = process::peak_mb(child.id()).unwrap_or_default();
        // Of a process that has ended there is nothing to kill, which is told below.
        child.kill()?;
        child.wait()?;
        if ended {
            bail!(
                "the job has ended by itself at {} records",
                results.count()?
            );
        }
        let records = results.count()?;
        Ok(Ended {
            records,
            peak_mb,
            rate: (records - before) as f64 / began.elapsed().as_secs_f64(),
        })
    }

    /// Runs the job to its end.
    pub(super) fn finish(&self) -> Result<Ended> {
        let mut results = Counted::of(self.results());
        let before = results.count()?;
        let began = Instant::now();
        let mut child = self.start()?;
        let mut peak = 0.0_f64;
        let status = loop {
            // A process that has just ended tells no more.
            peak = peak.max(process::peak_mb(child.id()).unwrap_or_default());
            match child.try_wait()? {
                Some(status) => break status,
                None => thread::sleep(LOOK_EVERY),
            }
        };
        if !status.success() {
            bail!("the job has ended with {status}");
        }
        let records = results.count()?;
        Ok(Ended {
            records,
            peak_mb: peak,
            rate: (records - before) as f64 / began.elapsed().as_secs_f64(),
        })
    }

    /// Starts the finished job once more, and gives how many records that has added.
    pub(super) fn finish_again(&self) -> Result<u64> {
        let before = Counted::of(self.results()).count()?;
        Ok(self.finish()?.records - before)
    }

    fn start(&self) -> Result<Child> {
        Command::new(&self.program)
            .args(["batch", "rows.csv", "--quiet", "--model", "iris"])
            .args(["--server", &self.server])
            .args(["--workers", &self.workers.to_string()])
            .args(["--rows-per-request", &self.rows_per_request.to_string()])
            .args(&self.options)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .spawn()
            .context("cannot start the job")
    }
}

/// A file whose lines are counted as it grows.
struct Counted {
    path: PathBuf,
    file: Option<File>,
    lines: u64,
}

impl Counted {
    fn of(path: PathBuf) -> Self {
        Self {
            path,
            file: None,
            lines: 0,
        }
    }

    /// How many lines there are at this moment.
    fn count(&mut self) -> Result<u64> {
        if self.file.is_none() {
            self.file = File::open(&self.path).ok();
        }
        let Some(file) = &mut self.file else {
            return Ok(0);
        };
        let mut block = vec![0; 1 << 16];
        loop {
            let count = file.read(&mut block)?;
            if count == 0 {
                return Ok(self.lines);
            }
            let ends = block[..count].iter().filter(|&&byte| byte == b'\n');
            self.lines += ends.count() as u64;
        }
    }
}
