//! Programs of operations on a store, beside the naive model of `tests/model.rs`.

use super::bytes::Bytes;
use super::extremes::extremes;
use super::support::Chance;
use super::support::program::{Pair, Step, World};

/// How often everything is compared, and the store looks at itself.
const CHECK_EVERY: usize = 64;

/// The first byte chooses the bounds; from then on two bytes are a step, so that steps can be cut out, doubled and moved. One first
/// byte in four is for numbers of every size instead, without the model.
///
/// # Panics
///
/// When the store answers otherwise than the model.
pub fn operations(data: &[u8]) {
    let mut bytes = Bytes(data);
    let first = bytes.byte();
    if first % 4 == 3 {
        return extremes(&mut bytes);
    }
    let world = World::draw(&mut Chance(u64::from(first)));
    let mut pair = Pair::new(&world);
    let mut program: Vec<Step> = vec![];
    while !bytes.is_empty() {
        let step = world.step(&mut Chance(u64::from(u16::from_le_bytes(bytes.array()))));
        program.push(step.clone());
        let compared = pair
            .run(&step)
            .and_then(|()| if program.len().is_multiple_of(CHECK_EVERY) { pair.compare_all() } else { Ok(()) });
        if let Err(wrong) = compared {
            panic!("{wrong}\n{world:#?}\n{program:#?}");
        }
    }
    if let Err(wrong) = pair.compare_all() {
        panic!("{wrong}\n{world:#?}\n{program:#?}");
    }
}
