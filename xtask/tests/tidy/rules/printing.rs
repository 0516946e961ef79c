//! Only the program prints; a library returns, and reports through `tracing`.

use crate::finding::Finding;
use crate::source::Source;

const MACROS: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];
const STREAMS: [&str; 2] = ["io::stdout", "io::stderr"];
const ADVICE: &str =
    "only the CLI prints: return it, write it to a writer that was passed in, or use `tracing`";

/// Places in libraries that print.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| !may_print(source)) {
        for (index, word) in source.words.iter().enumerate() {
            let is_macro = MACROS.contains(&word.text.as_str()) && source.reads(index + 1, &["!"]);
            if is_macro && !source.is_test_at(index) {
                findings.push(Finding::new(
                    &source.path,
                    word.line,
                    format!("`{}!`: {ADVICE}", word.text),
                ));
            }
        }
        for mention in &source.mentions {
            let is_stream = STREAMS.iter().any(|stream| mention.ends_in(stream));
            if is_stream && !source.is_test_at(mention.index) {
                findings.push(Finding::new(
                    &source.path,
                    mention.line,
                    format!("`{}`: {ADVICE}", mention.path),
                ));
            }
        }
    }
    findings
}

fn may_print(source: &Source) -> bool {
    let is_program = ["crates/cli/", "crates/bench/", "xtask/"]
        .iter()
        .any(|folder| source.path.starts_with(folder));
    is_program || source.is_example() || source.is_build_script() || source.is_test()
}

#[cfg(test)]
mod tests;
