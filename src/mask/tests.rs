use proptest::prelude::*;

use super::*;

fn masks(texts: &[&str]) -> Masks {
    let texts: Vec<_> = texts
        .iter()
        .map(|text| Zeroizing::new((*text).to_owned()))
        .collect();
    Masks::of_texts(&texts).unwrap()
}

/// What comes out, piece by piece; the last one at the end of the stream.
fn pieces(masks: &Masks, pieces: &[&[u8]]) -> Vec<String> {
    let mut masker = masks.masker();
    let mut shown: Vec<_> = pieces.iter().map(|piece| masker.push(piece)).collect();
    shown.push(masker.finish());
    let text = |bytes: Zeroizing<Vec<u8>>| String::from_utf8_lossy(&bytes).into_owned();
    shown.into_iter().map(text).collect()
}

fn shown(masks: &Masks, text: &[u8]) -> String {
    pieces(masks, &[text]).concat()
}

#[test]
fn a_value_is_replaced_and_the_rest_is_not() {
    let masks = masks(&["hunter2"]);
    assert_eq!(shown(&masks, b"the hunter2 of hunter"), "the *** of hunter");
    assert_eq!(shown(&masks, b""), "");
    assert_eq!(shown(&masks, b"hunter2"), "***");
}

#[test]
fn values_that_overlap_or_touch_become_one_mask() {
    let masks = masks(&["abcd", "cdef", "ghij", "bc"]);
    assert_eq!(shown(&masks, b"xabcdefghijx"), "x***x");
    assert_eq!(shown(&masks, b"abcd cdef"), "*** ***");
    assert_eq!(shown(&masks, b"abc"), "a***");
}

#[test]
fn what_is_no_beginning_of_a_value_passes_at_once() {
    let masks = masks(&["hunter2", "hut"]);
    let shown = pieces(
        &masks,
        &[b"login: ", b"hu", b"nt", b"x", b"hunter", b"2 ", b"h"],
    );
    assert_eq!(shown, ["login: ", "", "", "huntx", "", "*** ", "", "h"]);
}

#[test]
fn a_run_over_several_pieces_is_one_mask() {
    let masks = masks(&["abab", "c"]);
    assert_eq!(
        pieces(&masks, &[b"abab", b"ab", b"abab", b"c", b"c", b"x"]),
        ["", "***", "", "", "", "x", ""]
    );
}

#[test]
fn without_values_everything_passes() {
    let masks = masks(&[]);
    assert!(masks.is_empty());
    assert_eq!(pieces(&masks, &[b"a", b"b"]), ["a", "b", ""]);
}

#[test]
fn ten_thousand_values_are_no_matter() {
    let values: Vec<_> = (0..10_000)
        .map(|number| Scalar::str(&format!("value-{number}-of-many/with=more")))
        .collect();
    let masks = Masks::of(&values).unwrap();
    let text = shown(&masks, b"a value-77-of-many/with=more b value-77%2Dof");
    assert_eq!(text, "a *** b value-77%2Dof");
}

/// By the book: every byte that lies in any occurrence of any text.
fn expected(texts: &[String], stream: &[u8]) -> Vec<u8> {
    let mut is_hidden = vec![false; stream.len()];
    for text in texts {
        for at in 0..stream.len() {
            if stream[at..].starts_with(text.as_bytes()) {
                is_hidden[at..at + text.len()].fill(true);
            }
        }
    }
    let mut shown = Vec::new();
    for (at, byte) in stream.iter().enumerate() {
        match is_hidden[at] {
            false => shown.push(*byte),
            true if at == 0 || !is_hidden[at - 1] => shown.extend_from_slice(MASK),
            true => {}
        }
    }
    shown
}

/// Few letters, so that texts overlap and nearly begin.
fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[abc]{1,9}|[abc]{20,40}", 1..8)
}

/// Noise, whole texts and beginnings of texts.
fn stream(texts: Vec<String>) -> impl Strategy<Value = (Vec<String>, Vec<u8>, Vec<usize>)> {
    let part = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..4),
        "[abcd]{0,6}".prop_map(String::into_bytes),
        (
            prop::sample::select(texts.clone()),
            any::<prop::sample::Index>()
        )
            .prop_map(|(text, cut)| text.as_bytes()[..cut.index(text.len() + 1)].to_vec()),
        prop::sample::select(texts.clone()).prop_map(String::into_bytes),
    ];
    let stream = prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat());
    (Just(texts), stream, prop::collection::vec(1_usize..9, 1..9))
}

proptest! {
    #[test]
    fn every_byte_of_a_value_is_hidden_and_no_other_however_the_stream_is_cut((texts, stream, sizes) in texts().prop_flat_map(stream)) {
        let secret: Vec<_> = texts.iter().map(|text| Zeroizing::new(text.clone())).collect();
        let masks = Masks::of_texts(&secret).unwrap();
        let mut masker = masks.masker();
        let mut shown = Vec::new();
        let mut rest = stream.as_slice();
        for size in sizes.iter().cycle() {
            let (piece, behind) = rest.split_at((*size).min(rest.len()));
            shown.extend_from_slice(&masker.push(piece));
            let is_begun = |text: &String| (1..text.len()).any(|length| stream[..stream.len() - behind.len()].ends_with(&text.as_bytes()[..length]));
            // Nothing is held back for longer than it has to be.
            prop_assert!(masker.held.is_empty() || texts.iter().any(is_begun) || texts.iter().any(|text| stream[..stream.len() - behind.len()].ends_with(text.as_bytes())));
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
        shown.extend_from_slice(&masker.finish());
        prop_assert_eq!(&shown, &expected(&texts, &stream));
        for text in &texts {
            let occurs = shown.windows(text.len()).any(|window| window == text.as_bytes());
            prop_assert!(!occurs, "{}", text);
        }
    }

    #[test]
    fn a_value_is_hidden_in_every_spelling(value in "[ -~]{4,30}|\\PC{4,30}|[a-z\n]{4,40}", size in 1_usize..12) {
        let scalar = Scalar::str(&value);
        let masks = Masks::of([&scalar]).unwrap();
        for form in forms::of(&scalar) {
            let stream = format!("<{}>", *form);
            let mut masker = masks.masker();
            let mut shown = Vec::new();
            stream.as_bytes().chunks(size).for_each(|piece| shown.extend_from_slice(&masker.push(piece)));
            shown.extend_from_slice(&masker.finish());
            // The mask itself may be a value, or touch one.
            let text = String::from_utf8_lossy(&shown).into_owned();
            prop_assert!(value.contains('*') || !text.contains(form.as_str()), "{} {}", *form, text);
        }
    }
}
