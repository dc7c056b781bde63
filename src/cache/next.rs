//! What a caller does next who wants a value, loaded if need be.

use crate::engine::Lookup;

/// The next step towards a value. Use it as an instruction: each says what to do with what was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Next {
    /// Answer with what was found.
    Serve,
    /// Answer with what was found, and see that it is being loaded anew behind the caller's back.
    ServeAndRefresh,
    /// Load it, or join who does.
    Load {
        /// What was found may answer when the load fails, takes too long, or is slower than the soft limit.
        fallback: bool,
    },
}

/// The next step of a caller who found this. `early` says that a fresh value is to be refreshed ahead of time, `force` that the caller
/// wants it loaded whatever is there, `resting` that a refresh behind somebody's back failed just now and is not tried again yet.
///
/// Use it wherever values are loaded on a miss, so that every face of the cache decides alike.
pub(crate) fn next<V>(found: &Lookup<'_, V>, force: bool, early: bool, resting: bool) -> Next {
    match found {
        _ if force => Next::Load { fallback: matches!(found, Lookup::Stale(stale) if stale.if_error) },
        Lookup::Fresh(_) if early && !resting => Next::ServeAndRefresh,
        Lookup::Fresh(_) => Next::Serve,
        Lookup::Stale(stale) if stale.while_revalidating && resting => Next::Serve,
        Lookup::Stale(stale) if stale.while_revalidating => Next::ServeAndRefresh,
        Lookup::Stale(stale) => Next::Load { fallback: stale.if_error },
        Lookup::Dormant(_) | Lookup::Miss(_) => Next::Load { fallback: false },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{MissReason, Stale};

    fn stale(while_revalidating: bool, if_error: bool) -> Lookup<'static, ()> {
        Lookup::Stale(Stale { value: &(), while_revalidating, if_error })
    }

    #[test]
    fn a_fresh_value_answers_and_is_refreshed_only_when_it_is_time() {
        assert_eq!(next(&Lookup::Fresh(&()), false, false, false), Next::Serve);
        assert_eq!(next(&Lookup::Fresh(&()), false, true, false), Next::ServeAndRefresh);
        assert_eq!(next(&Lookup::Fresh(&()), false, true, true), Next::Serve);
    }

    #[test]
    fn a_stale_value_answers_at_once_in_the_one_window_and_only_after_a_failure_in_the_other() {
        assert_eq!(next(&stale(true, false), false, false, false), Next::ServeAndRefresh);
        assert_eq!(next(&stale(true, true), false, false, true), Next::Serve);
        assert_eq!(next(&stale(false, true), false, false, false), Next::Load { fallback: true });
        assert_eq!(next(&stale(false, false), false, false, false), Next::Load { fallback: false });
    }

    #[test]
    fn nothing_or_something_past_every_window_is_loaded() {
        assert_eq!(next(&Lookup::<()>::Miss(MissReason::Cold), false, false, false), Next::Load { fallback: false });
        assert_eq!(next(&Lookup::Dormant(&()), false, true, false), Next::Load { fallback: false });
    }

    #[test]
    fn who_forces_a_load_gets_one_and_an_old_value_only_if_that_may_answer_for_a_failure() {
        assert_eq!(next(&Lookup::Fresh(&()), true, false, false), Next::Load { fallback: false });
        assert_eq!(next(&stale(true, true), true, false, true), Next::Load { fallback: true });
    }
}
