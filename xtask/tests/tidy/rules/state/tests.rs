use super::{FILES, check};
use crate::finding::Finding;
use crate::source::Source;

const RIGHT: &str = "pub(crate) struct State(AtomicU32);
impl State {
    pub(crate) fn load(&self) -> Snapshot { Snapshot(self.0.load(Acquire)) }
    pub(crate) fn advance<A>(&self, transition: impl Fn(Snapshot) -> (A, Snapshot)) -> A {
        loop { self.0.compare_exchange_weak(a, b, AcqRel, Acquire); }
    }
}
";

fn findings(task: &str, others: &[(&str, &str)]) -> Vec<Finding> {
    let mut sources = vec![
        Source::parse(FILES[0], task),
        Source::parse(FILES[1], RIGHT),
    ];
    sources.extend(others.iter().map(|(path, text)| Source::parse(path, text)));
    check(&sources)
}

#[track_caller]
fn finds(task: &str, expected: &[&str]) {
    let findings = findings(task, &[]);
    assert_eq!(findings.len(), expected.len(), "{findings:?}");
    for (finding, expected) in findings.iter().zip(expected) {
        assert!(finding.to_string().contains(expected), "{finding}");
    }
}

#[test]
fn one_advance_that_swaps_is_fine() {
    finds(RIGHT, &[]);
}

#[test]
fn a_change_outside_of_advance_is_found() {
    for change in [
        "self.0.store(1, Release)",
        "self.0.fetch_or(1, AcqRel)",
        "self.0.swap(1, AcqRel)",
        "AtomicU32::store(&self.0, 1, Release)",
        "assert!(self.0.compare_exchange(1, 2, AcqRel, Acquire).is_ok())",
        "*self.0.get_mut() = 1",
    ] {
        finds(
            &format!("{RIGHT}\nimpl State {{ fn finish(&self) {{ {change}; }} }}"),
            &["outside of `advance`"],
        );
    }
}

#[test]
fn a_change_in_a_module_below_is_found() {
    let below = (
        "crates/runtime/src/task/state/late.rs",
        "fn f(s: &State) { s.0.store(1, Release); }",
    );
    assert_eq!(findings(RIGHT, &[below]).len(), 1);
    let elsewhere = (
        "crates/runtime/src/pool/sleep.rs",
        "fn f(s: &Sleep) { s.0.store(1, Release); }",
    );
    assert_eq!(findings(RIGHT, &[elsewhere]), []);
}

#[test]
fn a_visible_atomic_is_found() {
    finds(
        &RIGHT.replace("(AtomicU32)", "(pub(super) AtomicU32)"),
        &["is visible"],
    );
    finds(
        &RIGHT.replace("(AtomicU32);", "{ pub(crate) word: AtomicU32 }"),
        &["is visible"],
    );
}

#[test]
fn a_load_and_a_store_in_advance_are_found() {
    finds(
        &RIGHT.replace("compare_exchange_weak", "store"),
        &["has no `compare_exchange`"],
    );
}

#[test]
fn no_advance_or_a_second_one_is_found() {
    finds("struct State(AtomicU32);", &["0 functions `advance`"]);
    finds(&format!("{RIGHT}{RIGHT}"), &["2 functions `advance`"]);
}

#[test]
fn a_missing_file_is_found() {
    assert_eq!(check(&[Source::parse(FILES[0], RIGHT)]).len(), 1);
}
