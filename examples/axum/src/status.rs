//! What the cache did, as headers: `X-Cache-Status` for people, `Cache-Status` (RFC 9211) for tools.
//!
//! They are two fields on purpose. The standard one has a grammar of its own, in which a bare `HIT` would be the *name* of a cache.

use crate::asking::Answered;
use crate::problem::Problem;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use fetchwell::engine::MissReason;
use std::fmt::Write as _;

/// The plain field: one word.
pub const X_CACHE_STATUS: HeaderName = HeaderName::from_static("x-cache-status");

/// What the cache did for one caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CacheStatus {
    /// It had the answer.
    Hit {
        /// Seconds until that expires; none where it never does, or went meanwhile.
        ttl: Option<i64>,
    },
    /// It had an answer past its lifetime, which was better than none.
    Stale {
        /// Seconds until it expired: below zero.
        ttl: i64,
        /// The database was asked first, and failed.
        after_failure: bool,
    },
    /// The database was asked.
    Miss {
        /// Why.
        reason: MissReason,
        /// Is the answer in the cache now? Not if an invalidation overtook it.
        stored: bool,
        /// Somebody else had asked already, and this caller waited for the same answer.
        coalesced: bool,
    },
    /// It is switched off.
    Bypass,
}

impl CacheStatus {
    /// The value of `X-Cache-Status`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hit { .. } => "HIT",
            Self::Stale { .. } => "STALE",
            Self::Miss { coalesced: false, .. } => "MISS",
            Self::Miss { coalesced: true, .. } => "COALESCED",
            Self::Bypass => "BYPASS",
        }
    }

    /// The value of `Cache-Status`: a list member of RFC 9211, section 2.
    pub fn field(self) -> String {
        let mut field = String::from("fetchwell");
        // Writing to a text cannot fail.
        let _ = match self {
            Self::Hit { ttl: Some(ttl) } | Self::Stale { ttl, after_failure: false } => {
                write!(field, "; hit; ttl={ttl}")
            }
            Self::Hit { ttl: None } => write!(field, "; hit"),
            // "hit" says that the request was not forwarded; this one was, and nobody was at home.
            Self::Stale { ttl, after_failure: true } => write!(field, "; fwd=stale; ttl={ttl}; detail=stale-if-error"),
            Self::Miss { reason, stored, coalesced } => {
                let why = if reason == MissReason::Expired { "stale" } else { "uri-miss" };
                let stored = if stored { "; stored" } else { "" };
                let collapsed = if coalesced { "; collapsed" } else { "" };
                write!(field, "; fwd={why}{stored}{collapsed}; detail={}", reason.word())
            }
            Self::Bypass => write!(field, "; fwd=bypass"),
        };
        field
    }

    fn mark(self, headers: &mut HeaderMap) {
        headers.insert(X_CACHE_STATUS, HeaderValue::from_static(self.word()));
        if let Ok(value) = HeaderValue::try_from(self.field()) {
            headers.insert(header::CACHE_STATUS, value);
        }
    }
}

impl<V> Answered<V> {
    /// The response: what `body` makes of the value, or a problem; either says what the cache did.
    pub(crate) fn respond<R: IntoResponse>(self, body: impl FnOnce(&V) -> R) -> Response {
        let mut response = match self.value {
            Ok(value) => body(&value).into_response(),
            Err(error) => Problem::from(error).into_response(),
        };
        self.status.mark(response.headers_mut());
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_has_a_word_and_a_field_that_keeps_the_grammar_of_rfc_9211() {
        let missed = |stored, coalesced| CacheStatus::Miss { reason: MissReason::Cold, stored, coalesced };
        for (status, word, field) in [
            (CacheStatus::Hit { ttl: Some(299) }, "HIT", "fetchwell; hit; ttl=299"),
            (CacheStatus::Hit { ttl: None }, "HIT", "fetchwell; hit"),
            (CacheStatus::Stale { ttl: -1, after_failure: false }, "STALE", "fetchwell; hit; ttl=-1"),
            (
                CacheStatus::Stale { ttl: -1, after_failure: true },
                "STALE",
                "fetchwell; fwd=stale; ttl=-1; detail=stale-if-error",
            ),
            (missed(true, false), "MISS", "fetchwell; fwd=uri-miss; stored; detail=cold"),
            (missed(false, true), "COALESCED", "fetchwell; fwd=uri-miss; collapsed; detail=cold"),
            (CacheStatus::Bypass, "BYPASS", "fetchwell; fwd=bypass"),
        ] {
            assert_eq!((status.word(), &*status.field()), (word, field));
        }
    }
}
