//! Base64 in its only spelling: whole groups of four, padding at the end alone, no bits left over.
//!
//! A file holds three short texts of it for every value, too short for what the crate does before its first character. What is
//! written, and what other programs wrote, is left to the crate.

/// Whether this is base64 in its only spelling, told without decoding.
pub(super) fn is_canonical(text: &str) -> bool {
    let bytes = text.as_bytes();
    let body = body(bytes);
    if !bytes.len().is_multiple_of(4) || !are_characters(body) {
        return false;
    }
    let leftover = |mask: u8| body.last().is_some_and(|b| sextet(*b) & mask != 0);
    match bytes.len() - body.len() {
        0 => true,
        1 => !leftover(0b11),
        2 => !leftover(0b1111),
        _ => false,
    }
}

/// Decodes base64 in its only spelling into as many bytes as it stands for; `None` if it is not, or for another number of bytes.
pub(super) fn decode(text: &str, bytes: &mut [u8]) -> Option<()> {
    let body = body(text.as_bytes());
    let (groups, rest) = body.as_chunks::<4>();
    let (triples, tail) = bytes.as_chunks_mut::<3>();
    let padding = text.len() - body.len();
    if groups.len() != triples.len() || padding != (4 - rest.len()) % 4 {
        return None;
    }
    let mut seen = 0;
    for (group, triple) in groups.iter().zip(triples) {
        let bits = triple_of(*group);
        seen |= bits;
        [triple[0], triple[1], triple[2], _] = bits.to_le_bytes();
    }
    let seen = (seen >> 24) as u8 | last(rest, tail)?;
    (seen & NO_SEXTET == 0).then_some(())
}

/// The three bytes of a whole group, the first of them the lowest; above them the bit that no sextet has, if a character has none.
fn triple_of(group: [u8; 4]) -> u32 {
    let part = |at: usize| TRIPLES[at][usize::from(group[at])];
    part(0) | part(1) | part(2) | part(3)
}

/// Decodes what is no whole group; returns all bits of its sextets.
fn last(rest: &[u8], tail: &mut [u8]) -> Option<u8> {
    let sextet = |at: usize| sextet(rest[at]);
    match (rest.len(), tail) {
        (0, []) => Some(0),
        (2, [one]) if sextet(1) & 0b1111 == 0 => {
            *one = sextet(0) << 2 | sextet(1) >> 4;
            Some(sextet(0) | sextet(1))
        }
        (3, [one, other]) if sextet(2) & 0b11 == 0 => {
            *one = sextet(0) << 2 | sextet(1) >> 4;
            *other = sextet(1) << 4 | sextet(2) >> 2;
            Some(sextet(0) | sextet(1) | sextet(2))
        }
        _ => None,
    }
}

/// All but the padding.
fn body(text: &[u8]) -> &[u8] {
    let mut body = text;
    while let [rest @ .., b'='] = body {
        body = rest;
    }
    body
}

fn are_characters(bytes: &[u8]) -> bool {
    let (groups, rest) = bytes.as_chunks::<4>();
    let seen = groups.iter().fold(0, |seen, [a, b, c, d]| {
        seen | sextet(*a) | sextet(*b) | sextet(*c) | sextet(*d)
    });
    let seen = rest.iter().fold(seen, |seen, b| seen | sextet(*b));
    seen & NO_SEXTET == 0
}

fn sextet(b: u8) -> u8 {
    SEXTETS[usize::from(b)]
}

/// The bit that no sextet has.
const NO_SEXTET: u8 = 0b1000_0000;

/// What each character stands for.
const SEXTETS: [u8; 256] = {
    let characters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [NO_SEXTET; 256];
    let mut bits = 0;
    while bits < 64 {
        table[characters[bits as usize] as usize] = bits;
        bits += 1;
    }
    table
};

/// What each character adds to the bytes of a group, by its place: four look-ups and no shift for three bytes.
const TRIPLES: [[u32; 256]; 4] = {
    let mut tables = [[0; 256]; 4];
    let mut at = 0;
    while at < 4 {
        let mut b = 0;
        while b < 256 {
            tables[at][b] = match SEXTETS[b] {
                NO_SEXTET => (NO_SEXTET as u32) << 24,
                sextet => ((sextet as u32) << (6 * (3 - at))).swap_bytes() >> 8,
            };
            b += 1;
        }
        at += 1;
    }
    tables
};

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_canonical_exactly_when_it_is_what_the_encoder_writes(text in "[A-Da-d0-9+/=é]{0,12}|[A-Da-d0-9+/]{40,44}=?[A-Da-d*]?") {
            let strict = STANDARD.decode(&text).is_ok_and(|bytes| STANDARD.encode(bytes) == text);
            prop_assert_eq!(is_canonical(&text), strict);
        }

        #[test]
        fn what_decodes_is_what_the_crate_decodes(text in "[A-Da-d0-9+/=é]{0,12}", length in 0_usize..10) {
            let decoded = STANDARD.decode(&text).ok().filter(|bytes| bytes.len() == length);
            let mut bytes = vec![0; length];
            let own = decode(&text, &mut bytes).map(|()| bytes);
            prop_assert_eq!(own, decoded);
        }

        #[test]
        fn what_the_encoder_writes_comes_back(bytes in proptest::collection::vec(0_u8.., 0..80)) {
            let text = STANDARD.encode(&bytes);
            let mut decoded = vec![0; bytes.len()];
            prop_assert!(is_canonical(&text) && decode(&text, &mut decoded).is_some());
            prop_assert_eq!(decoded, bytes);
        }
    }

    #[test]
    fn every_byte_is_a_character_or_none() {
        for b in 0..=u8::MAX {
            let is_one = b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
            assert_eq!(are_characters(&[b'A', b]), is_one, "{b}");
        }
    }
}
