//! Tests wait for events, never for time; a bench may let it pass, since that is what it measures.

use crate::finding::Finding;
use crate::source::Source;

const ADVICE: &str = "wait for the event itself: a channel, a barrier, a manual clock, a join";

/// What waits for time or burns it; the last column is what an interleaving test may still do, since loom's
/// yield is a step of its model.
const WAITS: [(&str, bool); 7] = [
    ("recv_timeout", false),
    ("recv_deadline", false),
    ("park_timeout", false),
    ("sleep_ms", false),
    ("wait_timeout_while", false),
    ("spin_loop", true),
    ("yield_now", true),
];

/// Our own `wait_timeout` is tested with durations that have no length to wait for.
const WAIT_TIMEOUT: &str = "wait_timeout";
const TIMELESS: [&str; 2] = ["ZERO", "MAX"];

/// What is tested there runs on the executor that a seed determines, which has a time of its own: nobody waits in it.
const VIRTUAL: [&str; 2] = ["/tests/it/programs/", "/tests/it/seeded/"];

/// Places in tests that let time pass.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| !source.is_bench()) {
        let is_interleaving =
            source.path.ends_with("/interleavings.rs") || source.path.contains("/interleavings/");
        let is_virtual = VIRTUAL.iter().any(|folder| source.path.contains(folder));
        for mention in &source.mentions {
            let sleeps = ["thread::sleep", "time::sleep"];
            if source.is_test_at(mention.index) && sleeps.iter().any(|sleep| mention.ends_in(sleep))
            {
                findings.push(Finding::new(
                    &source.path,
                    mention.line,
                    format!("`{}` in a test: {ADVICE}", mention.path),
                ));
            }
        }
        for (index, word) in source.words.iter().enumerate() {
            let is_definition = source.follows(index, "fn");
            if is_definition || !source.is_test_at(index) {
                continue;
            }
            let waits = WAITS
                .iter()
                .any(|(name, is_step)| *name == word.text && !(*is_step && is_interleaving));
            if waits {
                findings.push(Finding::new(
                    &source.path,
                    word.line,
                    format!("`{}` in a test: {ADVICE}", word.text),
                ));
            }
            if word.text == WAIT_TIMEOUT && !is_virtual && !is_timeless(source, index) {
                findings.push(Finding::new(
                    &source.path,
                    word.line,
                    format!("`{WAIT_TIMEOUT}` in a test with a duration other than `Duration::ZERO` or `Duration::MAX`: {ADVICE}"),
                ));
            }
        }
    }
    findings
}

/// Whether the call at an index is given a duration without a length.
fn is_timeless(source: &Source, index: usize) -> bool {
    let Some(opening) = source.words.get(index + 1).filter(|word| word.text == "(") else {
        return false;
    };
    source.words[index + 1..opening.partner]
        .windows(3)
        .any(|words| {
            let [kind, separator, value] = words else {
                return false;
            };
            kind.text == "Duration"
                && separator.text == "::"
                && TIMELESS.contains(&value.text.as_str())
        })
}

#[cfg(test)]
mod tests;
