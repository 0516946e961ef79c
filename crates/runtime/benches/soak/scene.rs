//! A promise, and how it is put to the test.

use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, Instant};

use crate::process::{MEMORY, Usage};
use crate::setting::Setting;

/// How long the system may take to forget a thread that was joined.
const SETTLING: Duration = Duration::from_secs(10);

/// One scene.
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    /// What held if the scene ends well.
    pub(crate) claim: &'static str,
    /// Plays it, and panics where the claim does not hold.
    pub(crate) play: fn(&Setting) -> Figures,
}

/// What a scene did.
pub(crate) struct Figures {
    /// How many of what the scene is about, if it has a rate.
    pub(crate) count: Option<u64>,
    /// The same and the rest, in words.
    pub(crate) story: String,
}

impl Scene {
    /// Plays the scene and prints its line; whether the claim held and all was given back.
    pub(crate) fn perform(&self, setting: &Setting) -> bool {
        setting.watch.begin(self.name);
        let before = Usage::now();
        let rehearsed = self.attempt(&setting.rehearsal());
        // What a process touches for the first time stays resident, and is no leak.
        let before = Usage::settled(before, SETTLING).with_handles_of(before);
        let started = Instant::now();
        let played = rehearsed.and_then(|_| self.attempt(setting));
        let took = started.elapsed().as_secs_f64();
        let Some(figures) = played else {
            setting.watch.end();
            println!(
                "FAILED  {:<11} {took:6.1} s  not so: {}",
                self.name, self.claim
            );
            return false;
        };
        let after = Usage::settled(before, SETTLING);
        let mut kept = after.excess(before);
        if kept == Some(MEMORY) {
            // The allocator keeps pieces of what so many threads have had, and uses them again; what is lost is lost again.
            let again = self.attempt(setting);
            kept = match again {
                Some(_) => Usage::settled(before, SETTLING).excess(after.with_handles_of(before)),
                None => Some("what the scene claims the second time"),
            };
        }
        setting.watch.end();
        let rate = figures.count.map_or_else(String::new, |count| {
            format!("; {:.0}/s", count as f64 / took)
        });
        println!(
            "{}  {:<11} {took:6.1} s  {}{}; {}",
            if kept.is_none() { "ok    " } else { "FAILED" },
            self.name,
            figures.story,
            rate,
            after.beside(before),
        );
        if let Some(kept) = &kept {
            println!("        {kept} not given back");
        }
        kept.is_none()
    }

    fn attempt(&self, setting: &Setting) -> Option<Figures> {
        panic::catch_unwind(AssertUnwindSafe(|| (self.play)(setting))).ok()
    }
}
