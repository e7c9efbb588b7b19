//! A person edits the plain text: the file says what the text says, and what was not edited keeps its bytes.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};
use vault::{
    sops::{OpenFile, Reason},
    value::{Kind, Node},
    yaml::{Document, Outline, Part},
};

use crate::{
    LATER, comments_of,
    documents::{RICH, editing::any_edit, sample},
    parse, plain_of, reopened, seal, sealed, sealed_comments,
    skeleton::{ciphertexts, nonce, short, skeleton},
    text_of, tree_of,
};

/// The keys, type and text of every value, with the ciphertexts of those that have one.
type Values = HashMap<(Vec<String>, Kind, String), Vec<String>>;

fn values(open: &OpenFile) -> Values {
    let document = open.file().document();
    let outline = Outline::new(document);
    let sops = document.root().and_then(|root| root.entry("sops"));
    let end = sops.expect("metadata").key_index;
    let items = (0..end).filter(|at| document.items()[*at].part == Part::Value);
    let tree = Node::Map(open.tree().clone());
    let mut found = Values::new();
    for (at, (_, scalar)) in items.zip(tree.leaves()) {
        if document.str_at(at).starts_with("ENC[") {
            let keys = outline.keys_to(at).into_iter().map(str::to_owned).collect();
            let key = (keys, scalar.kind(), scalar.expose().to_owned());
            found
                .entry(key)
                .or_default()
                .push(document.str_at(at).to_owned());
        }
    }
    found
}

/// What says the same at the same keys has the same ciphertexts, as many as both have, and nothing else has any of them.
fn check_kept(before: &Values, after: &Values, story: &str) -> Result<(), TestCaseError> {
    let old: HashSet<&String> = before.values().flatten().collect();
    for (key, sealed) in after {
        let known = before.get(key).map_or(&[][..], Vec::as_slice);
        let kept = sealed
            .iter()
            .filter(|sealed| known.contains(sealed))
            .count();
        prop_assert_eq!(
            kept,
            known.len().min(sealed.len()),
            "{:?}\n{}",
            key.0,
            story
        );
        let others = sealed.iter().filter(|sealed| !known.contains(sealed));
        prop_assert!(
            others.into_iter().all(|sealed| !old.contains(sealed)),
            "{story}"
        );
    }
    Ok(())
}

/// Takes the text over, seals and opens again; `false` where the text is refused.
fn check(open: &mut OpenFile, text: &str) -> Result<bool, TestCaseError> {
    let (before, held) = (text_of(open), values(open));
    let plain = parse(text);
    let story = format!("{}\n--- becomes ---\n{text}", short(&before));
    let changed = match open.revise(&plain) {
        Ok(changed) => changed,
        Err(errors) => {
            let is_known = |reason: &Reason| {
                matches!(
                    reason,
                    Reason::Unreadable
                        | Reason::RootLayout
                        | Reason::KeyName(_)
                        | Reason::BlockKey
                        | Reason::Noncanonical(_)
                )
            };
            let is_fine = |error: &vault::sops::SopsError| {
                let place = error.place.unwrap_or_else(|| panic!("{error}\n{story}"));
                is_known(&error.reason) && place.line <= text.lines().count()
            };
            prop_assert!(errors.iter().all(is_fine), "{errors:?}\n{story}");
            prop_assert_eq!(text_of(open), before);
            return Ok(false);
        }
    };
    if !changed {
        prop_assert_eq!(&text_of(open), &before, "{}", story);
    }
    prop_assert_eq!(open.tree(), &tree_of(text), "{}", story);
    seal(open, LATER).unwrap_or_else(|error| panic!("{error}\n{story}"));
    check_kept(&held, &values(open), &story)?;
    let again = reopened(open);
    prop_assert_eq!(again.tree(), &tree_of(text), "{}", story);
    prop_assert_eq!(sealed_comments(&again), comments_of(text), "{}", story);
    // What comes back differs from the text in the spelling of values alone, its line ends and a byte-order mark are the file's.
    let (come_back, ends) = (plain_of(&again), |text: &str| text.replace("\r\n", "\n"));
    prop_assert_eq!(
        ends(&skeleton(&parse(&come_back))),
        ends(&skeleton(&plain)),
        "{}",
        story
    );
    prop_assert_eq!(tree_of(&come_back), tree_of(text), "{}", story);
    Ok(true)
}

proptest! {
    #![proptest_config(crate::cases(120))]

    #[test]
    fn a_file_takes_over_what_a_person_typed_and_keeps_the_rest(seed: u64) {
        let mut rng = StdRng::seed_from_u64(seed);
        let Some(mut open) = sealed(&sample(seed, RICH).text) else { return Ok(()) };
        let mut nonces: HashMap<String, String> = HashMap::new();
        for _ in 0..5 {
            let text = any_edit(&plain_of(&open), &mut rng);
            check(&mut open, &text)?;
            for sealed in ciphertexts(&text_of(&open)) {
                let known = nonces.entry(nonce(sealed).to_owned()).or_insert_with(|| sealed.to_owned());
                prop_assert_eq!(known.as_str(), sealed, "a nonce for two texts");
            }
        }
    }

    #[test]
    fn the_plain_text_of_a_file_is_no_change_of_it(seed: u64) {
        let sample = sample(seed, RICH);
        let Some(mut open) = sealed(&sample.text) else { return Ok(()) };
        let before = text_of(&open);
        for text in [plain_of(&open), sample.text] {
            prop_assert_eq!(open.revise(&parse(&text)), Ok(false), "{}", text);
            prop_assert_eq!(&text_of(&open), &before);
        }
    }

    #[test]
    fn a_file_takes_over_another_document_as_a_whole(seed: u64) {
        let Some(mut open) = sealed(&sample(seed, RICH).text) else { return Ok(()) };
        check(&mut open, &sample(seed ^ 1, RICH).text)?;
        check(&mut open, "")?;
        check(&mut open, &sample(seed ^ 2, RICH).text)?;
    }
}

#[test]
fn most_edits_of_the_law_are_taken_over() {
    let mut taken = 0;
    for seed in 0..60 {
        let mut rng = StdRng::seed_from_u64(seed);
        let Some(mut open) = sealed(&sample(seed, RICH).text) else {
            continue;
        };
        let text = any_edit(&plain_of(&open), &mut rng);
        assert!(Document::parse(&text).is_ok());
        taken += u32::from(open.revise(&parse(&text)) == Ok(true));
    }
    assert!(taken > 40, "{taken}");
}
