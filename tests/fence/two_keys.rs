//! Two keys that have more or less to do with one another, every step there is: programs drawn at random.

use std::sync::LazyLock;

use super::step::{Offer, Reach, Spot, Step, Which};
use super::support::{Chance, scaled, seed};
use super::world::run;
use fetchwell::engine::{How, Partition, Selector};

const DEPTH: usize = 12;

const SHARED: Partition<'static> = Partition::Shared;
const ANN: Partition<'static> = Partition::Named("ann");
const BOB: Partition<'static> = Partition::Named("bob");
const TOKEN: Partition<'static> = Partition::Credential("ann");
const WHOSE: [Partition<'static>; 4] = [SHARED, ANN, BOB, TOKEN];

const fn spot(namespace: usize, whose: Partition<'static>, text: &'static str) -> Spot {
    Spot { namespace, whose, text }
}

const PAIRS: [[Spot; 2]; 14] = [
    // In one place: nothing in common, a prefix, a segment, a tag at most.
    [spot(0, SHARED, "books:7"), spot(0, SHARED, "toys:1")],
    [spot(0, SHARED, "books:7"), spot(0, SHARED, "books:70")],
    [spot(0, SHARED, "books:7"), spot(0, SHARED, "books:7:cover")],
    [spot(0, ANN, "books"), spot(0, ANN, "books:7")],
    [spot(1, TOKEN, ""), spot(1, TOKEN, "books:7")],
    // The same key in two partitions.
    [spot(0, SHARED, "books:7"), spot(0, ANN, "books:7")],
    [spot(0, ANN, "books:7"), spot(0, BOB, "books:7")],
    [spot(0, ANN, "books:7"), spot(0, TOKEN, "books:7")],
    [spot(1, SHARED, "books:7"), spot(1, TOKEN, "books:7")],
    // In two namespaces.
    [spot(0, SHARED, "books:7"), spot(1, SHARED, "books:7")],
    [spot(0, ANN, "books:7"), spot(1, ANN, "books:70")],
    [spot(0, TOKEN, "books:7"), spot(1, TOKEN, "books:7")],
    // In both.
    [spot(0, SHARED, "books:7"), spot(1, ANN, "books:7")],
    [spot(0, ANN, "toys:1"), spot(1, BOB, "books:7")],
];

const TAGS: [&[&str]; 5] = [&[], &[], &["shelf"], &["author"], &["author", "shelf"]];

fn offer(chance: &mut Chance) -> Offer {
    let ttl = chance.pick(&[0, 5, 50, 50, 50, 1_000]);
    Offer { ttl, swr: chance.pick(&[0, 0, 20]), tags: chance.pick(&TAGS) }
}

fn which(chance: &mut Chance) -> Which {
    chance.pick(&[Which::Oldest, Which::Newest, Which::Nth(1), Which::Nth(2)])
}

fn reach(chance: &mut Chance) -> Reach {
    let (namespace, whose) = (chance.pick(&[0, 1]), chance.pick(&WHOSE));
    match chance.below(7) {
        0..=2 => Reach::All,
        3 => Reach::Namespace(namespace),
        4 => Reach::Partition(whose),
        _ => Reach::Place(namespace, whose),
    }
}

fn what(chance: &mut Chance, pair: &[Spot; 2]) -> Selector<'static> {
    let text = chance.pick(pair).text;
    match chance.below(12) {
        0 => Selector::All,
        1 | 2 => Selector::Key(text),
        3 => Selector::Prefix(chance.pick(&["", "b", "books:7", "books:70", "t"])),
        4 | 5 => Selector::Segment(chance.pick(&["books", "books:7", "toys"])),
        6..=9 => Selector::Tag(chance.pick(&["shelf", "author", "nobody's"])),
        _ => Selector::Glob(chance.pick(&["**", "*", "books:*", "books:?", "books:7", "*:*:cover"])),
    }
}

fn step(chance: &mut Chance, pair: &[Spot; 2]) -> Step {
    let (key, how) = (chance.pick(&[0, 1]), chance.pick(&[How::HARD, How::HARD, How::SOFT, How::DRY_RUN]));
    match chance.below(40) {
        0..=9 => Step::Begin(key),
        10..=18 => Step::Complete(which(chance), offer(chance)),
        19 => Step::Abandon(which(chance)),
        20..=21 => Step::Set(key, offer(chance)),
        22 => Step::Delete(key),
        23 => Step::Touch(key, chance.pick(&[None, Some(0), Some(200)])),
        24..=32 => Step::Invalidate(reach(chance), what(chance, pair), how),
        33 => Step::InvalidateWhere(reach(chance), chance.pick(pair).text, how),
        34 => Step::Clear(reach(chance)),
        35 => Step::Drop(chance.pick(&WHOSE)),
        36 => Step::DropCredentials,
        37 => Step::Prune,
        _ => Step::Wait(chance.pick(&[1, 5, 20, 50])),
    }
}

/// So many more keys below the first one's that an invalidation of all of them leaves their burial to later calls.
const CROWD: usize = 40;

/// The pair with a crowd, and the steps that bring the crowd in.
fn crowded(pair: &[Spot; 2]) -> (Vec<Spot>, Vec<Step>) {
    static TEXTS: LazyLock<Vec<String>> =
        LazyLock::new(|| (0..CROWD).map(|number| format!("books:7:{number}")).collect());
    let crowd = TEXTS.iter().map(|text| Spot { text, ..pair[0] });
    let arrive = |key| Step::Set(key, Offer { ttl: 60, swr: 0, tags: TAGS[key % TAGS.len()] });
    (pair.iter().copied().chain(crowd).collect(), (2..CROWD + 2).map(arrive).collect())
}

/// Leaves out whatever can be left out while the program still fails.
fn shrink(spots: &[Spot], mut program: Vec<Step>) -> Vec<Step> {
    let mut at = 0;
    while at < program.len() {
        let mut shorter = program.clone();
        shorter.remove(at);
        if run(spots, &shorter).is_err() { program = shorter } else { at += 1 }
    }
    program
}

/// Draws programs and runs them, each after what `prepare` makes of its pair.
fn run_many(programs: u64, prepare: impl Fn(&[Spot; 2]) -> (Vec<Spot>, Vec<Step>)) {
    let seed = seed();
    let mut chance = Chance(seed);
    for number in 0..programs {
        let pair = chance.pick(&PAIRS);
        let (spots, mut program) = prepare(&pair);
        program.extend((0..DEPTH).map(|_| step(&mut chance, &pair)));
        if run(&spots, &program).is_err() {
            let program = shrink(&spots, program);
            let wrong = run(&spots, &program).unwrap_err();
            panic!("FETCHWELL_SEED={seed}, program {number}: {wrong}\n{pair:#?}\n{program:#?}");
        }
    }
    println!("{programs} programs of {DEPTH} steps over two keys, FETCHWELL_SEED={seed}");
}

#[test]
fn no_program_over_two_keys_gets_a_value_past_a_fence_or_loses_one_to_it() {
    run_many(scaled(300_000), |pair| (pair.to_vec(), vec![]));
}

#[test]
fn nor_when_either_is_one_of_a_crowd() {
    run_many(scaled(10_000), crowded);
}
