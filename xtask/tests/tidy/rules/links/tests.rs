use std::path::Path;

use super::check;
use crate::finding::assert_lines;
use crate::tree::Text;

const FILES: [&str; 3] = ["README.md", "docs/architecture.md", "docs/flow.svg"];

#[track_caller]
fn finds(path: &str, text: &str, expected: &[usize]) {
    let texts = [
        Text {
            path: path.to_owned(),
            text: text.to_owned(),
        },
        Text {
            path: "docs/architecture.md".to_owned(),
            text: "# Architecture\n\n## Where `unsafe` lives\n".to_owned(),
        },
    ];
    let exists =
        |path: &Path| FILES.iter().any(|file| Path::new(file) == path) || path == Path::new("docs");
    assert_lines(&check(&texts, exists), expected);
}

#[test]
fn a_link_to_a_file_that_is_not_there_is_found() {
    finds("README.md", "See\n[the design](docs/design.md).", &[2]);
    finds("README.md", "<img src=\"docs/picture.svg\">", &[1]);
    finds(
        "docs/words.md",
        "[one](architecture.md) [two](../docs/flow.svg) [three](docs/flow.svg)",
        &[1],
    );
}

#[test]
fn a_link_to_a_heading_that_is_not_there_is_found() {
    finds(
        "README.md",
        "[unsafe](docs/architecture.md#where-unsafe-lives)",
        &[],
    );
    finds(
        "README.md",
        "[unsafe](docs/architecture.md#where-unsafe-dies)",
        &[1],
    );
    finds("README.md", "# Creel\n[up](#creel) [down](#crates)", &[2]);
}

#[test]
fn links_that_are_there_outside_or_code_are_fine() {
    finds(
        "README.md",
        "[a](docs/) [b](https://example.com/x) ![c](docs/flow.svg)",
        &[],
    );
    finds("README.md", "```text\n[a](nowhere)\n```\n", &[]);
}
