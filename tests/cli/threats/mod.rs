//! The attacks of `docs/threats.md`, each played with real files and the program.

mod altered;
mod beside;
mod clones;
mod committer;
mod config;
mod hidden;
mod indexed;
mod linked;
mod local;
mod misled;
mod nested;
mod reader;
mod removed;
mod restored;
mod rivals;
mod table;
mod undone;
mod unsigned;

use std::{collections::BTreeSet, fs};

use vault::{
    keys::{Identity, IdentityFile},
    signature,
    yaml::Document,
};

use crate::sandbox::Sandbox;

/// A clone of `fixtures/tampered/base`: prod is written by alice and dave and read by ci too; carol has left.
fn clone() -> Sandbox {
    let sandbox = Sandbox::with_git();
    for file in [
        ".vault.yaml",
        "prod.yaml",
        "dev.yaml",
        "clear.yaml",
        "unsigned.yaml",
    ] {
        sandbox.copy(format!("tampered/base/{file}"), file);
    }
    sandbox.commit("secrets");
    for secret in base("secrets.txt").lines() {
        sandbox.secret(secret);
    }
    sandbox
}

fn base(name: &str) -> String {
    fs::read_to_string(Sandbox::fixture(format!("tampered/base/{name}"))).expect("a base file")
}

fn corpus(name: &str) -> String {
    fs::read_to_string(Sandbox::fixture(format!("tampered/{name}.yaml")))
        .expect("a file of the corpus")
}

/// The member lines of people who are not in the config, or under another name.
const OUTSIDER: &str = "age1nk5f7kaxdgjsxnhvjjh5582mqhukxwefgp5je63xmtvy060h83cql8f647";
const CAROL: &str = "age1h28y4g7r97h8qqqhf5u0pg8xvkqlue8jc8tk5ryrjlt2lmmppdsq74kf0n ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDOXortLb8YsS6g/qwsxtiklP0QAv0x1C8zKOX1ITxFP";

/// Replaces the only occurrence in a file of the sandbox.
#[track_caller]
fn edit(sandbox: &Sandbox, file: &str, from: &str, to: &str) {
    let text = sandbox.read(file);
    assert_eq!(
        text.matches(from).count(),
        1,
        "{from:?} stands not once in {file}"
    );
    sandbox.write(file, text.replace(from, to));
}

/// Whoever looks at an environment refuses it for this reason: without any identity, and with every one that could open it.
#[track_caller]
fn everybody_refuses(sandbox: &Sandbox, environment: &str, reason: &str) {
    let keyless = sandbox
        .vault(["check", environment, "--keyless"])
        .run()
        .fails(3);
    assert!(keyless.stderr().contains(reason), "{}", keyless.stderr());
    let before = sandbox.files();
    for who in ["alice", "bob", "carol"] {
        sandbox.identity(who);
        for command in [
            &["get", environment, "PORT"][..],
            &["render", environment],
            &["list", environment],
        ] {
            let output = sandbox.vault(command).run().fails(3);
            assert!(
                output.stderr().contains(reason),
                "{who} {command:?}: {}",
                output.stderr()
            );
            assert_eq!(output.stdout(), "");
        }
        sandbox
            .vault(["run", environment, "--", "touch", "ran"])
            .fails(3);
        sandbox.vault(["set", environment, "NEW", "value"]).fails(3);
    }
    assert_eq!(sandbox.files(), before);
    fs::remove_file(sandbox.path("config/vault/identity.txt")).expect("the identity");
}

fn identity(name: &str) -> Identity {
    let bytes = fs::read(Sandbox::fixture(format!("keys/{name}.txt"))).expect("a key");
    match IdentityFile::parse(&bytes) {
        Ok(IdentityFile::Open(mut identities)) => identities.remove(0),
        _ => panic!("{name} is no open identity"),
    }
}

/// A text with a block, signed by somebody.
fn signed_by(text: &str, who: &str) -> String {
    let document = Document::parse(text).expect("YAML");
    let signature = ["sops", "x-vault", "signature"]
        .iter()
        .try_fold(document.root().expect("a root"), |node, key| node.get(key))
        .expect("a signature");
    let blob = signature::sign(&document, signature.index(), identity(who).signing_key());
    let range = document.items()[signature.index()].range();
    format!(
        "{}{}{}",
        &text[..range.start],
        blob.to_base64(),
        &text[range.end..]
    )
}

/// The line of a file that begins so.
fn line<'t>(text: &'t str, start: &str) -> &'t str {
    let is_it = |line: &&str| line.trim_start().starts_with(start);
    text.lines()
        .find(is_it)
        .unwrap_or_else(|| panic!("no line {start:?}"))
}

/// The age entries of a file: name, armor and key, each as it stands.
fn age_entries(text: &str) -> Vec<String> {
    let start = text.find("    age:\n").expect("recipients") + "    age:\n".len();
    let end = text.find("    lastmodified:").expect("what follows");
    let parts = text[start..end].split("        # ").skip(1);
    parts.map(|part| format!("        # {part}")).collect()
}

#[test]
fn every_test_that_the_threats_name_exists_and_every_test_here_is_named() {
    let sources = [
        ("altered", include_str!("altered.rs")),
        ("beside", include_str!("beside.rs")),
        ("committer", include_str!("committer.rs")),
        ("clones", include_str!("clones.rs")),
        ("config", include_str!("config.rs")),
        ("hidden", include_str!("hidden.rs")),
        ("indexed", include_str!("indexed.rs")),
        ("linked", include_str!("linked.rs")),
        ("local", include_str!("local.rs")),
        ("misled", include_str!("misled.rs")),
        ("nested", include_str!("nested.rs")),
        ("reader", include_str!("reader.rs")),
        ("removed", include_str!("removed.rs")),
        ("restored", include_str!("restored.rs")),
        ("rivals", include_str!("rivals.rs")),
        ("table", include_str!("table.rs")),
        ("undone", include_str!("undone.rs")),
        ("undone::looks", include_str!("undone/looks.rs")),
        ("unsigned", include_str!("unsigned.rs")),
    ];
    let tests = |(module, source): (&'static str, &'static str)| {
        let names = source.split("#[test]\nfn ").skip(1);
        names.map(move |name| {
            let name = name.split('(').next().unwrap_or_default();
            format!("threats::{module}::{name}")
        })
    };
    let there: BTreeSet<String> = sources.into_iter().flat_map(tests).collect();
    let document = include_str!("../../../docs/threats.md");
    let named: BTreeSet<String> = document
        .split('`')
        .filter(|word| word.starts_with("threats::"))
        .map(str::to_owned)
        .collect();
    let unknown: Vec<&String> = named.difference(&there).collect();
    assert!(unknown.is_empty(), "named, but not there: {unknown:?}");
    let unnamed: Vec<&String> = there.difference(&named).collect();
    assert!(unnamed.is_empty(), "there, but not named: {unnamed:?}");
}
