use super::{END, FAILED, HEAD, HELD, Row, START, Table};

fn row(server: &'static str, verdict: &'static str, note: &str) -> Row {
    Row {
        server,
        version: "1.2".into(),
        protocol: "oip",
        claim: "rows",
        verdict,
        note: note.into(),
        date: "2026-01-02".into(),
    }
}

#[test]
fn rows_of_other_servers_stay_and_stand_in_order() {
    let old = format!(
        "Before.\n{START}{HEAD}| b | 1 | oip | rows | ok | old | then |\n| c | 1 | oip | rows | ok | old | then |\n{END}After.\n"
    );
    let table = Table(vec![row("b", HELD, "fine"), row("a", HELD, "x|y")]);
    let document = table
        .put_into(&old, &["a", "b", "c"])
        .expect("it has both lines");
    let expected = format!(
        "Before.\n{START}{HEAD}\
        | a | 1.2 | oip | rows | ok | x\\|y | 2026-01-02 |\n\
        | b | 1.2 | oip | rows | ok | fine | 2026-01-02 |\n\
        | c | 1 | oip | rows | ok | old | then |\n{END}After.\n"
    );
    assert_eq!(document, expected);
}

#[test]
fn one_failure_or_nothing_at_all_is_no_success() {
    assert!(Table(vec![row("a", HELD, "")]).held());
    assert!(!Table(vec![row("a", HELD, ""), row("b", FAILED, "")]).held());
    assert!(!Table::default().held());
}
