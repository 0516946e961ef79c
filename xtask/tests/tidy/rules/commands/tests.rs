use super::check;
use crate::finding::assert_lines;
use crate::source::Source;
use crate::tree::Text;

const RUN: &str = "exec cargo xtask ci\n";
const README: &str = "Run `cargo xtask ci`.\n";

#[track_caller]
fn finds(readme: &str, run: &str, expected: &[usize]) {
    let sources = [
        Source::parse(
            "xtask/src/main.rs",
            "#[derive(Subcommand)]\nenum Verb {\n    /// All.\n    Ci,\n    #[command(flatten)]\n    Check(Check),\n}\n#[derive(Clone, Subcommand)]\npub(crate) enum Check { Tidy, LongSoak { hours: u32, seed: u64 } }\nenum Other { Hidden }",
        ),
        Source::parse(
            "crates/cli/src/arguments.rs",
            "#[derive(Subcommand)]\nenum Command { Watch(Watch), Batch(Batch) }",
        ),
    ];
    let texts = [("README.md", readme), (".ci/run", run)].map(|(path, text)| Text {
        path: path.to_owned(),
        text: text.to_owned(),
    });
    assert_lines(&check(&sources, &texts), expected);
}

#[test]
fn a_command_that_does_not_exist_is_found() {
    finds(
        &format!("{README}\n```sh\ncargo xtask polish\ncargo xtask tidy\n```\n"),
        RUN,
        &[4],
    );
    finds(
        &format!("{README}Use `cargo run --release -- gaze --frames 9`.\n"),
        RUN,
        &[2],
    );
    finds(
        &format!("{README}`cargo xtask hidden` `cargo xtask check`\n"),
        RUN,
        &[2, 2],
    );
}

#[test]
fn commands_that_exist_are_fine() {
    finds(
        &format!("{README}`creel watch`, `cargo run -- batch x`, `cargo xtask long-soak`\n"),
        RUN,
        &[],
    );
    finds(&format!("{README}`creel --help`, a creel gaze\n"), RUN, &[]);
}

#[test]
fn a_file_that_does_not_name_the_one_command_is_found() {
    finds("# Creel\n", RUN, &[1]);
    finds(README, "cargo test\n", &[1]);
}
