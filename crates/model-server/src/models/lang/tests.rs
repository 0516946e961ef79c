use super::*;

#[track_caller]
fn check(text: &str, code: &str) {
    let guess = Guess::at(text);
    assert_eq!(guess.code, code, "{text}");
    assert!(
        (0.0..=1.0).contains(&guess.confidence),
        "{}",
        guess.confidence
    );
}

#[test]
fn languages_are_told_by_their_own_texts() {
    check(
        "All human beings are born free and equal in dignity and rights.",
        "eng",
    );
    check(
        "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
        "deu",
    );
    check(
        "Tous les êtres humains naissent libres et égaux en dignité et en droits.",
        "fra",
    );
    check(
        "Все люди рождаются свободными и равными в своем достоинстве и правах.",
        "rus",
    );
    check(
        "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
        "jpn",
    );
}

#[test]
fn a_text_without_letters_is_of_no_language() {
    check("", "und");
    check("1234 !?", "und");
    assert_eq!(Guess::at("42").confidence, 0.0);
}

#[test]
fn each_text_of_a_batch_has_its_row() {
    let texts = TensorData::text([
        "Guten Morgen, meine lieben Freunde",
        "",
        "Which of these words are English is plain to see",
    ]);
    let outputs = Lang::new().infer(&[Tensor::vector("text", texts)]).unwrap();
    assert_eq!(outputs[0].data(), &TensorData::text(["deu", "und", "eng"]));
    assert_eq!(
        outputs[1].data(),
        &TensorData::text(["German", "Undetermined", "English"])
    );
    assert_eq!(outputs[2].shape(), [3]);
}

#[test]
fn bytes_that_are_no_text_are_rejected_with_their_index() {
    let texts = TensorData::Bytes(vec!["fine".into(), vec![0xff, 0xfe].into()]);
    let error = Lang::new()
        .infer(&[Tensor::vector("text", texts)])
        .unwrap_err();
    let ModelError::Rejected(reason) = error else {
        panic!("{error:?}");
    };
    assert_eq!(reason.to_string(), "text 1 is not UTF-8");
}
