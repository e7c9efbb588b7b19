use std::{collections::BTreeSet, fmt::Write as _};

use proptest::prelude::*;

use super::*;
use crate::keys::samples::{ALICE_AGE, BOB_AGE, DAVE_LINE, ERIN_LINE};

const PEOPLE: [(&str, &str); 4] = [
    ("alice", ALICE_AGE),
    ("bob", BOB_AGE),
    ("dave", DAVE_LINE),
    ("erin", ERIN_LINE),
];

/// A config of these people, and the rest as it is given.
fn config(people: &[&str], rest: &str) -> String {
    let mut text = "version: 1\nrecipients:\n".to_owned();
    for (name, line) in PEOPLE.iter().filter(|(name, _)| people.contains(name)) {
        let _ = writeln!(text, "  {name}: {line}");
    }
    text + rest
}

fn merge(base: &str, ours: &str, theirs: &str) -> Merged {
    merged(Sides { base, ours, theirs })
}

fn clean(base: &str, ours: &str, theirs: &str) -> String {
    match merge(base, ours, theirs) {
        Merged::Clean(text) => text,
        other => panic!("{other:?}"),
    }
}

fn contradiction(base: &str, ours: &str, theirs: &str) -> Contradiction {
    match merge(base, ours, theirs) {
        Merged::Conflicts(contradiction) => contradiction,
        other => panic!("{other:?}"),
    }
}

fn told(base: &str, ours: &str, theirs: &str) -> Vec<String> {
    let found = contradiction(base, ours, theirs).conflicts;
    found.iter().map(ToString::to_string).collect()
}

const ALL: [&str; 4] = ["alice", "bob", "dave", "erin"];

fn of_all(rest: &str) -> String {
    config(&ALL, rest)
}

#[test]
fn keys_of_both_sides_come_together_with_their_comments() {
    let base = config(
        &["alice"],
        "# where\nenvironments:\n  # work\n  dev: { recipients: [alice] }\n",
    );
    let ours = config(
        &["alice", "bob"],
        "# where\nenvironments:\n  # work\n  dev: { recipients: [alice] }\n  # ours\n  qa: { recipients: [bob] }\n",
    );
    let theirs = config(
        &["alice", "dave"],
        "# where\nenvironments:\n  # work\n  dev: { recipients: [alice] } # mine\n  # theirs\n  prod: { recipients: [dave] }\n",
    );
    assert_eq!(
        clean(&base, &ours, &theirs),
        config(
            &["alice", "bob", "dave"],
            "# where
environments:
  # work
  dev: { recipients: [alice] } # mine
  # ours
  qa: { recipients: [bob] }
  # theirs
  prod: { recipients: [dave] }
"
        )
    );
}

#[test]
fn who_has_left_is_written_anew_where_one_side_has_emptied_the_list() {
    let text = |former: &str| {
        let dev = "environments:\n  dev: { recipients: [alice, bob] }\n";
        config(&["alice", "bob"], &format!("{dev}former:{former}"))
    };
    let left =
        |name: &str, line: &str| format!("\n  {name}: {{ key: {line}, removed: 2026-11-29 }}");
    let (dave, erin) = (left("dave", DAVE_LINE), left("erin", ERIN_LINE));
    let base = text(&format!("{dave}\n"));
    let merged = clean(&base, &text(" {}\n"), &text(&format!("{dave}{erin}\n")));
    assert!(merged.contains("removed: 2026-11-29\n"), "{merged}");
    assert!(
        merged.contains("erin:") && !merged.contains("dave:"),
        "{merged}"
    );
}

#[test]
fn who_leaves_is_listed_where_the_other_side_has_taken_the_last_one_out_of_the_list() {
    let dev = "environments:\n  dev: { recipients: [alice, bob] }\n";
    let people = |former: &str| config(&["alice", "bob"], &format!("{dev}{former}"));
    let left =
        |name: &str, line: &str| format!("  {name}: {{ key: {line}, removed: 2026-11-29 }}\n");
    let (dave, erin) = (left("dave", DAVE_LINE), left("erin", ERIN_LINE));
    let base = people(&format!("former:\n{dave}"));
    let more = people(&format!("former:\n{dave}{erin}"));
    for (ours, theirs) in [(&people(""), &more), (&more, &people(""))] {
        let merged = clean(&base, ours, theirs);
        let former = Config::parse(&merged).expect("a config").former().clone();
        let names: Vec<&str> = former.keys().map(|name| name.as_str()).collect();
        assert_eq!(names, ["erin"], "{merged}");
    }
}

#[test]
fn lists_of_names_are_sets_in_which_a_removal_wins() {
    let text = |team: &str, dev: &str, writers: &str| {
        of_all(&format!(
            "groups:\n  team: {team}\nenvironments:\n  dev: {{ recipients: {dev}, writers: {writers} }}\n"
        ))
    };
    let base = text("[alice, bob]", "[alice, bob]", "[alice, bob]");
    let ours = text("[alice]", "[alice, bob, dave]", "[bob]");
    let theirs = text("[alice, bob, erin]", "[bob, erin]", "[bob, erin]");
    assert_eq!(
        clean(&base, &ours, &theirs),
        text("[alice, erin]", "[bob, dave, erin]", "[bob, erin]")
    );
    let in_lines =
        |text: &str| text.replacen("[alice, bob]", "\n    - alice # first\n    - bob", 1);
    let (base, ours) = (in_lines(&base), in_lines(&ours));
    let merged = clean(&base, &ours, &theirs);
    assert!(Config::parse(&merged).is_ok(), "{merged}");
}

#[test]
fn whoever_one_side_took_out_of_the_vault_is_out_of_every_list() {
    let rest = |team: &str| {
        format!("groups:\n  team: {team}\nenvironments:\n  dev: {{ recipients: [alice, team] }}\n")
    };
    let base = config(&["alice", "bob"], &rest("[alice]"));
    let ours = config(&["alice"], &rest("[alice]"));
    let theirs = config(&["alice", "bob"], &rest("[alice, bob]"));
    let expected = config(&["alice"], &rest("[alice]"));
    assert_eq!(clean(&base, &ours, &theirs), expected);
    assert_eq!(clean(&base, &theirs, &ours), expected);
    let changed = theirs.replace(BOB_AGE, &format!("{BOB_AGE} reads-only"));
    assert_eq!(clean(&base, &ours, &changed), expected);
    assert_eq!(clean(&base, &changed, &ours), expected);
}

#[test]
fn an_environment_that_would_be_left_without_readers_is_somebody_s_to_decide() {
    let base = config(
        &["alice", "bob"],
        "environments:\n  dev: { recipients: [alice] }\n",
    );
    let ours = config(
        &["alice"],
        "environments:\n  dev: { recipients: [alice] }\n",
    );
    let theirs = format!("{base}  qa: {{ recipients: [bob] }}\n");
    let Merged::Invalid { text, error } = merge(&base, &ours, &theirs) else {
        panic!("nobody reads qa")
    };
    assert!(matches!(error.problem, Problem::NoReaders(_)), "{error}");
    assert!(text.contains("qa: { recipients: [] }"), "{text}");
}

#[test]
fn an_environment_that_one_side_removed_is_gone_where_the_other_only_lost_names() {
    let rest = |qa: &str| format!("environments:\n  dev: {{ recipients: [alice] }}\n{qa}");
    let base = of_all(&rest("  qa: { recipients: [alice, bob] }\n"));
    let fewer = of_all(&rest("  qa: { recipients: [alice] }\n"));
    let gone = of_all(&rest(""));
    assert_eq!(clean(&base, &gone, &fewer), gone);
    assert_eq!(clean(&base, &fewer, &gone), gone);
    let more = of_all(&rest("  qa: { recipients: [alice, bob, dave] }\n"));
    assert_eq!(
        told(&base, &gone, &more),
        ["`environments.qa` was removed here, changed there"]
    );
}

#[test]
fn what_both_changed_differently_differs_in_the_three_texts_and_nothing_else_does() {
    let text = |file: &str, team: &str| {
        of_all(&format!(
            "groups:\n  team: {team}\nenvironments:\n  dev:\n    # where\n    file: {file}\n    recipients: [team]\n"
        ))
    };
    let found = contradiction(
        &text("a.yaml", "[alice]"),
        &text("b.yaml", "[alice, bob]"),
        &text("c.yaml", "[dave]"),
    );
    assert_eq!(found.conflicts.len(), 1);
    assert_eq!(
        [found.base, found.ours, found.theirs],
        ["a", "b", "c"].map(|file| text(&format!("{file}.yaml"), "[bob, dave]"))
    );
}

#[test]
fn contradictions_are_told_by_key() {
    let text = |first: &str, second: &str| {
        of_all(&format!(
            "environments:\n  dev: {{ recipients: [alice]{first} }}\n  prod: {{ recipients: [alice, bob]{second} }}\n"
        ))
    };
    let base = text("", "");
    assert_eq!(
        told(
            &base,
            &text("", ", writers: [alice]"),
            &text("", ", writers: [bob]")
        ),
        ["`environments.prod.writers` was added on both sides with different values"]
    );
    let narrowed = text("", ", writers: [alice]");
    assert_eq!(
        told(&narrowed, &base, &text("", ", writers: [bob]")),
        ["`environments.prod.writers` was removed here, changed there"]
    );
    let extended = |layers: &str| text("", &format!(", extends: {layers}"));
    assert_eq!(
        told(&base, &extended("dev"), &extended("[dev]")),
        ["`environments.prod.extends` was added on both sides with different values"]
    );
    let id = |digit: &str| format!("repository: {}\n{base}", digit.repeat(32));
    assert_eq!(
        told(&base, &id("a"), &id("b")),
        ["`repository` was added on both sides with different values"]
    );
    assert_eq!(clean("", &base, &narrowed), narrowed);
}

/// What comes of a contradiction at `environments.prod.KEY` where somebody decides for each side.
fn decided(base: &str, ours: &str, theirs: &str, key: &str) -> [Merged; 2] {
    let at = [format!("environments.prod{key}").parse().unwrap()];
    let sides = Sides { base, ours, theirs };
    let one = |ours, theirs| merged_as(sides, Decided { ours, theirs });
    [one(&at, &[]), one(&[], &at)]
}

#[test]
fn what_somebody_decides_is_none_of_the_contradictions_any_more() {
    let text = |team: &str, second: &str| {
        of_all(&format!(
            "groups:\n  team: {team}\nenvironments:\n  dev: {{ recipients: [alice] }}\n  prod:\n    recipients: [alice, bob]\n{second}"
        ))
    };
    let writers = |names: &str| format!("    # few\n    writers: {names}\n");
    let base = text("[alice]", "");
    let ours = text("[alice, bob]", &writers("[alice]"));
    let theirs = text("[alice, dave]", &writers("[bob]"));
    let both = |names: &str| Merged::Clean(text("[alice, bob, dave]", &writers(names)));
    assert_eq!(
        decided(&base, &ours, &theirs, ".writers"),
        [both("[alice]"), both("[bob]")]
    );
    // A place that is in no contradiction changes nothing.
    let [other, _] = decided(&base, &ours, &theirs, ".file");
    assert_eq!(other, merge(&base, &ours, &theirs));
    // One side made it wide again: who decides may want that.
    let narrow = text(
        "[alice]",
        &writers("[alice, bob, dave]").replace(", dave", ""),
    );
    let wide = text("[alice, bob]", "");
    let less = text("[alice, dave]", &writers("[bob]"));
    let [kept, taken] = decided(&narrow, &wide, &less, ".writers");
    assert_eq!(kept, Merged::Clean(text("[alice, bob, dave]", "")));
    let Merged::Clean(taken) = taken else {
        panic!("{taken:?}")
    };
    assert!(taken.contains("writers: [bob]"), "{taken}");
}

#[test]
fn whoever_left_the_vault_stays_out_of_what_somebody_decides() {
    let rest = |more: &str| format!("environments:\n  dev: {{ recipients: [alice] }}\n{more}");
    let prod =
        |names: &str, file: &str| format!("  prod: {{ recipients: {names}, file: {file} }}\n");
    let base = of_all(&rest(&prod("[alice, bob]", "a.yaml")));
    let ours = config(&["alice", "dave", "erin"], &rest(""));
    let theirs = of_all(&rest(&prod("[alice, bob, dave]", "b.yaml")));
    let [gone, back] = decided(&base, &ours, &theirs, "");
    assert_eq!(gone, Merged::Clean(ours.clone()));
    let Merged::Clean(back) = back else {
        panic!("{back:?}")
    };
    assert!(
        back.contains("recipients: [alice, dave], file: b.yaml"),
        "{back}"
    );
    assert!(!back.contains("bob"), "{back}");
}

#[test]
fn somebody_removed_on_both_sides_left_on_the_earlier_day() {
    let rest = "environments:\n  dev: { recipients: [alice] }\n";
    let left = |day: &str, pending: &str| {
        format!("{rest}former:\n  bob: {{ key: {BOB_AGE}, removed: {day}{pending} }}\n")
    };
    let base = config(&["alice", "bob"], rest);
    let ours = config(&["alice"], &left("2026-11-22", ", pending: [dev]"));
    let theirs = config(&["alice"], &left("2026-11-21", ", pending: [dev]"));
    assert_eq!(clean(&base, &ours, &theirs), theirs);
    assert_eq!(clean(&base, &theirs, &ours), theirs);
    let one = |pending: &str| config(&["alice"], &left("2026-11-21", pending));
    let all = one(", pending: [dev, qa]");
    assert_eq!(
        clean(&all, &one(", pending: [dev]"), &one(", pending: [qa]")),
        one("")
    );
}

#[test]
fn what_is_no_config_is_told_with_its_side() {
    let base = of_all("environments:\n  dev: { recipients: [alice] }\n");
    let broken = base.replace("recipients: [alice]", "recipientz: [alice]");
    let side = |merged: Merged| match merged {
        Merged::Unread { side, .. } => side,
        other => panic!("{other:?}"),
    };
    assert_eq!(side(merge(&broken, &base, &base)), Side::Base);
    assert_eq!(side(merge(&base, &broken, &base)), Side::Ours);
    assert_eq!(side(merge(&base, &base, &broken)), Side::Theirs);
}

/// What stands in a config, without its text.
#[derive(Clone, Debug)]
struct Model {
    people: BTreeSet<&'static str>,
    team: Option<BTreeSet<&'static str>>,
    environments: [Option<Access>; 3],
}

#[derive(Clone, Debug)]
struct Access {
    recipients: BTreeSet<&'static str>,
    writers: Option<BTreeSet<&'static str>>,
    in_lines: bool,
}

impl Model {
    fn text(&self) -> String {
        let people: Vec<&str> = self.people.iter().copied().collect();
        let mut text = config(&people, "");
        let list = |names: &BTreeSet<&str>| {
            let names: Vec<&str> = names.iter().copied().collect();
            format!("[{}]", names.join(", "))
        };
        if let Some(team) = &self.team {
            let _ = writeln!(text, "groups:\n  # all\n  team: {}", list(team));
        }
        text.push_str("environments:\n  base: { recipients: [alice] }\n");
        for (name, access) in ["dev", "qa", "prod"].iter().zip(&self.environments) {
            let Some(access) = access else { continue };
            let _ = match access.in_lines {
                true => write!(
                    text,
                    "  {name}:\n    recipients: {}",
                    list(&access.recipients)
                ),
                false => write!(
                    text,
                    "  {name}: {{ recipients: {}",
                    list(&access.recipients)
                ),
            };
            let writers = access.writers.as_ref().map(list);
            let _ = match (writers, access.in_lines) {
                (Some(writers), true) => write!(text, "\n    writers: {writers} # few\n"),
                (Some(writers), false) => writeln!(text, ", writers: {writers} }}"),
                (None, true) => writeln!(text),
                (None, false) => writeln!(text, " }}"),
            };
        }
        text
    }
}

fn some_of(names: Vec<&'static str>) -> BoxedStrategy<BTreeSet<&'static str>> {
    let most = names.len();
    let some = prop::sample::subsequence(names, 0..=most);
    some.prop_map(|names| names.into_iter().collect()).boxed()
}

fn access(names: Vec<&'static str>) -> BoxedStrategy<Access> {
    let recipients = some_of(names).prop_map(|mut names| {
        names.insert("alice");
        names
    });
    recipients
        .prop_flat_map(|recipients| {
            let writers = prop::option::of(some_of(recipients.iter().copied().collect()));
            (Just(recipients), writers, any::<bool>()).prop_map(
                |(recipients, writers, in_lines)| Access {
                    recipients,
                    writers,
                    in_lines,
                },
            )
        })
        .boxed()
}

fn model() -> BoxedStrategy<Model> {
    let people = some_of(ALL.to_vec()).prop_map(|mut names| {
        names.insert("alice");
        names
    });
    people
        .prop_flat_map(|people| {
            let names: Vec<&str> = people.iter().copied().collect();
            let team = prop::option::of(some_of(names.clone()));
            (Just(people), team).prop_flat_map(move |(people, team)| {
                let mut names = names.clone();
                names.extend(team.is_some().then_some("team"));
                let one = || prop::option::weighted(0.8, access(names.clone())).boxed();
                (Just(people), Just(team), [one(), one(), one()]).prop_map(
                    |(people, team, environments)| Model {
                        people,
                        team,
                        environments,
                    },
                )
            })
        })
        .boxed()
}

/// The lists of a config by their place; the people are one of them.
fn sets(text: &str) -> Vec<(String, BTreeSet<String>)> {
    let config = Config::parse(text).unwrap();
    let set = |names: &[crate::value::Name]| names.iter().map(ToString::to_string).collect();
    let mut sets = vec![(
        "people".to_owned(),
        config.members().keys().map(ToString::to_string).collect(),
    )];
    for (group, names) in config.groups() {
        sets.push((group.to_string(), set(names)));
    }
    for environment in config.environments() {
        let name = environment.name();
        sets.push((format!("{name}.recipients"), set(environment.recipients())));
        if let Some(writers) = environment.narrowed() {
            sets.push((format!("{name}.writers"), set(writers)));
        }
    }
    sets
}

fn find(sets: &[(String, BTreeSet<String>)], place: &str) -> BTreeSet<String> {
    let found = sets.iter().find(|(name, _)| name == place);
    found.map(|(_, names)| names.clone()).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn who_changed_nothing_gets_the_other_side_byte_for_byte(base in model(), side in model()) {
        let (base, side) = (base.text(), side.text());
        prop_assert_eq!(merge(&base, &base, &side), Merged::Clean(side.clone()));
        prop_assert_eq!(merge(&base, &side, &base), Merged::Clean(side.clone()));
        prop_assert_eq!(merge(&base, &side, &side), Merged::Clean(side));
    }

    #[test]
    fn nobody_comes_from_nowhere_and_who_is_out_on_one_side_is_out(base in model(), ours in model(), theirs in model()) {
        let [base, ours, theirs] = [base, ours, theirs].map(|model| model.text());
        if let Merged::Clean(text) = merge(&base, &ours, &theirs) {
            let [base, ours, theirs] = [&base, &ours, &theirs].map(|text| sets(text));
            for (place, names) in sets(&text) {
                let [base, ours, theirs] = [&base, &ours, &theirs].map(|sets| find(sets, &place));
                for name in names {
                    prop_assert!(ours.contains(&name) || theirs.contains(&name), "{place}: {name}\n{text}");
                    let is_out = base.contains(&name) && !(ours.contains(&name) && theirs.contains(&name));
                    prop_assert!(!is_out, "{place}: {name}\n{text}");
                }
            }
        }
    }

    #[test]
    fn sides_can_be_swapped(base in model(), ours in model(), theirs in model()) {
        let [base, ours, theirs] = [base, ours, theirs].map(|model| model.text());
        let sorted = |merged: Merged| match merged {
            Merged::Clean(text) => {
                let mut sets = sets(&text);
                sets.sort();
                Some(sets)
            }
            _ => None,
        };
        prop_assert_eq!(sorted(merge(&base, &ours, &theirs)), sorted(merge(&base, &theirs, &ours)));
    }

    #[test]
    fn three_texts_of_a_contradiction_are_yaml_and_two_of_them_differ(base in model(), ours in model(), theirs in model()) {
        let [base, ours, theirs] = [base, ours, theirs].map(|model| model.text());
        if let Merged::Conflicts(found) = merge(&base, &ours, &theirs) {
            prop_assert!(!found.conflicts.is_empty());
            prop_assert_ne!(&found.ours, &found.theirs);
            for text in [&found.base, &found.ours, &found.theirs] {
                prop_assert!(Document::parse(text).is_ok(), "{text}");
            }
        }
    }
}
