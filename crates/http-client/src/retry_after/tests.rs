use super::*;

/// The pause that the header asks for at the given second of Sunday, 6 November 1994, 08:49.
fn check(header: &str, second: u64, expected: Option<u64>) {
    let headers = HeaderMap::from_iter([(RETRY_AFTER, header.parse().unwrap())]);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_740 + second);
    assert_eq!(
        pause(&headers, now),
        expected.map(Duration::from_secs),
        "{header}"
    );
}

#[test]
fn a_pause_is_seconds_or_a_date() {
    check("120", 0, Some(120));
    check(" 0 ", 0, Some(0));
    check("Sun, 06 Nov 1994 08:49:37 GMT", 30, Some(7));
    check("Sunday, 06-Nov-94 08:49:37 GMT", 30, Some(7));
}

#[test]
fn a_date_that_has_passed_asks_for_no_pause() {
    check("Sun, 06 Nov 1994 08:49:37 GMT", 50, Some(0));
}

#[test]
fn anything_else_asks_for_nothing() {
    check("soon", 0, None);
    check("-5", 0, None);
    check("1.5", 0, None);
    assert_eq!(pause(&HeaderMap::new(), SystemTime::UNIX_EPOCH), None);
}
