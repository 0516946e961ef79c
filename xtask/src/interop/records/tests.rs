use super::Records;

const RECORDS: &str = r#"{"id":"a","status":"answered","answer":{"class":[1]}}
{"id":"b","status":"failed","error":"too long"}
"#;

fn ids(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn every_item_has_one_record() {
    let records = Records::parse(RECORDS).expect("these are records");
    assert!(records.cover(&ids(&["b", "a"])).is_ok());
    assert!(records.cover(&ids(&["a"])).is_err(), "one too many");
    assert!(records.cover(&ids(&["a", "b", "c"])).is_err(), "one lost");
    assert!(records.cover(&ids(&["a", "c"])).is_err(), "another one");
}

#[test]
fn an_item_with_two_records_is_found() {
    let twice = format!("{RECORDS}{RECORDS}");
    let error = Records::parse(&twice).expect_err("ids stand twice");
    assert!(error.to_string().contains("an id twice"), "{error}");
}

#[test]
fn answers_and_errors_are_told_apart() {
    let records = Records::parse(RECORDS).expect("these are records");
    let answers: Vec<_> = records.answers().map(|(id, _)| id).collect();
    assert_eq!(answers, ["a"]);
    let errors: Vec<_> = records.errors().collect();
    assert_eq!(errors, [("b", "too long")]);
}
