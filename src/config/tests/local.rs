//! Local layers: where they stand, and what may not stand there.

use super::*;

#[test]
fn a_local_layer_stands_beside_its_environment_where_it_is_allowed() {
    let config = Config::parse(&with(
        "    dev: { recipients: [team], local: true }
    a/b: { recipients: [team], local: true, file: deploy/b.secrets.yml }
    prod: { recipients: [team], local: false }
    other: { recipients: [team] }
",
    ))
    .unwrap();
    let local = |name: &str| {
        let local = config.environment(&env(name)).unwrap().local()?;
        Some((local.name().to_string(), local.file().to_string()))
    };
    let is_at = |name: &str, file: &str| Some((name.to_owned(), file.to_owned()));
    assert_eq!(local("dev"), is_at("dev.local", "secrets/dev.local.yaml"));
    assert_eq!(
        local("a/b"),
        is_at("a/b.local", "deploy/b.secrets.local.yml")
    );
    assert_eq!(local("prod"), None);
    assert_eq!(local("other"), None);
}

#[test]
fn a_local_layer_is_of_one_person_and_signed() {
    let text = with(
        "    dev: { recipients: [ci], signed: false, extends: x, local: true }\n    x: { recipients: [ci], signed: false }\n",
    );
    let config = Config::parse(&text).unwrap();
    let member = config.member(&name("dave")).unwrap();
    let local = config.environment(&env("dev")).unwrap().local().unwrap();
    let own = local.environment(name("dave"), member.clone());
    assert_eq!(own.name(), &env("dev.local"));
    assert_eq!(own.file(), local.file());
    assert_eq!(own.readers().len(), 1);
    assert_eq!(own.writers().count(), 1);
    assert!(own.is_signed() && own.extends().is_empty() && own.local().is_none());
}

#[test]
fn no_environment_has_the_name_or_the_file_of_a_local_layer() {
    let text = with(
        "    dev: { recipients: [ci], local: true }
    Dev.Local: { recipients: [ci], file: x.yaml }
    a: { recipients: [ci], local: true }
    b: { recipients: [ci], file: SECRETS/a.local.yaml }
    c: { recipients: [ci], local: true }
    d: { recipients: [ci], file: secrets/c.local.yaml/d.yaml }
    e: { recipients: [ci] }
    e.local: { recipients: [ci] }
",
    );
    assert_eq!(
        findings(&text),
        [
            "9:37: `Dev.Local` is the name of what is local to `dev`, and of an environment | rename that environment, or remove `local: true`",
            "11:35: `secrets/a.local.yaml` is for what is local to `a`, and belongs to `b` | move that file with `file:`, or remove `local: true`",
            "13:35: `secrets/c.local.yaml` is for what is local to `c`, and belongs to `d` | move that file with `file:`, or remove `local: true`",
        ]
    );
}

#[test]
fn a_local_layer_needs_room_for_its_name_and_a_word_that_says_so() {
    let long = "n".repeat(60);
    let text = with(&format!(
        "    {long}: {{ recipients: [ci], local: true }}\n    dev: {{ recipients: [ci], local: yes }}\n    prod: {{ recipients: [ci], local: }}\n"
    ));
    assert_eq!(
        findings(&text),
        [
            format!(
                "9:94: the name or the path of `{long}` is too long for a local layer | shorten it, or remove `local: true`"
            ),
            "10:37: `local` is true or false | see `.vault.example.yaml`".to_owned(),
            "11:37: `local` is true or false | see `.vault.example.yaml`".to_owned(),
        ]
    );
}
