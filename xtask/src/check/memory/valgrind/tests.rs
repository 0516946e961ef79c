use super::errors_counted;

#[test]
fn the_closing_line_counts_the_errors() {
    for (line, errors) in [
        (
            "==29259== ERROR SUMMARY: 2 errors from 2 contexts (suppressed: 0 from 0)",
            Some(2),
        ),
        (
            "==3996== ERROR SUMMARY: 0 errors from 0 contexts (suppressed: 2 from 2)",
            Some(0),
        ),
        ("==3996== Invalid read of size 8", None),
        ("test result: ok. 248 passed; 0 failed", None),
    ] {
        assert_eq!(errors_counted(line), errors, "{line}");
    }
}
