//! A namespace on its way into the cache: found if it is there, made if not.

use super::setup::Setup;
use crate::cache::{Policy, Rules};
use crate::engine::{Bounds, Namespace, NamespaceDiffers, Partition};
use crate::error::{Code, Error};
use crate::native::body::Core;
use crate::native::runtime::{Runtime, check_runtime};
use crate::native::space::{AnyCodec, Kind, Space};
use crate::native::tally::Tally;
use std::sync::Arc;

/// A namespace that is set up, before it has a place in a store.
pub(super) struct Made<V> {
    policy: Policy,
    rules: Arc<Rules>,
    bounds: Option<Bounds>,
    kind: Arc<Kind<V>>,
    codec: Option<AnyCodec>,
    is_plain: bool,
    has_functions: bool,
}

impl<V: Send + Sync + 'static> Made<V> {
    /// What was set up, where the rules of these wider ones hold that it leaves open; or what is wrong with it.
    pub(super) fn new(
        setup: Setup<V>,
        wider: &Policy,
        bounds: Option<Bounds>,
        runtime: Option<&Arc<dyn Runtime>>,
    ) -> Result<Self, Error> {
        let (is_plain, has_functions) = (setup.is_plain(), setup.has_functions());
        if let Some(fault) = setup.fault {
            return Err(fault);
        }
        let policy = setup.policy.over(wider);
        let rules = Arc::new(policy.rules()?);
        check_runtime(&rules, runtime)?;
        let kind = Arc::new(Kind { weigher: setup.weigher, tagger: setup.tagger });
        Ok(Self { policy, rules, bounds, kind, codec: setup.codec, is_plain, has_functions })
    }

    /// The namespace of this name, made if need be. What was set up stays outside: under the lock nothing of the user's is let go of.
    pub(super) fn find_or_add(&self, name: &str, core: &mut Core) -> Result<Arc<Space>, Error> {
        if let Some(space) = core.spaces.iter().find(|space| *space.name == *name) {
            // Who gives functions must be the first to ask.
            let same =
                self.is_plain || (!self.has_functions && space.policy == self.policy && space.bounds == self.bounds);
            return if same { Ok(Arc::clone(space)) } else { Err(differs(name)) };
        }
        let namespace = core.store.namespace(name, self.bounds).map_err(|NamespaceDiffers| differs(name))?;
        // In the same order as in the other store, so with the same number.
        core.failures.namespace(name, None).map_err(|NamespaceDiffers| differs(name))?;
        Ok(self.add(name, namespace, core))
    }

    /// Adds a namespace that the stores have.
    pub(super) fn add(&self, name: &str, namespace: Namespace, core: &mut Core) -> Arc<Space> {
        let space = Arc::new(Space {
            name: name.into(),
            namespace,
            home: core.store.place(namespace, Partition::Shared),
            failures_home: core.failures.place(namespace, Partition::Shared),
            policy: self.policy.clone(),
            rules: Arc::clone(&self.rules),
            bounds: self.bounds,
            tally: Tally::default(),
            kind: Arc::<Kind<V>>::clone(&self.kind),
            codec: self.codec.clone(),
        });
        core.spaces.push(Arc::clone(&space));
        space
    }
}

fn differs(name: &str) -> Error {
    Error::about("namespace", Code::NamespaceDiffers, format!("\"{name}\" exists with other options"))
}
