//! A picture that is encoded if somebody looks at it.

use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use creel_core::BoxError;

/// A picture that is encoded if somebody looks at it, and once for all of them.
pub struct Picture {
    pub(crate) number: u64,
    pub(crate) captured: Instant,
    encoded: OnceLock<Option<Bytes>>,
    encode: Mutex<Option<Encode>>,
}

type Encode = Box<dyn FnOnce() -> Result<Bytes, BoxError> + Send>;

impl Picture {
    /// A frame that is a JPEG, PNG, WebP or GIF already.
    pub fn encoded(number: u64, captured: Instant, bytes: Bytes) -> Self {
        Self {
            number,
            captured,
            encoded: OnceLock::from(Some(bytes)),
            encode: Mutex::new(None),
        }
    }

    /// A frame that becomes one by a call, which is made on a thread of the page's own, if at all.
    pub fn encoded_by(
        number: u64,
        captured: Instant,
        encode: impl FnOnce() -> Result<Bytes, BoxError> + Send + 'static,
    ) -> Self {
        Self {
            number,
            captured,
            encoded: OnceLock::new(),
            encode: Mutex::new(Some(Box::new(encode))),
        }
    }

    /// Its bytes; takes as long as encoding does. `None` when that failed.
    pub(crate) fn bytes(&self) -> Option<Bytes> {
        let bytes = self.encoded.get_or_init(|| {
            let encode = self
                .encode
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take()?;
            match encode() {
                Ok(bytes) => Some(bytes),
                Err(error) => {
                    tracing::debug!(number = self.number, error, "a picture cannot be shown");
                    None
                }
            }
        });
        bytes.clone()
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture")
            .field("number", &self.number)
            .field("captured", &self.captured)
            .finish_non_exhaustive()
    }
}
