//! Two people edit the same plain text: the values are those of the merge, and no comment that one of them wrote is lost.

use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};
use vault::{
    braid::{Braided, Sides, braid},
    merge::{Merge, apply, three_way},
    secret::ExposeSecret,
    typed::{read, with_theirs},
    value::Node,
    yaml::Document,
};

use crate::{
    comments_of,
    documents::{RICH, editing::any_edit, sample},
    parse, tree_of,
};

fn braided([base, ours, theirs]: [&Document; 3]) -> (String, Braided) {
    let braided = braid(Sides { base, ours, theirs }).expect("numbers that fit");
    (braided.text.expose_secret().to_owned(), braided)
}

/// What the first has more than the second.
fn minus(list: &[String], other: &[String]) -> Vec<String> {
    let mut left = other.to_vec();
    let mut more = Vec::new();
    for text in list {
        match left.iter().position(|at| at == text) {
            Some(at) => drop(left.swap_remove(at)),
            None => more.push(text.clone()),
        }
    }
    more
}

/// A tree whose maps are sorted by key.
fn sorted(node: &Node) -> Node {
    match node {
        Node::Map(map) => {
            let mut entries: Vec<_> = map
                .iter()
                .map(|(key, node)| (key.to_owned(), sorted(node)))
                .collect();
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            Node::Map(entries.into_iter().collect())
        }
        Node::List(items) => Node::List(items.iter().map(sorted).collect()),
        scalar => scalar.clone(),
    }
}

fn root(text: &str) -> Node {
    Node::Map(tree_of(text))
}

/// Ours with what they did that it lacks.
fn merged([base, ours, theirs]: [&Node; 3]) -> Node {
    let changes = three_way(Merge {
        base,
        ours: theirs,
        theirs: ours,
    })
    .changes;
    let mut tree = ours.clone();
    apply(&mut tree, &changes).expect("changes fit their tree");
    tree
}

proptest! {
    #![proptest_config(crate::cases(250))]

    #[test]
    fn two_edits_of_one_text_are_both_in_the_braid(seed: u64) {
        let mut rng = StdRng::seed_from_u64(seed);
        let base = sample(seed, RICH).text;
        let texts = [base.clone(), any_edit(&base, &mut rng), any_edit(&base, &mut rng)];
        let [base, ours, theirs] = [&texts[0], &texts[1], &texts[2]].map(|text| parse(text));
        let (text, result) = braided([&base, &ours, &theirs]);
        let story = format!("{}\n--- ours ---\n{}\n--- theirs ---\n{}\n--- becomes ---\n{text}", texts[0], texts[1], texts[2]);
        prop_assert!(Document::parse(&text).is_ok(), "{story}");

        let trees = [root(&texts[0]), root(&texts[1]), root(&texts[2])];
        let [b, o, t] = [&trees[0], &trees[1], &trees[2]];
        prop_assert_eq!(sorted(&root(&text)), sorted(&merged([b, o, t])), "{}", story);
        let expected = three_way(Merge { base: b, ours: o, theirs: t }).conflicts;
        prop_assert_eq!(&result.conflicts, &expected, "{}", story);

        let [old, mine, their] = [comments_of(&texts[0]), comments_of(&texts[1]), comments_of(&texts[2])];
        let now = comments_of(&text);
        prop_assert_eq!(minus(&minus(&mine, &old), &now), Vec::<String>::new(), "{}", story);
        prop_assert_eq!(minus(&minus(&their, &old), &now), Vec::<String>::new(), "{}", story);
        // Nothing is invented either.
        let known = [mine, minus(&their, &old), their.clone()].concat();
        prop_assert_eq!(minus(&now, &known), Vec::<String>::new(), "{}", story);

        let shown = with_theirs(&parse(&text), &result.conflicts, &theirs);
        let shown = shown.expose_secret();
        prop_assert_eq!(&root(shown), &root(&text), "{}", shown);
        prop_assert_eq!(read(shown.as_bytes()).is_ok(), result.conflicts.is_empty(), "{}", shown);
    }

    #[test]
    fn the_edit_of_one_alone_is_taken_byte_for_byte(seed: u64) {
        let mut rng = StdRng::seed_from_u64(seed);
        let base = sample(seed, RICH).text;
        let edited = any_edit(&base, &mut rng);
        let (base, edited) = (parse(&base), parse(&edited));
        for sides in [[&base, &edited, &base], [&base, &base, &edited], [&base, &edited, &edited]] {
            let (text, result) = braided(sides);
            prop_assert_eq!(&text, &*edited.to_text());
            prop_assert_eq!(result.conflicts.len(), 0);
        }
    }

    #[test]
    fn unrelated_documents_come_together_as_well(seed: u64) {
        let texts = [sample(seed, RICH).text, sample(seed ^ 1, RICH).text, sample(seed ^ 2, RICH).text];
        let [base, ours, theirs] = [&texts[0], &texts[1], &texts[2]].map(|text| parse(text));
        let (text, _) = braided([&base, &ours, &theirs]);
        let trees = [root(&texts[0]), root(&texts[1]), root(&texts[2])];
        prop_assert_eq!(sorted(&root(&text)), sorted(&merged([&trees[0], &trees[1], &trees[2]])));
        let now = comments_of(&text);
        for side in [&texts[1], &texts[2]] {
            let new = minus(&comments_of(side), &comments_of(&texts[0]));
            prop_assert_eq!(minus(&new, &now), Vec::<String>::new());
        }
    }
}
