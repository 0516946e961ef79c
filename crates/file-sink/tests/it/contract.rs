use std::collections::BTreeMap;
use std::fs;

use creel_file_sink::JsonLines;
use creel_testkit::contract;

use crate::{append, directory, record, records};

#[test]
fn a_created_file_keeps_the_contract() {
    let (directory, _) = directory();
    let mut files = 0;
    contract::sink(
        || {
            files += 1;
            let path = directory.path().join(format!("{files}.jsonl"));
            let sink = JsonLines::create(&path).unwrap();
            (sink, move || records(&path))
        },
        record,
    );
}

#[test]
fn a_file_that_is_appended_to_keeps_the_contract() {
    let (directory, path) = directory();
    let mut files = 0;
    contract::sink(
        || {
            files += 1;
            let path = directory.path().join(format!("{files}.jsonl"));
            (append(&path), move || records(&path))
        },
        record,
    );
    contract::sink_recovers(|| append(&path), record, |record| record.id.clone());
    assert_eq!(records(&path), (0..15).map(record).collect::<Vec<_>>());
}

#[test]
fn a_record_that_is_no_json_is_rejected_whole() {
    // A key that is a list fails in the middle of the object.
    type Answers = BTreeMap<Vec<u8>, f64>;
    #[derive(Debug, PartialEq, serde::Serialize)]
    #[serde(untagged)]
    enum Item {
        Good { number: usize },
        Bad { number: usize, answers: Answers },
    }
    let (_directory, path) = directory();
    contract::sink_rejects(
        || {
            let path = path.clone();
            (JsonLines::create(&path).unwrap(), move || {
                let text = fs::read_to_string(&path).unwrap();
                text.lines()
                    .map(|line| {
                        let fields: BTreeMap<String, usize> = serde_json::from_str(line).unwrap();
                        let number = fields["number"];
                        Item::Good { number }
                    })
                    .collect()
            })
        },
        |number| Item::Good { number },
        &Item::Bad {
            number: 7,
            answers: Answers::from([(vec![1], 0.5)]),
        },
    );
}
