use std::path::Path;
use std::time::Duration;

use super::{ledger_path, shown};

#[test]
fn the_ledger_lies_beside_the_results() {
    let path = |out| ledger_path(Path::new(out)).display().to_string();
    assert_eq!(path("out/results.jsonl"), "out/results.ledger.json");
    assert_eq!(path("answers.csv"), "answers.csv.ledger.json");
}

#[test]
fn a_time_has_as_many_digits_as_matter() {
    assert_eq!(shown(Duration::from_micros(40)), "0.0 ms");
    assert_eq!(shown(Duration::from_micros(9_940)), "9.9 ms");
    assert_eq!(shown(Duration::from_millis(123)), "123 ms");
    assert_eq!(shown(Duration::from_millis(1_234)), "1.2 s");
    assert_eq!(shown(Duration::from_secs(61)), "61.0 s");
}
