//! What the system says of this process and its threads.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How much more memory may be resident after a scene than after its rehearsal.
///
/// The allocator keeps some of what it was given back, in pieces. A byte that is lost with each of 10⁷ tasks is more
/// than twice this.
const RESIDENT_SLACK_KB: u64 = 4 * 1024;

/// How an excess of memory is called.
pub(crate) const MEMORY: &str = "memory";

/// What the process holds.
#[derive(Clone, Copy)]
pub(crate) struct Usage {
    threads: u64,
    descriptors: u64,
    resident_kb: u64,
}

impl Usage {
    pub(crate) fn now() -> Self {
        let status = Status::read(Path::new("/proc/self"));
        Self {
            threads: status.number("Threads:"),
            descriptors: fs::read_dir("/proc/self/fd").unwrap().count() as u64,
            resident_kb: status.number("VmRSS:"),
        }
    }

    /// Waits until the threads and descriptors are those of before, or for so long.
    ///
    /// A thread that was joined is listed for a moment longer, and the clock's stays for one.
    pub(crate) fn settled(before: Self, patience: Duration) -> Self {
        let deadline = Instant::now() + patience;
        loop {
            let now = Self::now();
            let is_settled = (now.threads, now.descriptors) == (before.threads, before.descriptors);
            if is_settled || Instant::now() > deadline {
                return now;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// This memory with the threads and descriptors of before.
    pub(crate) fn with_handles_of(self, before: Self) -> Self {
        Self {
            resident_kb: self.resident_kb,
            ..before
        }
    }

    /// What of it is not as it was before.
    pub(crate) fn excess(self, before: Self) -> Option<&'static str> {
        if self.threads != before.threads {
            Some("threads")
        } else if self.descriptors != before.descriptors {
            Some("descriptors")
        } else if self.resident_kb > before.resident_kb + RESIDENT_SLACK_KB {
            Some(MEMORY)
        } else {
            None
        }
    }

    /// Both in words.
    pub(crate) fn beside(self, before: Self) -> String {
        let megabytes = |kilobytes: u64| kilobytes as f64 / 1024.0;
        format!(
            "threads {} → {}, descriptors {} → {}, resident {:.1} → {:.1} MB",
            before.threads,
            self.threads,
            before.descriptors,
            self.descriptors,
            megabytes(before.resident_kb),
            megabytes(self.resident_kb),
        )
    }
}

/// A thread of this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Thread {
    pub(crate) id: u64,
    pub(crate) name: String,
    /// A letter, as `S` for sleeping.
    pub(crate) state: String,
    /// How often it was put to sleep or interrupted: a thread that never woke has not changed.
    pub(crate) switches: u64,
}

/// The threads that there are, by their ids; one that ends meanwhile may be missing.
pub(crate) fn threads() -> Vec<Thread> {
    let mut threads: Vec<_> = fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let status = Status(fs::read_to_string(folder.join("status")).ok()?);
            Some(Thread {
                id: folder.file_name()?.to_str()?.parse().ok()?,
                name: status.text("Name:").to_owned(),
                state: status.text("State:").chars().take(1).collect(),
                switches: status.number("voluntary_ctxt_switches:")
                    + status.number("nonvoluntary_ctxt_switches:"),
            })
        })
        .collect();
    threads.sort_by_key(|thread| thread.id);
    threads
}

struct Status(String);

impl Status {
    fn read(folder: &Path) -> Self {
        Self(fs::read_to_string(folder.join("status")).unwrap())
    }

    fn text(&self, key: &str) -> &str {
        self.0
            .lines()
            .find_map(|line| line.strip_prefix(key))
            .unwrap_or_default()
            .trim()
    }

    fn number(&self, key: &str) -> u64 {
        let number = self.text(key).split(' ').next().unwrap_or_default();
        number.parse().unwrap()
    }
}
