//! What `tracing` is told: a span around each load, an event for each answer. Without the feature, nothing.
//!
//! Keys are in both: a subscriber that must not see them filters the target `fetchwell`.

#[cfg(feature = "tracing")]
mod told {
    use crate::engine::MissReason;
    use crate::native::space::Space;
    use tracing::Instrument;

    pub(in crate::native) fn hit(cache: &str, space: &Space, key: &str, stale: bool) {
        tracing::trace!(target: "fetchwell", cache, namespace = &*space.name, key, stale, "hit");
    }

    pub(in crate::native) fn miss(cache: &str, space: &Space, key: &str, reason: MissReason) {
        tracing::trace!(target: "fetchwell", cache, namespace = &*space.name, key, reason = reason.word(), "miss");
    }

    /// A load inside its span. The span is made when the load is first driven, not before: subscribers are the user's code.
    pub(in crate::native) async fn load<T, E>(
        cache: &str,
        space: &Space,
        key: &str,
        background: bool,
        load: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let namespace = &*space.name;
        let span = tracing::debug_span!(target: "fetchwell", "load", cache, namespace, key, background, ok = tracing::field::Empty);
        let outcome = load.instrument(span.clone()).await;
        span.record("ok", outcome.is_ok());
        outcome
    }
}

#[cfg(not(feature = "tracing"))]
mod told {
    use crate::engine::MissReason;
    use crate::native::space::Space;

    pub(in crate::native) fn hit(_: &str, _: &Space, _: &str, _: bool) {}

    pub(in crate::native) fn miss(_: &str, _: &Space, _: &str, _: MissReason) {}

    pub(in crate::native) async fn load<T, E>(
        _: &str,
        _: &Space,
        _: &str,
        _: bool,
        load: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        load.await
    }
}

pub(super) use told::{hit, load, miss};
