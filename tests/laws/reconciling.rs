//! Two people write one secret file: what comes of it is what the merge of their values says, in a file that anybody accepts, with the
//! bytes of what nobody touched.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use proptest::prelude::*;
use rand::{Rng, SeedableRng, rngs::StdRng};
use vault::{
    keys::{Identity, Member},
    members::{Change, Origin},
    merge::{Merge, apply, three_way},
    reconcile::{Base, Merged, Objection, Reconciliation, Side, Standing, Versions},
    sealed::{Expected, Mark, Opened, Sealed, Signer, Verified},
    secret::ExposeSecret,
    value::{EnvName, Name, Node},
    yaml::Document,
};

use crate::{
    LATER, NOW, comments_of,
    documents::{RICH, editing::any_edit, sample},
    parse,
    skeleton::{ciphertexts, nonce},
    tree_of,
};

const REPOSITORY: &str = "5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0";

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn prod() -> EnvName {
    "prod".parse().expect("a name")
}

/// Who works on the file.
struct Team {
    alice: Identity,
    bob: Identity,
}

impl Team {
    fn new() -> Self {
        Team {
            alice: Identity::generate(),
            bob: Identity::generate(),
        }
    }

    fn members(&self) -> BTreeMap<Name, Member> {
        BTreeMap::from([
            (name("alice"), self.alice.member()),
            (name("bob"), self.bob.member()),
        ])
    }

    fn seal(&self, opened: Opened) -> Option<String> {
        let members = self.members();
        let alice = std::slice::from_ref(&self.alice);
        let signer = Signer::among(alice, &members);
        Some(opened.seal(signer.as_ref(), LATER).ok()?.text().to_string())
    }

    /// A new file; `None` if sops could not read its layout.
    fn create(&self, plain: &str) -> Option<String> {
        let origin = Origin {
            repository: REPOSITORY.into(),
            environment: prod(),
            rule: vec![("unencrypted_regex".into(), "^$".into())],
            extends: vec![],
        };
        let made = Opened::create_from(origin, self.members(), &parse(plain), NOW);
        self.seal(made.ok()?)
    }

    fn verified(&self, text: &str) -> Verified {
        let sealed = Sealed::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        let expected = Expected {
            repository: REPOSITORY,
            environment: &prod(),
            signed: true,
        };
        sealed
            .verify(&expected)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    fn opened(&self, text: &str) -> Opened {
        let verified = self.verified(text);
        let key = verified.data_key(std::slice::from_ref(&self.alice));
        verified
            .open(key.expect("it does").expect("it does"))
            .expect("it does")
    }

    fn plain(&self, text: &str) -> String {
        self.opened(text)
            .to_plain()
            .expect("it does")
            .expose_secret()
            .to_owned()
    }

    /// The file as somebody has written it on; `None` where the edit is refused.
    fn written(&self, text: &str, plain: &str) -> Option<String> {
        let mut opened = self.opened(text);
        opened.revise(&parse(plain)).ok()?;
        self.seal(opened)
    }

    fn edited(&self, text: &str, rng: &mut StdRng) -> Option<String> {
        self.written(text, &any_edit(&self.plain(text), rng))
    }

    fn amended(&self, text: &str, change: Change) -> String {
        let mut opened = self.opened(text);
        opened.amend(change).expect("it does");
        self.seal(opened).expect("it does")
    }

    fn standing(&self, texts: [&str; 3]) -> Standing {
        let [base, ours, theirs] = texts.map(|text| self.verified(text));
        Standing::of(&Versions {
            base: Base::Known(&base),
            ours: &ours,
            theirs: &theirs,
        })
    }

    fn reconciled(&self, texts: [&str; 3]) -> Reconciliation {
        let standing = self.standing(texts);
        let [base, ours, theirs] = texts.map(|text| self.opened(text));
        let versions = Versions {
            base: Base::Known(base),
            ours,
            theirs,
        };
        Reconciliation::new(standing, versions).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The file that comes of it; `None` where it cannot be written.
    fn finished(&self, reconciliation: Reconciliation, texts: [&str; 3]) -> Option<String> {
        match reconciliation.finish() {
            Ok(Merged::Kept(Side::Ours)) => Some(texts[1].to_owned()),
            Ok(Merged::Kept(Side::Theirs)) => Some(texts[2].to_owned()),
            Ok(Merged::New(opened)) => self.seal(*opened),
            Err(_) => None,
        }
    }
}

fn root(text: &str) -> Node {
    Node::Map(tree_of(text))
}

/// A tree whose maps are sorted by key.
fn sorted(node: &Node) -> Node {
    match node {
        Node::Map(map) => {
            let entries: BTreeMap<_, _> = map
                .iter()
                .map(|(key, node)| (key.to_owned(), sorted(node)))
                .collect();
            Node::Map(entries.into_iter().collect())
        }
        Node::List(items) => Node::List(items.iter().map(sorted).collect()),
        scalar => scalar.clone(),
    }
}

fn readers(text: &str) -> BTreeSet<String> {
    let sealed = Sealed::parse(text.as_bytes()).expect("well-formed");
    let age = &sealed.file().metadata().age;
    age.iter().map(|entry| entry.recipient.clone()).collect()
}

proptest! {
    #![proptest_config(crate::cases(30))]

    #[test]
    fn what_two_people_wrote_comes_together_as_the_merge_of_their_values(seed: u64) {
        let mut rng = StdRng::seed_from_u64(seed);
        let team = Team::new();
        let Some(base) = team.create(&sample(seed, RICH).text) else { return Ok(()) };
        let (Some(ours), Some(theirs)) = (team.edited(&base, &mut rng), team.edited(&base, &mut rng)) else { return Ok(()) };
        let texts = [base.as_str(), ours.as_str(), theirs.as_str()];
        let trees = texts.map(|text| root(&team.plain(text)));
        let mut reconciliation = team.reconciled(texts);
        prop_assert_eq!(reconciliation.standing().objections(), &[]);
        let all = three_way(Merge { base: &trees[0], ours: &trees[1], theirs: &trees[2] });
        prop_assert_eq!(reconciliation.conflicts(), all.conflicts.as_slice());

        // Each conflict is settled for one of the sides.
        let mut wanted = trees[2].clone();
        apply(&mut wanted, &all.changes).unwrap();
        for conflict in &all.conflicts {
            let side = if rng.r#gen() { Side::Ours } else { Side::Theirs };
            prop_assert!(reconciliation.settle(&conflict.path, side).unwrap());
            let from = match side { Side::Ours => &trees[1], Side::Theirs => &trees[2] };
            let change = vault::merge::Change { path: conflict.path.clone(), to: from.get(conflict.path.steps()).cloned() };
            apply(&mut wanted, &[change]).unwrap();
        }
        prop_assert_eq!(reconciliation.conflicts(), &[]);
        let Some(merged) = team.finished(reconciliation, texts) else { return Ok(()) };
        let plain = team.plain(&merged);
        prop_assert_eq!(sorted(&root(&plain)), sorted(&wanted), "{}", plain);

        // No comment of either side is lost, and one data key means that no ciphertext is made anew without need.
        let old: HashSet<_> = comments_of(&team.plain(&base)).into_iter().collect();
        let now: HashSet<_> = comments_of(&plain).into_iter().collect();
        for text in [&ours, &theirs] {
            let lost: Vec<_> = comments_of(&team.plain(text)).into_iter().filter(|comment| !old.contains(comment) && !now.contains(comment)).collect();
            prop_assert_eq!(lost, Vec::<String>::new());
        }
        let known: HashSet<&str> = texts.iter().flat_map(|text| ciphertexts(text)).collect();
        let nonces: HashSet<&str> = known.iter().map(|sealed| nonce(sealed)).collect();
        for sealed in ciphertexts(&merged) {
            prop_assert!(known.contains(sealed) || !nonces.contains(nonce(sealed)), "a nonce for two texts");
        }
    }

    #[test]
    fn a_side_that_changed_nothing_leaves_the_other_as_it_is(seed: u64) {
        let mut rng = StdRng::seed_from_u64(seed);
        let team = Team::new();
        let Some(base) = team.create(&sample(seed, RICH).text) else { return Ok(()) };
        let Some(edited) = team.edited(&base, &mut rng) else { return Ok(()) };
        // Sealed again at another time: other bytes that say the same.
        let again = team.seal(team.opened(&base)).unwrap();
        for texts in [[&base, &again, &edited], [&base, &edited, &again], [&base, &edited, &edited]] {
            let texts = texts.map(String::as_str);
            let merged = team.finished(team.reconciled(texts), texts).unwrap();
            prop_assert_eq!(team.plain(&merged), team.plain(&edited));
            prop_assert_eq!(ciphertexts(&merged), ciphertexts(&edited));
        }
    }

    #[test]
    fn different_data_keys_make_a_fresh_one_and_nobody_reads_who_is_not_in_the_newer_policy(seed: u64) {
        let mut rng = StdRng::seed_from_u64(seed);
        let team = Team::new();
        let Some(base) = team.create(&sample(seed, RICH).text) else { return Ok(()) };
        let remove = Change { remove: BTreeSet::from([name("bob")]), ..Change::default() };
        let ours = team.amended(&base, remove);
        let Some(theirs) = team.edited(&base, &mut rng) else { return Ok(()) };
        for texts in [[&base, &ours, &theirs], [&base, &theirs, &ours]] {
            let texts = texts.map(String::as_str);
            let reconciliation = team.reconciled(texts);
            prop_assert_eq!(reconciliation.standing().objections(), &[]);
            prop_assert_eq!(reconciliation.conflicts(), &[]);
            let Some(merged) = team.finished(reconciliation, texts) else { continue };
            prop_assert_eq!(readers(&merged), readers(&ours));
            prop_assert_eq!(team.plain(&merged), team.plain(&theirs));
            if merged != ours {
                let opened = team.opened(&merged);
                prop_assert!(!opened.shares_key_with(&team.opened(&theirs)), "the removed reader has that one");
                prop_assert!(!opened.shares_key_with(&team.opened(&ours)) || merged == ours);
            }
            let bob = team.verified(&merged).data_key(std::slice::from_ref(&team.bob)).unwrap();
            prop_assert!(bob.is_none());
        }
    }

    #[test]
    fn a_file_is_byte_for_byte_what_it_was_when_its_mark_is_taken_out(seed: u64) {
        let team = Team::new();
        let Some(file) = team.create(&sample(seed, RICH).text) else { return Ok(()) };
        let mark = Mark::new("0123456789abcdef0123456789abcdef01234567").unwrap();
        let marked = mark.put(file.as_bytes()).unwrap();
        prop_assert!(Sealed::parse(marked.as_bytes()).is_err());
        let back = Mark::split(marked.as_bytes()).unwrap().unwrap();
        prop_assert_eq!(&*back.ours, &file);
        prop_assert_eq!(back.mark, mark);
        prop_assert!(Mark::split(file.as_bytes()).unwrap().is_none());
    }
}

const PLAIN: &str = "A: one\nB: two\n";

fn add(who: &str, identity: &Identity) -> Change {
    Change {
        add: BTreeMap::from([(name(who), identity.member())]),
        ..Change::default()
    }
}

#[test]
fn members_added_on_both_sides_are_joined_by_a_writer_who_was_asked() {
    let team = Team::new();
    let base = team.create(PLAIN).unwrap();
    let (carol, dave) = (Identity::generate(), Identity::generate());
    let ours = team.amended(&base, add("carol", &carol));
    let theirs = team.amended(&base, add("dave", &dave));
    let texts = [base.as_str(), ours.as_str(), theirs.as_str()];
    let reconciliation = team.reconciled(texts);
    assert_eq!(
        reconciliation.standing().objections(),
        [Objection::Diverged]
    );
    let merged = team.finished(reconciliation, texts).unwrap();
    let names: Vec<String> = team
        .verified(&merged)
        .policy()
        .unwrap()
        .members()
        .map(|(name, _)| name.to_string())
        .collect();
    assert_eq!(names, ["alice", "bob", "carol", "dave"]);
    for identity in [&team.bob, &carol, &dave] {
        let key = team
            .verified(&merged)
            .data_key(std::slice::from_ref(identity));
        assert!(key.unwrap().is_some());
    }
    // Nobody left: the data key stays.
    assert!(team.opened(&merged).shares_key_with(&team.opened(&base)));
}

#[test]
fn whoever_one_side_removed_does_not_read_what_comes_of_a_join() {
    let team = Team::new();
    let base = team.create(PLAIN).unwrap();
    let carol = Identity::generate();
    let ours = team.amended(&base, add("carol", &carol));
    let theirs = team.amended(
        &base,
        Change {
            remove: BTreeSet::from([name("bob")]),
            ..Change::default()
        },
    );
    for texts in [[&base, &ours, &theirs], [&base, &theirs, &ours]] {
        let texts = texts.map(String::as_str);
        let merged = team.finished(team.reconciled(texts), texts).unwrap();
        let key = |identity: &Identity| {
            team.verified(&merged)
                .data_key(std::slice::from_ref(identity))
                .unwrap()
        };
        assert!(key(&team.bob).is_none());
        assert!(key(&carol).is_some());
        for old in texts {
            assert!(!team.opened(&merged).shares_key_with(&team.opened(old)));
        }
    }
}

#[test]
fn a_removal_that_would_be_undone_and_a_signer_who_has_left_are_told() {
    let team = Team::new();
    let first = team.create(PLAIN).unwrap();
    let base = team.amended(
        &first,
        Change {
            remove: BTreeSet::from([name("bob")]),
            ..Change::default()
        },
    );
    let ours = team.written(&base, "A: ours\nB: two\n").unwrap();
    let bob = std::slice::from_ref(&team.bob);
    let verified = team.verified(&first);
    let key = verified.data_key(bob).unwrap().unwrap();
    let mut opened = verified.open(key).unwrap();
    opened.revise(&parse("A: one\nB: bob was here\n")).unwrap();
    let members = team.members();
    let signer = Signer::among(bob, &members).unwrap();
    let theirs = opened
        .seal(Some(&signer), LATER)
        .unwrap()
        .text()
        .to_string();
    assert_eq!(
        team.standing([&base, &ours, &theirs]).objections(),
        [
            Objection::Undone {
                side: Side::Theirs,
                lost: vec![name("bob")]
            },
            Objection::SignerLeft {
                side: Side::Theirs,
                name: name("bob")
            },
        ]
    );
}

#[test]
fn a_file_that_was_made_twice_has_two_logs() {
    let team = Team::new();
    let (ours, theirs) = (
        team.create(PLAIN).unwrap(),
        Team::new().create("C: three\n").unwrap(),
    );
    let [ours, theirs] = [team.verified(&ours), team.verified(&theirs)];
    let standing = Standing::of(&Versions {
        base: Base::Nothing,
        ours: &ours,
        theirs: &theirs,
    });
    let unknown = Objection::SignerLeft {
        side: Side::Theirs,
        name: name("alice"),
    };
    assert_eq!(standing.objections(), [Objection::Apart, unknown]);
    assert_eq!(standing.carrier(), Side::Ours);
}

#[test]
fn where_nobody_knows_the_base_every_difference_is_a_conflict() {
    let team = Team::new();
    let base = team.create("A: one\nB: two\nM:\n    C: null\n").unwrap();
    let ours = team.written(&base, "A: one\nM:\n    C: null\n    D: true\n");
    let ours = ours.unwrap();
    let theirs = team.written(&base, "A: one\nB: two\nM:\n    C: true\n");
    let theirs = theirs.unwrap();
    let [one, other] = [&ours, &theirs].map(|text| team.verified(text));
    let standing = Standing::of(&Versions {
        base: Base::Unknown,
        ours: &one,
        theirs: &other,
    });
    let versions = Versions {
        base: Base::Unknown,
        ours: team.opened(&ours),
        theirs: team.opened(&theirs),
    };
    let reconciliation = Reconciliation::new(standing, versions).unwrap();
    let paths = reconciliation.conflicts().iter();
    let paths: Vec<String> = paths.map(|conflict| conflict.path.to_string()).collect();
    assert_eq!(paths, ["M.C", "M.D", "B"]);
}

#[test]
fn what_a_person_has_typed_is_what_the_file_holds() {
    let team = Team::new();
    let base = team.create("A: one # first\nB: two\n").unwrap();
    let ours = team.written(&base, "A: ours # first\nB: two\n").unwrap();
    let theirs = team
        .written(&base, "A: theirs # first\nB: other\n")
        .unwrap();
    let texts = [base.as_str(), ours.as_str(), theirs.as_str()];
    let mut reconciliation = team.reconciled(texts);
    let shown = reconciliation.shown();
    assert_eq!(
        shown.expose_secret(),
        "\
#|theirs> `A` was changed on both sides to different values; there:
#|theirs>   A: theirs # first
#|theirs> keep what follows or write theirs, and remove these lines
A: ours # first
B: other
"
    );
    let typed = Document::parse("A: both # first\nB: other\n").unwrap();
    reconciliation.check(&typed).unwrap();
    reconciliation.take(typed);
    let merged = team.finished(reconciliation, texts).unwrap();
    assert_eq!(team.plain(&merged), "A: both # first\nB: other\n");
    // What they changed alone is their ciphertext.
    let of_b = |text: &str| {
        ciphertexts(text)
            .into_iter()
            .map(str::to_owned)
            .find(|sealed| text.contains(&format!("B: {sealed}")))
    };
    assert_eq!(of_b(&merged), of_b(&theirs));
}
