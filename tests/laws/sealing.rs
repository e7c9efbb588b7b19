//! Sealing and opening whole documents.

use proptest::prelude::*;
use vault::{
    secret::DataKey,
    sops::{Block, Heading},
    value::{Form, KeyPath},
};

use crate::{
    LATER, comments_of,
    documents::{RICH, sample},
    entry, parse, plain_of, reopened, seal, sealed, sealed_comments,
    skeleton::{ciphertexts, skeleton},
    text_of, tree_of,
};

/// A missing final line break is added, in the style of the line before.
fn with_final_break(text: &str) -> String {
    match text.ends_with('\n') {
        true => text.to_owned(),
        false if text.contains("\r\n") => format!("{text}\r\n"),
        false => format!("{text}\n"),
    }
}

proptest! {
    #![proptest_config(crate::cases(100))]

    #[test]
    fn reading_keeps_every_byte(seed: u64) {
        let sample = sample(seed, RICH);
        let document = parse(&sample.text);
        prop_assert_eq!(document.to_text().to_string(), with_final_break(&sample.text));
    }

    #[test]
    fn what_is_sealed_comes_back_with_types_order_and_comments(seed: u64) {
        let sample = sample(seed, RICH);
        let Some(open) = sealed(&sample.text) else { return Ok(()) };
        let open = reopened(&open);
        prop_assert_eq!(open.tree(), &sample.tree, "{}", sample.text);
        prop_assert_eq!(sealed_comments(&open), sample.comments.clone());
        let plain = plain_of(&open);
        prop_assert_eq!(tree_of(&plain), sample.tree, "{}", plain);
        prop_assert_eq!(comments_of(&plain), sample.comments);
    }

    #[test]
    fn nothing_but_values_and_comments_changes(seed: u64) {
        let sample = sample(seed, RICH);
        let Some(open) = sealed(&sample.text) else { return Ok(()) };
        let bones = skeleton(&parse(&sample.text));
        prop_assert_eq!(skeleton(open.file().document()), bones.clone(), "{}", sample.text);
        prop_assert_eq!(skeleton(&parse(&plain_of(&open))), bones);
        let has_mark = sample.text.starts_with('\u{feff}');
        prop_assert_eq!(text_of(&open).starts_with('\u{feff}'), has_mark);
        prop_assert_eq!(plain_of(&open).starts_with('\u{feff}'), has_mark);
    }

    #[test]
    fn the_second_time_the_plain_text_is_the_same(seed: u64) {
        let sample = sample(seed, RICH);
        let Some(open) = sealed(&sample.text) else { return Ok(()) };
        let first = plain_of(&open);
        let second = sealed(&first).map(|open| plain_of(&open));
        prop_assert_eq!(second, Some(first));
    }

    #[test]
    fn opening_and_setting_what_is_there_keep_every_byte(seed: u64) {
        let sample = sample(seed, RICH);
        let Some(open) = sealed(&sample.text) else { return Ok(()) };
        let text = text_of(&open);
        let mut open = reopened(&open);
        for (key, node) in sample.tree.iter() {
            prop_assert_eq!(open.set(&KeyPath::key(key), node), Ok(false));
        }
        prop_assert_eq!(text_of(&open), text);
    }

    #[test]
    fn sealing_again_renews_the_time_and_the_mac_only(seed: u64) {
        let sample = sample(seed, RICH);
        let Some(mut open) = sealed(&sample.text) else { return Ok(()) };
        let before = text_of(&open);
        seal(&mut open, LATER).unwrap();
        let after = text_of(&open);
        let changed: Vec<&str> = before
            .lines()
            .zip(after.lines())
            .filter(|(before, after)| before != after)
            .map(|(before, _)| before.trim().split(':').next().unwrap())
            .collect();
        prop_assert_eq!(changed, ["lastmodified", "mac"]);
        prop_assert_eq!(before.lines().count(), after.lines().count());
    }

    #[test]
    fn a_new_data_key_keeps_what_the_file_says_and_no_ciphertext(seed: u64) {
        let sample = sample(seed, RICH);
        let Some(mut open) = sealed(&sample.text) else { return Ok(()) };
        let before = text_of(&open);
        open.rekey(DataKey::generate()).unwrap();
        let entries = [entry()];
        let heading = Heading { lastmodified: LATER, age: Some(&entries), block: Block::Keep };
        open.seal(&heading, Form::Canonical).unwrap();
        let open = reopened(&open);
        prop_assert_eq!(open.tree(), &sample.tree);
        prop_assert_eq!(sealed_comments(&open), sample.comments);
        let after = text_of(&open);
        for ciphertext in ciphertexts(&before) {
            prop_assert!(!after.contains(ciphertext));
        }
        prop_assert_eq!(skeleton(&parse(&before)), skeleton(&parse(&after)));
    }
}
