use creel_core::port::SinkError;
use creel_testkit::contract;

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Said {
    message: &'static str,
    source: Option<std::io::Error>,
}

fn check(message: &'static str, source: Option<&'static str>) {
    contract::error(&Said {
        message,
        source: source.map(std::io::Error::other),
    });
}

#[test]
fn a_fragment_above_its_cause_is_right() {
    check("cannot open results.jsonl", Some("Permission denied."));
    contract::error(&SinkError::Failed("the pipe is broken".into()));
}

#[test]
#[should_panic(expected = "an error says nothing")]
fn an_empty_message_is_found() {
    check(" ", None);
}

#[test]
#[should_panic(expected = "not a lowercase fragment")]
fn a_sentence_is_found() {
    check("It broke", None);
}

#[test]
#[should_panic(expected = "an error repeats its cause")]
fn a_repeated_cause_is_found() {
    check("cannot open: no room", Some("no room"));
}
