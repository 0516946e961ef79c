use creel_core::port::ServiceError;
use creel_pipeline::Failure;

use super::Reasons;
use crate::record::{Id, Key};

fn item() -> Key {
    Key::Item {
        index: 0,
        id: Id::from(1),
    }
}

fn unavailable(cause: &str) -> Failure {
    Failure::Unanswered(ServiceError::Unavailable(cause.into()))
}

#[test]
fn equal_reasons_are_counted_and_the_most_frequent_comes_first() {
    let reasons = Reasons::default();
    reasons.note(
        &item(),
        &Failure::Unanswered(ServiceError::Failed("status 500".into())),
    );
    reasons.note(&item(), &unavailable("refused"));
    let told = reasons.note(&item(), &unavailable("refused"));
    assert_eq!(told, "the service cannot be reached: refused");
    assert_eq!(
        reasons.told(),
        [
            "2 × the service cannot be reached: refused",
            "  → start the server, or correct --server",
            "1 × the service failed: status 500",
            "  → look at the server's log",
        ]
    );
}

#[test]
fn reasons_without_end_are_counted_and_not_kept() {
    let reasons = Reasons::default();
    for number in 0..1000 {
        reasons.note(&item(), &unavailable(&number.to_string()));
    }
    let told = reasons.told();
    assert_eq!(told.len(), 7);
    assert_eq!(reasons.counts()["others"], 1000 - 64);
    assert_eq!(told[6], "995 for other reasons; each record has its own");
}
