//! One key, eight steps: every program there is.

use super::step::{Offer, Reach, Spot, Step, Which};
use super::support::scaled;
use super::world::run;
use fetchwell::engine::{How, Partition, Selector};

const ANN: Partition<'static> = Partition::Named("ann");
const SPOT: Spot = Spot { namespace: 0, whose: ANN, text: "books:7" };
const TTL: u64 = 100;
const PLAIN: Offer = Offer { ttl: TTL, swr: 0, tags: &[] };
const TAGGED: Offer = Offer { tags: &["shelf"], ..PLAIN };

/// Begin, complete, set, invalidate by key, by prefix, by tag, drop, expire.
fn alphabet(which: Which, offer: Offer, how: How) -> [Step; 8] {
    [
        Step::Begin(0),
        Step::Complete(which, offer),
        Step::Set(0, offer),
        Step::Invalidate(Reach::All, Selector::Key("books:7"), how),
        Step::Invalidate(Reach::All, Selector::Prefix("books"), how),
        Step::Invalidate(Reach::All, Selector::Tag("shelf"), how),
        Step::Drop(ANN),
        Step::Wait(TTL),
    ]
}

/// Runs every program of this alphabet. What holds after each step of the longest ones holds for all shorter ones.
fn run_all(which: Which, offer: Offer, how: How) {
    let depth = match scaled(10) {
        1 => 5,
        10 => 6,
        _ => 7,
    };
    let alphabet = alphabet(which, offer, how);
    let longest = 8_usize.pow(depth);
    for number in 0..longest {
        let digits = (0..depth).map(|place| number >> (3 * place) & 7);
        let program: Vec<Step> = digits.map(|digit| alphabet[digit]).collect();
        if let Err(wrong) = run(&[SPOT], &program) {
            panic!("{wrong}\n{program:#?}");
        }
    }
    let all: usize = (1..=depth).map(|depth| 8_usize.pow(depth)).sum();
    println!("{all} programs, {longest} of them of {depth} steps: {which:?} ends first, {offer:?}, {how:?}");
}

#[test]
fn no_program_of_six_steps_gets_a_value_past_a_fence_or_loses_one_to_it() {
    run_all(Which::Oldest, TAGGED, How::HARD);
    run_all(Which::Oldest, PLAIN, How::HARD);
}

#[test]
fn nor_when_the_load_that_began_last_ends_first() {
    run_all(Which::Newest, TAGGED, How::HARD);
    run_all(Which::Newest, PLAIN, How::HARD);
}

#[test]
fn nor_when_invalidations_are_soft() {
    run_all(Which::Oldest, TAGGED, How::SOFT);
    run_all(Which::Newest, Offer { swr: TTL / 2, ..TAGGED }, How::SOFT);
}

#[test]
fn and_a_dry_run_fences_nothing() {
    run_all(Which::Oldest, TAGGED, How::DRY_RUN);
}
