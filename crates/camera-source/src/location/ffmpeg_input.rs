//! What ffmpeg is to read as a live stream.

use std::fmt;

use percent_encoding::percent_decode_str;
use thiserror::Error;

use super::address::without_secrets;
use super::{AddressError, Patience};

/// Whatever ffmpeg can read, as a live stream: `udp://0.0.0.0:5000`, `rtsp://…`, `srt://…`, a capture card.
///
/// Behind the last `#`, joined by `&`, stand the settings `stall` and `first` of an [`Address`](super::Address), and options that ffmpeg
/// takes before its input, without their dash: `rtsp_transport=tcp`, `f=lavfi`, `re`. A value is percent-decoded. An input that has a
/// `#` itself, and no settings, ends with one more.
///
/// ```
/// use creel_camera_source::FfmpegInput;
///
/// let input: FfmpegInput = "rtsp://me:secret@door/live#rtsp_transport=tcp&stall=5".parse()?;
/// assert_eq!(input.input(), "rtsp://me:secret@door/live");
/// assert_eq!(input.options(), [("rtsp_transport".into(), Some("tcp".into()))]);
/// assert_eq!(input.to_string(), "ffmpeg:rtsp://door/live");
/// # Ok::<(), creel_camera_source::FfmpegInputError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct FfmpegInput {
    input: String,
    options: Vec<(String, Option<String>)>,
    patience: Patience,
}

impl FfmpegInput {
    /// What stands behind `-i`; it may be secret.
    pub fn input(&self) -> &str {
        &self.input
    }

    /// The options before it, without their dash, each with its value if it has one.
    pub fn options(&self) -> &[(String, Option<String>)] {
        &self.options
    }

    /// How long the stream may give nothing.
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// A text of ffmpeg's without what is secret in its input and options.
    pub fn redacted(&self, text: &str) -> String {
        let mut redacted = text.replace(&self.input, &without_secrets(&self.input));
        for secret in self.secrets() {
            redacted = redacted.replace(&secret, "…");
        }
        redacted
    }

    /// Name and password, as they are written and as they are meant, the query, and what options say.
    fn secrets(&self) -> Vec<String> {
        let mut secrets = Vec::new();
        if let Some((_, rest)) = self.input.split_once("://") {
            let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
            secrets.push(query.to_owned());
            let authority = rest.split('/').next().unwrap_or(rest);
            if let Some((credentials, _)) = authority.rsplit_once('@') {
                secrets.push(credentials.to_owned());
                let (_, password) = credentials.split_once(':').unwrap_or((credentials, ""));
                secrets.push(password.to_owned());
                secrets.push(
                    percent_decode_str(password)
                        .decode_utf8_lossy()
                        .into_owned(),
                );
            }
        }
        let values = self.options.iter().filter_map(|(_, value)| value.as_ref());
        // A short word, such as `tcp`, is none, and stands in many a text.
        secrets.extend(values.filter(|value| value.len() > WORD).cloned());
        secrets.retain(|secret| !secret.is_empty());
        // A longer one may have a shorter one in it.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }
}

impl std::str::FromStr for FfmpegInput {
    type Err = FfmpegInputError;

    fn from_str(text: &str) -> Result<Self, FfmpegInputError> {
        let (input, settings) = text.rsplit_once('#').unwrap_or((text, ""));
        if input.is_empty() {
            return Err(FfmpegInputError::Empty);
        }
        let mut parsed = Self {
            input: input.to_owned(),
            options: Vec::new(),
            patience: Patience::default(),
        };
        for setting in settings.split('&').filter(|setting| !setting.is_empty()) {
            let (key, value) = match setting.split_once('=') {
                Some((key, value)) => (key, Some(value)),
                None => (setting, None),
            };
            if parsed.patience.set(key, value.unwrap_or(""))? {
                continue;
            }
            let is_option = |char: char| char.is_ascii_alphanumeric() || "_:-".contains(char);
            if key.starts_with('-') || !key.chars().all(is_option) {
                return Err(FfmpegInputError::Option);
            }
            let decoded = value.map(|value| percent_decode_str(value).decode_utf8_lossy());
            let option = (key.to_owned(), decoded.map(Into::into));
            parsed.options.push(option);
        }
        Ok(parsed)
    }
}

impl fmt::Display for FfmpegInput {
    /// Writes the input without name, password and query, and no option.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ffmpeg:{}", without_secrets(&self.input))
    }
}

impl fmt::Debug for FfmpegInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options: Vec<_> = self.options.iter().map(|(key, _)| key).collect();
        f.debug_struct("FfmpegInput")
            .field("input", &without_secrets(&self.input))
            .field("options", &options)
            .field("patience", &self.patience)
            .finish()
    }
}

/// Why a text names nothing that ffmpeg could read; nothing of it is repeated, since it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FfmpegInputError {
    /// There is no input.
    #[error("ffmpeg: is followed by what it is to read, as in ffmpeg:udp://0.0.0.0:5000")]
    Empty,
    /// A setting is wrong.
    #[error(transparent)]
    Setting(#[from] AddressError),
    /// Something is no option.
    #[error(
        "behind the last # stand ffmpeg's options without their dash, joined by &, as in \
         ffmpeg:rtsp://HOST/PATH#rtsp_transport=tcp (an input that has a # itself ends with one more)"
    )]
    Option,
}

/// Values up to this length are words.
const WORD: usize = 3;

#[cfg(test)]
mod tests;
