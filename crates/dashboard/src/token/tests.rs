use super::*;

#[test]
fn random_tokens_are_long_enough_and_differ() {
    let (one, other) = (Token::random(), Token::random());
    assert!(Token::new(one.reveal()).is_ok());
    assert!(!one.is(other.reveal()));
    assert!(one.is(one.reveal()));
}

#[test]
fn what_could_be_guessed_or_breaks_a_url_is_no_token() {
    assert_eq!(Token::new("hunter2").unwrap_err(), TokenError::Length);
    assert_eq!(Token::new("a".repeat(257)).unwrap_err(), TokenError::Length);
    assert_eq!(
        Token::new("with a space in it").unwrap_err(),
        TokenError::Character
    );
    assert_eq!(
        Token::new("0123456789abcdef&x").unwrap_err(),
        TokenError::Character
    );
}

#[test]
fn a_part_of_a_token_is_not_the_token() {
    let token = Token::new("0123456789abcdef").unwrap();
    for other in [
        "",
        "0123456789abcde",
        "0123456789abcdef0",
        "0123456789abcdeF",
    ] {
        assert!(!token.is(other), "{other}");
    }
}

#[test]
fn debugging_shows_no_token() {
    let token = Token::new("0123456789abcdef").unwrap();
    assert_eq!(format!("{token:?}"), "Token(…)");
}
