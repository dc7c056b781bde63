//! Loads in flight, behind the fence. JavaScript knows a load by a number.

use super::desk::Texts;
use super::engine::{Engine, Held, Offer, at, verdict, with};
use super::inject::{Op, Phase, pass};
use crate::engine::Ticket;
use wasm_bindgen::prelude::wasm_bindgen;

/// No load has this number.
const NONE: u32 = u32::MAX;

/// A load of this key begins; counts it. Its number; one of no load if there is no memory to know it by.
#[wasm_bindgen]
pub fn begin(engine: u32, space: u32, key: usize, all: usize) -> u32 {
    with(engine, NONE, |this, desk| {
        pass(Op::Begin, Phase::Before);
        let namespace = this.space(space);
        let Engine { store, tickets, free_tickets, .. } = this;
        let Some(Texts { key, partition, .. }) = desk.read(key, all) else { return NONE };
        let place = store.place(namespace, partition);
        // As many free numbers as there are numbers, at most: then ending a load needs no memory.
        if free_tickets.is_empty()
            && (tickets.try_reserve(1).is_err() || free_tickets.try_reserve(tickets.len() + 1).is_err())
        {
            return NONE;
        }
        let ticket = Some(store.begin_load(place, key));
        pass(Op::Begin, Phase::Changed);
        let number = free_tickets.pop().unwrap_or(u32::try_from(tickets.len()).unwrap_or(NONE));
        match tickets.get_mut(number as usize) {
            Some(place) => *place = ticket,
            None => tickets.push(ticket),
        }
        pass(Op::Begin, Phase::After);
        number
    })
}

/// May a caller who comes now wait for this load?
#[wasm_bindgen(js_name = "mayJoin")]
pub fn may_join(engine: u32, load: u32) -> bool {
    with(engine, false, |this, _| {
        pass(Op::MayJoin, Phase::Before);
        let ticket = this.tickets.get(load as usize).and_then(Option::as_ref);
        let may = ticket.is_some_and(|ticket| this.store.may_join(ticket));
        pass(Op::MayJoin, Phase::After);
        may
    })
}

/// Stores what a load brought, unless the fence stands against it; partition and tags lie on the desk behind a key of no length.
/// Answers as [`set`].
#[expect(clippy::too_many_arguments, reason = "numbers cross for nothing, objects do not")]
#[wasm_bindgen]
pub fn complete(
    engine: u32,
    load: u32,
    all: usize,
    handle: u32,
    load_ms: u32,
    weight: f64,
    ttl: f64,
    tti: f64,
    swr: f64,
    stale_if_error: f64,
    jitter: f32,
    now: f64,
) -> u32 {
    with(engine, 3, |this, desk| {
        pass(Op::Complete, Phase::Before);
        let offer = Offer { held: Held { handle, load_ms }, weight, ttl, tti, swr, stale_if_error, jitter };
        let Some(ticket) = this.ended(load) else { return 3 };
        let store = &mut this.store;
        let Some(tags) = desk.read(0, all).and_then(|texts| texts.tags()) else {
            store.abandon(ticket);
            return 1;
        };
        let outcome = verdict(store.complete(ticket, offer.held, offer.how(&tags), at(now)));
        pass(Op::Complete, Phase::Changed);
        this.settle(desk);
        pass(Op::Complete, Phase::After);
        outcome
    })
}

/// Forgets a load that brought nothing.
#[wasm_bindgen]
pub fn abandon(engine: u32, load: u32) {
    with(engine, (), |this, _| {
        pass(Op::Abandon, Phase::Before);
        if let Some(ticket) = this.ended(load) {
            this.store.abandon(ticket);
        }
        pass(Op::Abandon, Phase::After);
    });
}

impl Engine {
    /// The ticket of a load that has ended; its number may be given again.
    fn ended(&mut self, load: u32) -> Option<Ticket> {
        let ticket = self.tickets.get_mut(load as usize)?.take()?;
        self.free_tickets.push(load);
        Some(ticket)
    }
}
