//! How items become entries of a spool, and entries items.

use creel_core::BoxError;

/// How an item becomes an entry of the spool, and an entry an item; for [`Pipeline::spool`](crate::Pipeline::spool).
///
/// ```
/// use creel_core::BoxError;
/// use creel_pipeline::Codec;
///
/// struct Decimal;
///
/// impl Codec<u64> for Decimal {
///     fn encode(&self, number: &u64) -> Result<Vec<u8>, BoxError> {
///         Ok(number.to_string().into_bytes())
///     }
///
///     fn decode(&self, entry: &[u8]) -> Result<u64, BoxError> {
///         Ok(std::str::from_utf8(entry)?.parse()?)
///     }
/// }
///
/// assert_eq!(Decimal.decode(&Decimal.encode(&42)?)?, 42);
/// # Ok::<(), BoxError>(())
/// ```
pub trait Codec<F>: Send + Sync {
    /// The bytes of an item's entry.
    ///
    /// # Errors
    /// Why there are none; the item counts as dropped then.
    fn encode(&self, item: &F) -> Result<Vec<u8>, BoxError>;

    /// The item of an entry, also of one that an earlier run has left.
    ///
    /// # Errors
    /// Why it cannot be read; what the entry held is lost then.
    fn decode(&self, entry: &[u8]) -> Result<F, BoxError>;

    /// Whether the sinks have the record of an item already that an earlier run has left; no, unless it is said.
    fn is_known(&self, item: &F) -> bool {
        let _ = item;
        false
    }

    /// Whether [`encode`](Self::encode) is worth a task of its own for this item; no, unless it is said.
    ///
    /// Such items are encoded on the run's executor or [another](crate::Pipeline::encode_on), several at a time, or by the
    /// spool's thread where no worker is free for one by the time that its turn has come. The others are encoded by that
    /// thread, which is cheaper for what only copies a few bytes.
    fn is_costly(&self, item: &F) -> bool {
        let _ = item;
        false
    }
}
