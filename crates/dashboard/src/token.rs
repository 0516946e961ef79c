//! What whoever may look knows.

use std::fmt;

use subtle::ConstantTimeEq;
use thiserror::Error;

/// A shorter one could be found by trying.
const LENGTH_MIN: usize = 16;

/// Nobody needs a longer one.
const LENGTH_MAX: usize = 256;

/// What whoever may look knows; shown nowhere but by [`reveal`](Self::reveal).
#[derive(Clone)]
pub struct Token(String);

/// Why a text is no [`Token`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It could be found by trying, or is longer than anybody needs.
    #[error(
        "a token for the page has {LENGTH_MIN} to {LENGTH_MAX} characters: one comes from `openssl rand -hex 16`"
    )]
    Length,
    /// It cannot stand in a URL as it is.
    #[error("a token for the page has only letters, digits, `-`, `_`, `.` and `~`")]
    Character,
}

impl Token {
    /// One of 128 bits that nobody can guess.
    ///
    /// # Panics
    /// When the system has no randomness to give, which no supported one refuses.
    pub fn random() -> Self {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the system gives random bytes");
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// One that was chosen.
    ///
    /// # Errors
    /// [`TokenError`] when it could be guessed, or cannot stand in a URL.
    pub fn new(text: impl Into<String>) -> Result<Self, TokenError> {
        let text = text.into();
        if !(LENGTH_MIN..=LENGTH_MAX).contains(&text.len()) {
            return Err(TokenError::Length);
        }
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        if !text.bytes().all(is_plain) {
            return Err(TokenError::Character);
        }
        Ok(Self(text))
    }

    /// The token itself, for the one who is to have it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether that is it; how long this takes tells nothing of where they differ.
    pub(crate) fn is(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests;
