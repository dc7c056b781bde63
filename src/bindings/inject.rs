//! Traps on purpose: in a test build each operation passes named points, and JavaScript can have the engine trap at one of them. In
//! every other build there are no points.

/// The operations of the engine that pass points: those that look pass two, those that change something a third between them.
macro_rules! points {
    (looks: $($look:ident)* ; changes: $($change:ident)*) => {
        /// An operation of the engine.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(super) enum Op {
            $($look,)* $($change),*
        }

        #[cfg(feature = "inject")]
        const LOOKS: &[(Op, &str)] = &[$((Op::$look, stringify!($look))),*];
        #[cfg(feature = "inject")]
        const CHANGES: &[(Op, &str)] = &[$((Op::$change, stringify!($change))),*];
    };
}

points! {
    looks: Asked Peek Look Entry Count MayJoin Abandon Fence Info KeyAt Size Stats ResetStats Stage Decode Escape Digest;
    changes: Namespace Get Set Touch Remove Prune Begin Complete Invalidate Drop List EndListed Snapshot Restore
}

/// A moment in an operation: before anything was done, when the store is changed and JavaScript does not know yet, and at the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    Before,
    Changed,
    After,
}

#[cfg(not(feature = "inject"))]
#[inline]
pub(super) fn pass(_: Op, _: Phase) {}

#[cfg(feature = "inject")]
pub(super) use armed::{arm, names, pass};

#[cfg(feature = "inject")]
mod armed {
    use super::{CHANGES, LOOKS, Op, Phase};
    use core::cell::Cell;

    type Point = (Op, Phase);

    thread_local! {
        /// The point that is armed.
        static ARMED: Cell<Option<Point>> = const { Cell::new(None) };
    }

    /// All points, with the name of their operation.
    fn all() -> impl Iterator<Item = (Point, &'static str)> {
        let looks =
            LOOKS.iter().flat_map(|(op, name)| [Phase::Before, Phase::After].map(|phase| ((*op, phase), *name)));
        let changes = CHANGES
            .iter()
            .flat_map(|(op, name)| [Phase::Before, Phase::Changed, Phase::After].map(|phase| ((*op, phase), *name)));
        looks.chain(changes)
    }

    pub(in crate::bindings) fn pass(op: Op, phase: Phase) {
        let here = ARMED.with(|armed| armed.get() == Some((op, phase)));
        if here {
            ARMED.with(|armed| armed.set(None));
            panic!("a trap was asked for");
        }
    }

    /// What all points are called, by their numbers.
    pub(in crate::bindings) fn names() -> impl Iterator<Item = String> {
        all().map(|((_, phase), op)| {
            let phase = match phase {
                Phase::Before => "before",
                Phase::Changed => "changed",
                Phase::After => "after",
            };
            format!("{op}.{phase}")
        })
    }

    /// Has the next operation that passes this point trap there; a number that is no point disarms.
    pub(in crate::bindings) fn arm(number: usize) {
        ARMED.with(|armed| armed.set(all().nth(number).map(|(point, _)| point)));
    }
}
