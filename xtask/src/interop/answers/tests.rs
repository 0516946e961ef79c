use super::Answers;

const TWO: &str = r#"{"id":"a","status":"answered","answer":{"class":[1]}}
{"id":"b","status":"answered","answer":{"class":[[2.0]]}}
"#;

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| id.to_string()).collect()
}

#[track_caller]
fn fails(text: &str, expected: &str) {
    let error = Answers::parse(text, "class").unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn classes_are_read_by_id_in_every_form() {
    let answers = Answers::parse(TWO, "class").unwrap();
    assert_eq!(answers.census(), "1: 1, 2: 1");
    assert!(answers.cover(&ids(&["b", "a"])).is_ok());
}

#[test]
fn records_that_do_not_answer_are_errors() {
    fails(
        r#"{"id":"a","status":"failed","error":"refused"}"#,
        "not answered",
    );
    fails(
        r#"{"id":"a","status":"answered","answer":{"predict":[1]}}"#,
        "no class",
    );
    fails(
        r#"{"status":"answered","answer":{"class":[1]}}"#,
        "without an id",
    );
    fails(&TWO.replace("\"b\"", "\"a\""), "an id twice");
    fails("rubbish", "not a record");
}

#[test]
fn a_missing_or_unknown_row_is_an_error() {
    let answers = Answers::parse(TWO, "class").unwrap();
    for rows in [&["a", "b", "c"][..], &["a"], &["a", "c"]] {
        assert!(answers.cover(&ids(rows)).is_err(), "{rows:?}");
    }
}

#[test]
fn a_different_class_is_a_disagreement() {
    let ours = Answers::parse(TWO, "class").unwrap();
    let theirs = Answers::parse(&TWO.replace("[1]", "[0]"), "class").unwrap();
    let error = ours.agree(&theirs).unwrap_err().to_string();
    assert_eq!(error, "1 of 2 rows: a: 1 and Some(0)");
    assert!(ours.agree(&ours).is_ok());
}
