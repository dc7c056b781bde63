//! Values as bytes, for snapshots.

/// Writes values as bytes and reads them back.
///
/// Use it with `Builder::codec` for caches that are to survive a restart: `Json` (feature `serde`) for values that
/// serde knows, your own for others. `None` leaves the value out of a snapshot, or skips it when one is restored.
///
/// ```
/// use fetchwell::{Cache, Codec};
///
/// struct BigEndian;
/// impl Codec<u32> for BigEndian {
///     fn encode(&self, value: &u32) -> Option<Vec<u8>> {
///         Some(value.to_be_bytes().to_vec())
///     }
///     fn decode(&self, bytes: &[u8]) -> Option<u32> {
///         bytes.try_into().ok().map(u32::from_be_bytes)
///     }
/// }
///
/// let ages = Cache::builder().codec(BigEndian).build()?;
/// ages.insert("ada", 36);
/// let after_a_restart = Cache::builder().codec(BigEndian).build()?;
/// assert_eq!(after_a_restart.restore(&ages.snapshot()?)?.restored, 1);
/// assert_eq!(after_a_restart.get("ada"), Some(36));
/// # Ok::<(), fetchwell::Error>(())
/// ```
pub trait Codec<V>: Send + Sync + 'static {
    /// The bytes of a value. Use it from a cache, not by hand.
    fn encode(&self, value: &V) -> Option<Vec<u8>>;

    /// The value of these bytes. Use it from a cache, not by hand.
    fn decode(&self, bytes: &[u8]) -> Option<V>;
}

/// Values as JSON text.
///
/// Use it for any type that derives serde's `Serialize` and `Deserialize`. A value whose shape has changed since is skipped.
#[cfg(feature = "serde")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Json;

#[cfg(feature = "serde")]
impl<V: serde::Serialize + serde::de::DeserializeOwned> Codec<V> for Json {
    fn encode(&self, value: &V) -> Option<Vec<u8>> {
        serde_json::to_vec(value).ok()
    }

    fn decode(&self, bytes: &[u8]) -> Option<V> {
        serde_json::from_slice(bytes).ok()
    }
}
