use super::Counts;

#[test]
fn the_closing_line_is_counted() {
    let counts = Counts {
        tested: 280,
        caught: 210,
        missed: 26,
        timed_out: 2,
        unviable: 42,
    };
    assert_eq!(
        Counts::read("280 mutants tested in 8m: 26 missed, 210 caught, 42 unviable, 2 timeouts"),
        Some(counts)
    );
    let one = Counts {
        tested: 1,
        caught: 1,
        ..Counts::default()
    };
    assert_eq!(Counts::read("1 mutant tested in 3s: 1 caught"), Some(one));
}

#[test]
fn other_lines_are_not() {
    for line in [
        "Found 280 mutants to test",
        "MISSED   crates/core/src/executor.rs:244:13: replace | with ^ in Snapshot::bits in 0s build + 0s test",
        "ok       Unmutated baseline in 40s build + 0s test",
    ] {
        assert_eq!(Counts::read(line), None, "{line}");
    }
}
