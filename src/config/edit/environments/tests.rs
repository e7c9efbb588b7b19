//! Every byte that is not part of the change stays.

use super::*;
use crate::keys::samples::{ALICE_AGE, ALICE_SIGNS, BOB_AGE};

/// A config as people write them, with comments wherever they can stand.
fn config(environments: &str) -> String {
    format!(
        "# top\nversion: 1\ndefault: dev # here\n\nrecipients:\n    alice: {ALICE_AGE} {ALICE_SIGNS} # she\n    bob: {BOB_AGE}\ngroups:\n    team: [alice, bob]\n{environments}"
    )
}

const ENVIRONMENTS: &str = "# all\nenvironments:\n    # shared\n    common: {recipients: [team]}\n    # for us\n    dev:\n        extends: common   # below\n        recipients: [team] # all\n\n    # live\n    prod:\n        # two\n        extends: [common, dev]\n        recipients: [alice]\n        file: deploy/prod.yaml\n# end\n";

fn name(text: &str) -> EnvName {
    text.parse().unwrap()
}

fn new(text: &str) -> NewEnvironment {
    NewEnvironment {
        name: name(text),
        recipients: vec!["alice".parse().unwrap()],
        writers: None,
        extends: Vec::new(),
        file: None,
        signed: true,
        local: false,
    }
}

/// The one place in which two texts differ: what stood there, and what stands there now.
fn difference<'t>(before: &'t str, after: &'t str) -> (&'t str, &'t str) {
    let same = |(one, other): &(char, char)| one == other;
    let head: usize = before
        .chars()
        .zip(after.chars())
        .take_while(same)
        .map(|(c, _)| c.len_utf8())
        .sum();
    let (before, after) = (&before[head..], &after[head..]);
    let tail: usize = before
        .chars()
        .rev()
        .zip(after.chars().rev())
        .take_while(same)
        .map(|(c, _)| c.len_utf8())
        .sum();
    (&before[..before.len() - tail], &after[..after.len() - tail])
}

#[test]
fn a_new_environment_stands_behind_the_others_and_nothing_else_changes() {
    let text = config(ENVIRONMENTS);
    let full = NewEnvironment {
        writers: Some(vec!["alice".parse().unwrap()]),
        recipients: vec!["team".parse().unwrap()],
        extends: vec![name("common"), name("dev")],
        file: Some("x/y.yaml".parse().unwrap()),
        ..new("eu/prod")
    };
    let after = with_environment(&text, &full).unwrap();
    assert_eq!(
        difference(&text, &after),
        (
            "",
            "    eu/prod:\n        recipients: [team]\n        writers: [alice]\n        extends: [common, dev]\n        file: x/y.yaml\n"
        )
    );
    assert!(after.ends_with("file: x/y.yaml\n# end\n"));
}

#[test]
fn a_new_environment_fits_into_every_form_of_a_config() {
    for (before, after) in [
        (
            "environments:\n",
            "environments:\n    e:\n        recipients: [alice]\n",
        ),
        (
            "environments: {}\n",
            "environments:\n    e:\n        recipients: [alice]\n",
        ),
        (
            "environments: {} # none\n",
            "environments: # none\n    e:\n        recipients: [alice]\n",
        ),
        ("", "environments:\n    e:\n        recipients: [alice]\n"),
        (
            "environments:\n  d:\n    recipients: [bob]\n    signed: false",
            "environments:\n  d:\n    recipients: [bob]\n    signed: false\n  e:\n      recipients: [alice]",
        ),
        (
            "environments: {d: {recipients: [alice]}}\n",
            "environments: {d: {recipients: [alice]}, e: {recipients: [alice]}}\n",
        ),
    ] {
        let (before, after) = (
            config(before).replace("default: dev # here\n", ""),
            config(after).replace("default: dev # here\n", ""),
        );
        assert_eq!(with_environment(&before, &new("e")).unwrap(), after);
        let windows = before.replace('\n', "\r\n");
        let edited = with_environment(&windows, &new("e")).unwrap();
        assert_eq!(edited, after.replace('\n', "\r\n"));
        let marked = format!("\u{feff}{before}");
        let edited = with_environment(&marked, &new("e")).unwrap();
        assert_eq!(edited, format!("\u{feff}{after}"));
    }
}

#[test]
fn what_the_config_would_refuse_is_not_written() {
    let text = config(ENVIRONMENTS);
    for (new, problem) in [
        (new("Dev"), "the name `Dev` is taken by `dev`"),
        (
            NewEnvironment {
                recipients: vec!["eve".parse().unwrap()],
                ..new("e")
            },
            "there is no recipient `eve`",
        ),
        (
            NewEnvironment {
                file: Some("deploy/PROD.yaml".parse().unwrap()),
                ..new("e")
            },
            "`deploy/PROD.yaml` is the file of `prod` too",
        ),
        (
            NewEnvironment {
                extends: vec![name("nope")],
                ..new("e")
            },
            "there is no environment `nope`",
        ),
    ] {
        let error = with_environment(&text, &new).unwrap_err();
        assert_eq!(error.problem.to_string(), problem);
    }
}

#[test]
fn an_environment_goes_with_the_comments_above_it() {
    let text = config(ENVIRONMENTS);
    let after = without_environment(&text, &name("prod")).unwrap();
    assert_eq!(
        difference(&text, &after).0,
        "    # live\n    prod:\n        # two\n        extends: [common, dev]\n        recipients: [alice]\n        file: deploy/prod.yaml\n"
    );
    // What others need does not go.
    for needed in ["common", "dev"] {
        let error = without_environment(&text, &name(needed)).unwrap_err();
        assert!(matches!(error.problem, Problem::UnknownEnvironment(_)));
    }
    let alone = config("environments:\n    e: {recipients: [alice]} # one\n")
        .replace("default: dev # here\n", "");
    let empty = without_environment(&alone, &name("e")).unwrap();
    assert_eq!(Config::parse(&empty).unwrap().environments().len(), 0);
}

#[test]
fn another_name_is_written_wherever_the_old_one_stood() {
    let text = config(ENVIRONMENTS);
    let after = with_environment_renamed(&text, &name("dev"), &name("local/dev")).unwrap();
    let wanted = text
        .replace("default: dev # here", "default: local/dev # here")
        .replace("    dev:\n", "    local/dev:\n")
        .replace("[common, dev]", "[common, local/dev]");
    assert_eq!(after, wanted);
    let config = Config::parse(&after).unwrap();
    let file = |environment: &str| {
        let name = name(environment);
        config.environment(&name).unwrap().file().to_string()
    };
    assert_eq!(file("local/dev"), "secrets/local/dev.yaml");
    let after = with_environment_renamed(&text, &name("prod"), &name("live")).unwrap();
    let config = Config::parse(&after).unwrap();
    assert_eq!(
        config.environment(&name("live")).unwrap().file().as_str(),
        "deploy/prod.yaml"
    );
    assert!(names_file(&text, &name("prod")).unwrap());
    assert!(!names_file(&text, &name("dev")).unwrap());
}

#[test]
fn a_local_layer_goes_with_the_name_and_stands_in_the_way_of_none() {
    let text = config(
        "environments:\n    dev: {recipients: [alice], local: true}\n    prod: {recipients: [alice], local: true, file: x.yml}\n",
    );
    let local = |text: &str, environment: &str| {
        let config = Config::parse(text).unwrap();
        let local = config.environment(&name(environment)).unwrap().local();
        local.map(|local| (local.name().to_string(), local.file().to_string()))
    };
    let is = |name: &str, file: &str| Some((name.to_owned(), file.to_owned()));
    let after = with_environment_renamed(&text, &name("dev"), &name("test")).unwrap();
    assert_eq!(
        local(&after, "test"),
        is("test.local", "secrets/test.local.yaml")
    );
    let after = with_environment_renamed(&text, &name("prod"), &name("live")).unwrap();
    assert_eq!(local(&after, "live"), is("live.local", "x.local.yml"));
    assert!(with_environment_renamed(&text, &name("prod"), &name("dev.local")).is_err());
    assert!(with_environment(&text, &new("dev.local")).is_err());
}

#[test]
fn a_name_that_yaml_could_take_for_something_else_is_quoted() {
    let text = config(
        "environments:\n    'dev': {recipients: [alice]}\n    b: {extends: \"dev\", recipients: [alice]}\n",
    );
    let after = with_environment_renamed(&text, &name("dev"), &name("123")).unwrap();
    assert!(
        after.contains("    \"123\": {recipients: [alice]}\n    b: {extends: \"123\", recipients")
    );
    assert!(after.contains("default: \"123\" # here\n"));
}

#[test]
fn a_name_that_is_taken_is_not_given_again() {
    let text = config(ENVIRONMENTS);
    for taken in ["prod", "PROD"] {
        assert!(with_environment_renamed(&text, &name("dev"), &name(taken)).is_err());
    }
    // Only the spelling changes.
    let after = with_environment_renamed(&text, &name("dev"), &name("Dev")).unwrap();
    assert!(after.contains("default: Dev # here"));
}

proptest::proptest! {
    #[test]
    fn what_is_added_and_taken_out_again_leaves_every_byte(name in "[a-z0-9]{1,6}(/[a-z0-9]{1,4})?", crlf: bool, cut: bool, bom: bool) {
        let mut text = config(ENVIRONMENTS).replace("# end\n", "");
        if crlf { text = text.replace('\n', "\r\n"); }
        if cut { text.truncate(text.trim_end().len()); }
        if bom { text.insert(0, '\u{feff}'); }
        let new = new(&name);
        proptest::prop_assume!(with_environment(&text, &new).is_ok());
        let added = with_environment(&text, &new).unwrap();
        let gone = without_environment(&added, &new.name).unwrap();
        proptest::prop_assert_eq!(gone, text);
    }
}
