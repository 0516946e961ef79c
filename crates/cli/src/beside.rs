//! What stands beside results.

use std::path::{Path, PathBuf};

/// The file beside results that is called as they are, with this in place of `.jsonl`, or behind any other name: a table
/// and lines of JSON may stand side by side.
pub(crate) fn beside(out: &Path, ending: &str) -> PathBuf {
    let is_plain = out
        .extension()
        .is_some_and(|extension| extension == "jsonl");
    if is_plain {
        return out.with_extension(ending);
    }
    let mut name = out.file_name().unwrap_or_default().to_owned();
    if out.extension().is_none() {
        // Else it would be that of the same name with `.jsonl`.
        name.push("-");
    }
    name.push(".");
    name.push(ending);
    out.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_that_differ_in_their_extension_have_each_their_own() {
        for (out, expected) in [
            ("a/results.jsonl", "a/results.job.json"),
            ("a/results.csv", "a/results.csv.job.json"),
            ("results.JSONL", "results.JSONL.job.json"),
            ("results.v2.jsonl", "results.v2.job.json"),
            ("results", "results-.job.json"),
        ] {
            let path = beside(Path::new(out), "job.json");
            assert_eq!(path, Path::new(expected), "{out}");
        }
    }
}
