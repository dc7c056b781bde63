//! The engine beside the most naive cache imaginable: random programs, every answer compared.
//!
//! `FETCHWELL_SEED=7 cargo test --test model` repeats a run; `FETCHWELL_TEST=long` makes it twenty times as long.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use support::program::{Pair, Step, World};
use support::{Chance, scaled, seed};

const STEPS: usize = 2_000;
const CHECK_EVERY: usize = 1_000;

/// Runs a program; the error says at which step what was wrong.
fn run(world: &World, program: &[Step]) -> Result<(), (usize, String)> {
    let mut pair = Pair::new(world);
    for (at, step) in program.iter().enumerate() {
        let compared =
            pair.run(step).and_then(|()| if (at + 1) % CHECK_EVERY == 0 { pair.compare_all() } else { Ok(()) });
        compared.map_err(|wrong| (at, wrong))?;
    }
    pair.compare_all().map_err(|wrong| (program.len(), wrong))
}

/// Leaves out whatever can be left out while the program still fails.
fn shrink(world: &World, mut program: Vec<Step>) -> (Vec<Step>, String) {
    let fails = |program: &[Step]| run(world, program).err();
    let mut chunk = program.len() / 2;
    while chunk > 0 {
        let mut at = 0;
        while at < program.len() {
            let mut shorter = program.clone();
            shorter.drain(at..(at + chunk).min(program.len()));
            match fails(&shorter) {
                Some((step, _)) => program = shorter[..(step + 1).min(shorter.len())].to_vec(),
                None => at += chunk,
            }
        }
        chunk /= 2;
    }
    let wrong = fails(&program).map_or_else(String::new, |(_, wrong)| wrong);
    (program, wrong)
}

#[test]
fn the_store_answers_as_a_list_searched_from_end_to_end_would() {
    let seed = seed();
    let worlds = scaled(2_600);
    println!("{} operations, FETCHWELL_SEED={seed}", worlds * STEPS as u64);
    let mut chance = Chance(seed);
    for number in 0..worlds {
        let world = World::draw(&mut chance);
        let program: Vec<Step> = (0..STEPS).map(|_| world.step(&mut chance)).collect();
        if let Err((at, wrong)) = run(&world, &program) {
            let (program, less) = shrink(&world, program[..(at + 1).min(program.len())].to_vec());
            let steps: Vec<String> = program.iter().map(|step| format!("{step:?}")).collect();
            panic!(
                "FETCHWELL_SEED={seed}, world {number}, step {at}: {wrong}\nshrunk: {less}\n{world:?}\n{}",
                steps.join("\n")
            );
        }
    }
}
