//! Setting and unsetting at random places: the tree is what a model says, and nothing else moves.

use std::collections::HashMap;

use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};
use vault::{
    sops::{ChangeError, OpenFile},
    value::Node,
};

use crate::{
    LATER,
    documents::{
        RICH,
        changes::{Change, any_change, apply, model},
        sample,
    },
    reopened, seal, sealed,
    skeleton::{ciphertexts, nonce, short},
    text_of,
};

/// The changed lines of two texts: what is between their common beginning and end.
fn changed_lines<'t>(before: &'t str, after: &'t str) -> (Vec<&'t str>, Vec<&'t str>) {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.split('\n').collect(), after.split('\n').collect());
    let shorter = before.len().min(after.len());
    let first = (0..shorter)
        .find(|at| before[*at] != after[*at])
        .unwrap_or(shorter);
    let last = (0..shorter - first)
        .find(|at| before[before.len() - 1 - at] != after[after.len() - 1 - at])
        .unwrap_or(shorter - first);
    (
        before[first..before.len() - last].to_vec(),
        after[first..after.len() - last].to_vec(),
    )
}

fn values_in(lines: &[&str]) -> Vec<String> {
    let text = lines.join("\n");
    let values = ciphertexts(&text).into_iter();
    values
        .filter(|sealed| !sealed.ends_with("type:comment]"))
        .map(str::to_owned)
        .collect()
}

fn count_full(node: Option<&Node>) -> usize {
    node.map_or(0, |node| {
        node.leaves()
            .iter()
            .filter(|(_, scalar)| !scalar.is_blank())
            .count()
    })
}

/// Makes the change and compares with the model and with the text before; `false` where the path has a name that vault does not write.
fn check(open: &mut OpenFile, change: &Change) -> Result<bool, TestCaseError> {
    let (before, tree) = (text_of(open), open.tree().clone());
    match apply(open, change) {
        Err(ChangeError::Key { .. }) => {
            prop_assert_eq!(text_of(open), before);
            return Ok(false);
        }
        result => {
            result.unwrap_or_else(|error| panic!("{}\n{error}\n{}", change.story(), short(&before)))
        }
    }
    let after = text_of(open);
    let story = format!(
        "{}\n{}\n--- becomes ---\n{}",
        change.story(),
        short(&before),
        short(&after)
    );
    let expected = model(&tree, change);
    prop_assert_eq!(open.tree(), &expected, "{}", story);
    let (old, new) = changed_lines(&before, &after);
    // What goes from the lines that changed is what the path held, and not one value more.
    let kept = values_in(&new);
    let gone = values_in(&old)
        .iter()
        .filter(|value| !kept.contains(value))
        .count();
    let held = Node::Map(tree);
    let limit = count_full(held.get(change.path()));
    prop_assert!(gone <= limit, "{} of {}\n{}", gone, limit, story);
    seal(open, LATER).unwrap_or_else(|error| panic!("{error}\n{story}"));
    let again = reopened(open);
    prop_assert_eq!(again.tree(), &expected, "{}", story);
    Ok(true)
}

proptest! {
    #![proptest_config(crate::cases(80))]

    #[test]
    fn a_sequence_of_changes_does_what_a_model_says_and_no_more(seed: u64) {
        let mut rng = StdRng::seed_from_u64(seed);
        let Some(mut open) = sealed(&sample(seed, RICH).text) else { return Ok(()) };
        let mut nonces: HashMap<String, String> = HashMap::new();
        for _ in 0..6 {
            let change = any_change(open.tree(), &mut rng);
            check(&mut open, &change)?;
            let text = text_of(&open);
            for sealed in ciphertexts(&text) {
                let known = nonces.entry(nonce(sealed).to_owned()).or_insert_with(|| sealed.to_owned());
                prop_assert_eq!(known.as_str(), sealed, "a nonce for two texts");
            }
        }
    }
}
