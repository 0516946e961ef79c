use super::{summary, suppressions};

#[test]
fn a_finding_is_summed_up_in_one_line() {
    assert_eq!(
        summary("SUMMARY: AddressSanitizer: 40 byte(s) leaked in 2 allocation(s)."),
        Some("40 byte(s) leaked in 2 allocation(s).")
    );
    assert_eq!(
        summary("SUMMARY: AddressSanitizer: heap-use-after-free src/cell.rs:7 in run"),
        Some("heap-use-after-free src/cell.rs:7 in run")
    );
    assert_eq!(summary("test result: ok. 248 passed; 0 failed"), None);
}

#[test]
fn what_is_left_on_purpose_is_named_with_its_reason() {
    let suppressions = suppressions();
    let lines: Vec<_> = suppressions.lines().collect();
    assert!(lines.chunks(2).all(|pair| {
        pair[0]
            .strip_prefix("# ")
            .is_some_and(|reason| !reason.is_empty())
            && pair[1]
                .strip_prefix("leak:")
                .is_some_and(|function| !function.is_empty())
    }));
}
