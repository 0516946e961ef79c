//! What an error says.

use std::error::Error;

/// Checks what an error and its causes say: each says something, in a fragment that starts in lower case
/// and ends without a full stop, and none repeats the cause below it.
///
/// Causes from outside, such as those of the operating system, may be written as they like.
///
/// # Panics
/// When a message breaks one of these rules.
pub fn error(error: &(dyn Error + 'static)) {
    let message = error.to_string();
    assert!(!message.trim().is_empty(), "an error says nothing");
    assert!(
        !message.starts_with(char::is_uppercase) && !message.ends_with('.'),
        "an error is not a lowercase fragment: {message:?}"
    );
    let mut chain = error;
    while let Some(cause) = chain.source() {
        let (message, below) = (chain.to_string(), cause.to_string());
        assert!(
            !message.contains(&below),
            "an error repeats its cause: {message:?} contains {below:?}"
        );
        chain = cause;
    }
}
