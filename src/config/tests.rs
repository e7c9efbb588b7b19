mod limits;
mod local;

use super::*;
use crate::{
    keys::samples::{ALICE_AGE, ALICE_SECRET, ALICE_SIGNS, BOB_AGE, DAVE_LINE, RSA_LINE},
    value::{Kind, NameError},
    yaml,
};

/// Three people, one group: what most tests begin with. Eight lines.
fn people() -> String {
    format!(
        "version: 1\n\
         recipients:\n    \
             alice: {ALICE_AGE} {ALICE_SIGNS}\n    \
             ci: {BOB_AGE}\n    \
             dave: {DAVE_LINE}\n\
         groups:\n    \
             team: [alice, dave]\n\
         environments:\n"
    )
}

fn with(environments: &str) -> String {
    people() + environments
}

fn env(name: &str) -> EnvName {
    name.parse().unwrap()
}

fn name(name: &str) -> Name {
    name.parse().unwrap()
}

/// Everything that is wrong, as `line:column: reason | hint`.
fn findings(text: &str) -> Vec<String> {
    let found = Config::parse_all(text).expect_err("it is wrong");
    let shown = |error: &ConfigError| format!("{error} | {}", error.hint());
    assert_eq!(Config::parse(text).unwrap_err(), found[0]);
    found.iter().map(shown).collect()
}

fn layer_names(config: &Config, name: &str) -> Vec<String> {
    let layers = config.layers(&env(name)).unwrap();
    layers
        .iter()
        .map(|layer| layer.name().to_string())
        .collect()
}

#[test]
fn a_config_says_who_reads_and_writes_what() {
    let text = format!(
        "version: 1
repository: 5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0
default: dev
recipients:
    alice: {ALICE_AGE} {ALICE_SIGNS}
    ci: {BOB_AGE}
    dave: {DAVE_LINE} dave@laptop
groups:
    team: [dave, alice]
environments:
    common: {{ recipients: [team, ci] }}
    dev: {{ extends: common, recipients: [alice, team] }}
    payments/prod:
        extends: [common]
        recipients: [team, ci]
        writers: [alice]
        file: deploy/prod.secrets.yaml
"
    );
    let config = Config::parse(&text).unwrap();
    assert_eq!(
        config.repository().unwrap().as_str(),
        "5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0"
    );
    assert_eq!(config.default_environment(), Some(&env("dev")));
    assert_eq!(config.member(&name("dave")).unwrap().to_string(), DAVE_LINE);
    assert_eq!(
        config.groups()[&name("team")],
        [name("dave"), name("alice")]
    );
    let names: Vec<String> = config
        .environments()
        .map(|e| e.name().to_string())
        .collect();
    assert_eq!(names, ["common", "dev", "payments/prod"]);

    let dev = config.environment(&env("dev")).unwrap();
    assert_eq!(dev.file().as_str(), "secrets/dev.yaml");
    assert_eq!(
        dev.readers().keys().map(Name::as_str).collect::<Vec<_>>(),
        ["alice", "dave"]
    );
    assert_eq!(dev.recipients(), [name("alice"), name("team")]);
    assert_eq!(dev.through(&name("alice")), [name("team")]);
    assert!(dev.is_signed());
    assert_eq!(layer_names(&config, "dev"), ["common", "dev"]);

    let prod = config.environment(&env("payments/prod")).unwrap();
    assert_eq!(prod.file().as_str(), "deploy/prod.secrets.yaml");
    assert_eq!(prod.extends(), [env("common")]);
    assert_eq!(prod.through(&name("ci")), []);
}

#[test]
fn writers_leave_the_others_to_read_only() {
    let text = with(
        "    prod: { recipients: [team, ci], writers: [alice] }\n    dev: { recipients: [team, ci] }\n",
    );
    let config = Config::parse(&text).unwrap();
    let lines = |name: &str| -> Vec<String> {
        let environment = config.environment(&env(name)).unwrap();
        environment
            .readers()
            .values()
            .map(ToString::to_string)
            .collect()
    };
    // A lone age key has nothing to be marked.
    let (alice, dave) = (
        format!("{ALICE_AGE} {ALICE_SIGNS}"),
        format!("{DAVE_LINE} reads-only"),
    );
    assert_eq!(lines("prod"), [alice.as_str(), BOB_AGE, &dave]);
    assert_eq!(lines("dev"), [alice.as_str(), BOB_AGE, DAVE_LINE]);
    let writers = |name: &str| -> Vec<String> {
        let environment = config.environment(&env(name)).unwrap();
        environment
            .writers()
            .map(|(name, _)| name.to_string())
            .collect()
    };
    assert_eq!(writers("prod"), ["alice"]);
    assert_eq!(writers("dev"), ["alice", "dave"]);
}

#[test]
fn an_environment_without_writers_is_possible() {
    for writers in ["", ", writers: []", ", writers: [ci]"] {
        let config = Config::parse(&with(&format!(
            "    prod: {{ recipients: [ci]{writers} }}\n"
        )))
        .unwrap();
        assert_eq!(
            config.environment(&env("prod")).unwrap().writers().count(),
            0
        );
    }
}

#[test]
fn empty_sections_are_as_good_as_none() {
    for text in [
        "version: 1\n",
        "version: 1\nrecipients:\ngroups:\nenvironments: # later\n",
    ] {
        let config = Config::parse(text).unwrap();
        assert_eq!(config.environments().len() + config.members().len(), 0);
    }
}

#[test]
fn names_that_look_like_something_else_are_names() {
    let text = format!(
        "version: 1\ndefault: \"123\"\nrecipients:\n    \"null\": {DAVE_LINE}\n    'no': {BOB_AGE}\n    \"1e3\": {ALICE_AGE}\n\
         groups:\n    \"2024-01-01\": [\"null\", \"no\"]\n\
         environments:\n    \"123\": {{ recipients: [\"2024-01-01\", \"1e3\"] }}\n    \"null\": {{ extends: \"123\", recipients: ['null'] }}\n"
    );
    let config = Config::parse(&text).unwrap();
    assert_eq!(config.environment(&env("123")).unwrap().readers().len(), 3);
    assert_eq!(layer_names(&config, "null"), ["123", "null"]);
}

#[test]
fn without_quotes_they_are_refused_with_what_to_do() {
    for (word, kind) in [
        ("123", "int"),
        ("null", "null"),
        ("1e3", "float"),
        ("2024-01-01", "time"),
        ("true", "bool"),
    ] {
        let text = with(&format!("    prod: {{ recipients: [{word}] }}\n"));
        let hint = if kind == "null" {
            "write a text, or remove the key"
        } else {
            "put it in double quotes"
        };
        assert_eq!(
            findings(&text),
            [format!(
                "9:26: this is read as {kind}, not as text | {hint}"
            )]
        );
        let text = with(&format!("    {word}: {{ recipients: [ci] }}\n"));
        assert_eq!(
            findings(&text),
            [format!(
                "9:5: a key that is not a string ({kind}) | put the key in double quotes"
            )]
        );
    }
}

#[test]
fn unknown_keys_are_refused_with_a_near_one() {
    let text = with("    prod: { recipient: [ci], recipients: [ci], signd: true }\n")
        + "secrets: {}\ntargets:\ncolour: red\n\"a\\n\\e[2J\": 1\n";
    assert_eq!(
        findings(&text),
        [
            "9:13: unknown key `recipient` in an environment | did you mean `recipients`?",
            "9:48: unknown key `signd` in an environment | did you mean `signed`?",
            "10:1: unknown key `secrets` at the top | this version of vault does not have `secrets`; remove it",
            "11:1: unknown key `targets` at the top | this version of vault does not have `targets`; remove it",
            "12:1: unknown key `colour` at the top | known here are version, repository, default, recipients, groups, environments, former",
            "13:1: unknown key `\"a\\u{a}\\u{1b}[2J\"` at the top | known here are version, repository, default, recipients, groups, environments, former",
        ]
    );
    let error = Config::parse(&format!("version: 1\n{}: 1\n", "k".repeat(200))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "2:1: unknown key of 200 characters at the top"
    );
}

#[test]
fn the_version_comes_first_of_all() {
    for (text, problem) in [
        ("", Problem::NoVersion),
        ("# nothing\n", Problem::NoVersion),
        ("recipients: {}\n", Problem::NoVersion),
        ("version: 2\nwhatever: new\n", Problem::NewerVersion),
        ("version: 0\n", Problem::BadVersion),
        ("version: -1\n", Problem::BadVersion),
        ("version: \"1\"\n", Problem::BadVersion),
        ("version: 1.0\n", Problem::BadVersion),
        ("version:\n", Problem::BadVersion),
        ("version: [1]\n", Problem::BadVersion),
        ("version: 18446744073709551615\n", Problem::BadVersion),
    ] {
        assert_eq!(Config::parse_all(text).unwrap_err().len(), 1);
        assert_eq!(
            Config::parse(text).unwrap_err().problem,
            problem,
            "{text:?}"
        );
    }
}

#[test]
fn a_malformed_repository_is_told_first_and_is_about_trust() {
    let upper = "5C0E6A1F9B7D4C2E8A3F10D2B4C6E8F0";
    for wrong in [upper, "", "5c0e", "[]", "12", "null"] {
        let text = format!("versio: 2\nversion: 1\nrepository: {wrong}\n");
        let found = Config::parse_all(&text).unwrap_err();
        assert_eq!(found[0].problem, Problem::Repository(RepositoryIdError));
        assert!(found[0].is_about_trust() && !found[1].is_about_trust());
        assert_eq!(found[0].place.unwrap().line, 3);
    }
}

#[test]
fn an_id_of_digits_alone_must_be_quoted() {
    let zeros = "0".repeat(32);
    let digits = "12345678".repeat(4);
    let exponent = "1".repeat(30) + "e1";
    for id in [zeros, digits, exponent] {
        let text = |id: &str| format!("version: 1\nrepository: {id}\n");
        let found = Config::parse(&text(&id)).unwrap_err();
        assert_eq!(
            found.to_string(),
            "2:13: `repository` must be quoted: without quotes these digits are a number"
        );
        assert_eq!(found.hint(), "put it in double quotes");
        assert!(found.is_about_trust());
        for quoted in [format!("\"{id}\""), format!("'{id}'")] {
            assert!(Config::parse(&text(&quoted)).is_ok());
        }
    }
}

#[test]
fn what_yaml_layer_refuses_has_its_place_too() {
    for (text, problem) in [
        (
            "version: 1\nversion: 1\n",
            yaml::Problem::DuplicateKey("version".to_owned()),
        ),
        ("version: 1\nrecipients: &a {}\n", yaml::Problem::Anchor),
        ("version: 1\nrecipients: !!map {}\n", yaml::Problem::Tag),
        (
            "version: 1\n---\nversion: 1\n",
            yaml::Problem::SecondDocument,
        ),
    ] {
        let error = Config::parse(text).unwrap_err();
        assert_eq!(error.problem, Problem::Yaml(problem));
        assert!(error.place.is_some_and(|place| place.line >= 2));
    }
}

#[test]
fn wrong_names_are_told_without_repeating_them() {
    let text = format!(
        "version: 1\nrecipients:\n    \"../x\": {DAVE_LINE}\n    \"\": {BOB_AGE}\ngroups:\n    a b: []\n    team: [{ALICE_SECRET}]\n\
         environments:\n    a/../b: {{ recipients: [] }}\n    ok: {{ recipients: [\"x\\ny\"], extends: a//b }}\n"
    );
    let problems: Vec<Problem> = Config::parse_all(&text)
        .unwrap_err()
        .into_iter()
        .map(|error| error.problem)
        .collect();
    let expected = [
        NameError::Start,
        NameError::Empty,
        NameError::Character,
        NameError::Long,
        NameError::Start,
        NameError::Character,
        NameError::Empty,
    ];
    assert_eq!(problems, expected.map(Problem::Name));
    assert!(!findings(&text).concat().contains("SECRET"));
}

#[test]
fn names_differ_in_more_than_case() {
    let text = format!(
        "version: 1\nrecipients:\n    alice: {ALICE_AGE}\n    Alice: {BOB_AGE}\ngroups:\n    ALICE: []\n    alice: []\n    ops: []\n    Ops: []\n\
         environments:\n    a/prod: {{ recipients: [Alice] }}\n    A/Prod: {{ recipients: [Alice] , file: x.yaml}}\n"
    );
    assert_eq!(
        findings(&text),
        [
            "4:5: the name `Alice` is taken by `alice` | names must differ in more than case",
            "6:5: the name `ALICE` is taken by `alice` | names must differ in more than case",
            "7:5: the name `alice` is taken by `alice` | recipients and groups share one list of names; rename one of the two",
            "9:5: the name `Ops` is taken by `ops` | names must differ in more than case",
            "12:5: the name `A/Prod` is taken by `a/prod` | names must differ in more than case",
        ]
    );
}

#[test]
fn a_key_stands_under_one_name() {
    for second in [
        ALICE_AGE.to_owned(),
        ALICE_SIGNS.to_owned(),
        format!("{ALICE_AGE} reads-only"),
        format!("{ALICE_SIGNS} a comment"),
        format!("{BOB_AGE} {ALICE_SIGNS}"),
    ] {
        let text = format!(
            "version: 1\nrecipients:\n    alice: {ALICE_AGE} {ALICE_SIGNS}\n    eve: {second}\n"
        );
        let hint = "a key stands under one name; remove one of the two";
        assert_eq!(
            findings(&text),
            [format!("4:10: `eve` has a key of `alice` | {hint}")]
        );
    }
}

#[test]
fn member_lines_are_checked_and_never_repeated() {
    let text = format!(
        "version: 1\nrecipients:\n    a: {RSA_LINE}\n    b: {ALICE_SECRET}\n    c:\n    d: [{BOB_AGE}]\n    e: hello\n    f: 12\n\
         environments:\n    dev: {{ recipients: [a, b, c], writers: [a] }}\n"
    );
    let found = findings(&text);
    let problems: Vec<(usize, &str)> = found
        .iter()
        .map(|line| (line.find(": ").unwrap(), line.split(" | ").next().unwrap()))
        .collect();
    assert_eq!(problems.len(), 6, "{found:#?}");
    assert!(
        found[0].starts_with("3:8: the line of `a`: the key that reads is refused: ssh-rsa keys")
    );
    assert!(found[1].starts_with("4:8: the line of `b`: ") && found[1].contains("private key"));
    assert!(found[2].starts_with("5:7: this is read as null"));
    assert!(found[3].starts_with("6:8: a recipient is one line"));
    assert!(found[5].starts_with("8:8: this is read as int"));
    assert!(found[1].ends_with("make a new identity if anybody could have seen it"));
    let told = found.concat();
    assert!(!told.contains("SECRET-KEY") && !told.contains("hello") && !told.contains("AAAAB3"));
}

#[test]
fn lists_name_those_who_exist() {
    let text = format!(
        "{}    a: {{ recipients: [alise, teem, zoe] }}\n    b: {{ recipients: [alice], writers: [team, ci] }}\n    c: {{ recipients: alice }}\n    d: {{ recipients: [none] }}\n    e: {{}}\n    f:\n    g: []\n",
        people().replace(
            "groups:\n",
            "groups:\n    none: []\n    nest: [team, alise]\n"
        )
    );
    assert_eq!(
        findings(&text),
        [
            "8:12: `team` is a group; groups hold recipients only | name its recipients instead",
            "8:18: there is no recipient `alise` | did you mean `alice`?",
            "11:23: there is no recipient `alise` | did you mean `alice`?",
            "11:30: there is no recipient `teem` | did you mean `team`?",
            "11:36: there is no recipient `zoe` | add it under `recipients`, with the line that `vault whoami` prints",
            "12:41: the writer `dave` is no recipient of `b` | add the name to `recipients`, too",
            "12:47: the writer `ci` is no recipient of `b` | add the name to `recipients`, too",
            "13:22: this is a list of names: `[alice, bob]` | see `.vault.example.yaml`",
            "14:22: nobody can read `d` | name who can read it: `recipients: [alice]`",
            "15:5: `e` has no `recipients` | name who can read it: `recipients: [alice]`",
            "16:5: `f` has no `recipients` | name who can read it: `recipients: [alice]`",
            "17:8: an environment is a map: `{ recipients: [alice] }` | see `.vault.example.yaml`",
        ]
    );
}

#[test]
fn a_name_that_a_list_repeats_counts_once() {
    let config = Config::parse(&with(
        "    a: { recipients: [ci, team, ci, alice, team] }\n",
    ))
    .unwrap();
    let a = config.environment(&env("a")).unwrap();
    assert_eq!(a.recipients(), [name("ci"), name("team"), name("alice")]);
    assert_eq!(a.through(&name("alice")), [name("team")]);
}

#[test]
fn layers_exist_and_make_no_cycle() {
    let text = with(
        "    a: { recipients: [ci], extends: b }\n    b: { recipients: [ci], extends: [c, prd] }\n    c: { recipients: [ci], extends: [a, a] }\n\
         \x20   prod: { recipients: [ci], extends: prod }\n    x: { recipients: [ci], extends: null }\n",
    ) + "default: porod\n";
    assert_eq!(
        findings(&text),
        [
            "10:41: there is no environment `prd` | did you mean `prod`?",
            "11:38: a cycle: `a` extends `b` extends `c` extends `a` | remove one `extends`; put what is shared into another environment",
            "11:41: `a` is extended twice | remove one of the two",
            "13:37: this is read as null, not as text | write a text, or remove the key",
            "14:10: there is no environment `porod` | did you mean `prod`?",
        ]
    );
    let own = Config::parse(&with("    a: { recipients: [ci], extends: a }\n")).unwrap_err();
    assert_eq!(own.to_string(), "9:37: a cycle: `a` extends `a`");
}

#[test]
fn layers_come_lowest_first_each_once() {
    let text = with(
        "    base: { recipients: [ci] }\n    left: { recipients: [ci], extends: base }\n    right: { recipients: [ci], extends: [base] }\n\
         \x20   top: { recipients: [ci], extends: [left, right] }\n    other: { recipients: [ci], extends: [right, left, base] }\n",
    );
    let config = Config::parse(&text).unwrap();
    assert_eq!(
        layer_names(&config, "top"),
        ["base", "left", "right", "top"]
    );
    assert_eq!(
        layer_names(&config, "other"),
        ["base", "right", "left", "other"]
    );
    assert_eq!(layer_names(&config, "base"), ["base"]);
    assert!(config.layers(&env("nope")).is_err());
}

#[test]
fn a_signed_environment_extends_only_signed_ones() {
    let text = with(
        "    plain: { recipients: [ci], signed: false }\n    more: { recipients: [ci], signed: false, extends: [plain, high] }\n\
         \x20   high: { recipients: [ci] }\n    low: { recipients: [ci], extends: plain }\n",
    );
    assert_eq!(
        findings(&text),
        [
            "12:39: `low` is signed and extends `plain`, which is not | remove `signed: false` from the lower one and run `vault sign`, or say it in both"
        ]
    );
    let text = with(
        "    a: { recipients: [ci], signed: \"false\" }\n    b: { recipients: [ci], signed: no }\n    c: { recipients: [ci], signed: }\n",
    );
    let found = findings(&text);
    assert_eq!(found.len(), 3);
    assert!(found[1].starts_with("10:36: `signed` is true or false"));
}

#[test]
fn no_file_leads_out_or_serves_two() {
    let text = with(
        "    a: { recipients: [ci], file: ../a.yaml }\n    b: { recipients: [ci], file: x/B.yaml }\n    c: { recipients: [ci], file: X/b.yaml }\n\
         \x20   d: { recipients: [ci], file: SECRETS/e.yaml }\n    e: { recipients: [ci] }\n    f: { recipients: [ci], file: x/b.yaml/f.yaml }\n\
         \x20   nul: { recipients: [ci] }\n    g: { recipients: [ci], file: \"s/\\u00e9.yaml\" }\n    h: { recipients: [ci], file: \"s/e\\u0301.yaml\" }\n\
         \x20   i: { recipients: [ci], file: [i.yaml] }\n",
    );
    let plain = "give the environment a plain path: `file: secrets/prod.yaml`";
    let own = "give each environment a file of its own with `file:`";
    assert_eq!(
        findings(&text),
        [
            format!("9:34: the path of a file must not hold `..` | {plain}"),
            format!("11:34: `X/b.yaml` is the file of `b` too | {own}"),
            format!("13:5: `secrets/e.yaml` is the file of `d` too | {own}"),
            "14:34: `x/b.yaml/f.yaml` would lie in `x/B.yaml`, which is a file | move one of the two with `file:`".to_owned(),
            format!("15:5: the path of a file holds a name that Windows keeps for a device | {plain}"),
            format!("17:34: `s/e\u{301}.yaml` is the file of `g` too | {own}"),
            "18:34: `file` is a path relative to `.vault.yaml` | see `.vault.example.yaml`".to_owned(),
        ]
    );
}

#[test]
fn an_unknown_environment_is_told_with_a_near_or_all_names() {
    let config = Config::parse(&with(
        "    dev: { recipients: [ci] }\n    prod: { recipients: [ci] }\n",
    ))
    .unwrap();
    let error = |name: &str| config.environment(&env(name)).unwrap_err();
    assert_eq!(error("pord").to_string(), "there is no environment `pord`");
    assert_eq!(error("pord").hint(), "did you mean `prod`?");
    assert_eq!(error("Dev").near, Some(env("dev")));
    assert_eq!(error("staging").hint(), "known are `dev`, `prod`");
}

#[test]
fn kinds_are_told_by_name() {
    let error = Config::parse(&with("    a: { recipients: [ci], file: 1.5 }\n")).unwrap_err();
    assert_eq!(error.problem, Problem::NotText(Kind::Float));
}
