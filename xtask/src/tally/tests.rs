use super::Tally;

fn check(line: &str, passed: u64, failed: u64) {
    assert_eq!(Tally::read(line), Tally { passed, failed }, "{line}");
}

#[test]
fn closing_lines_of_both_runners_are_counted() {
    check(
        "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 1 filtered out; finished in 0.31s",
        12,
        0,
    );
    check(
        "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
        2,
        1,
    );
    check(
        "     Summary [   0.100s] 7 tests run: 4 passed (1 slow), 2 failed, 1 timed out, 5 skipped",
        4,
        3,
    );
}

#[test]
fn other_lines_count_nothing() {
    check("test a_torn_reply_is_malformed ... ok", 0, 0);
    check("5 passed, as somebody printed", 0, 0);
    check("running 12 tests", 0, 0);
    check(
        "    test result: FAILED. 0 passed; 1 failed; 0 ignored",
        0,
        0,
    );
}
