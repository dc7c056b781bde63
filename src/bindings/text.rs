//! Texts that concern no cache: parts of keys, and digests.

use super::engine::with_desk;
use super::inject::{Op, Phase, pass};
use crate::engine::join_texts;
use wasm_bindgen::prelude::wasm_bindgen;

/// A part of a key as it stands in the key: the part lies on the desk where the key lies, the separator where the first tag lies. Leaves it
/// on the desk and tells its length; -1 without memory.
#[wasm_bindgen(js_name = "escapePart")]
pub fn escape_part(part: usize, all: usize) -> i32 {
    with_desk(|desk| {
        pass(Op::Escape, Phase::Before);
        let written = desk.read(part, all).and_then(|texts| {
            let separator = texts.tags()?.into_iter().next()?;
            // Of one part there is nothing to join.
            join_texts(core::iter::once(texts.key), separator).ok()
        });
        let length = written.map_or(-1, |written| desk.lay_one(&written));
        pass(Op::Escape, Phase::After);
        length
    })
}

/// The digest of the text on the desk, 128 bits in hexadecimal. Leaves it on the desk and tells its length; -1 without memory.
#[wasm_bindgen]
pub fn digest(text: usize) -> i32 {
    with_desk(|desk| {
        pass(Op::Digest, Phase::Before);
        let digest = desk.read(text, text).map(|texts| crate::engine::digest(texts.key));
        let length = digest.map_or(-1, |digest| desk.lay_one(&digest));
        pass(Op::Digest, Phase::After);
        length
    })
}
