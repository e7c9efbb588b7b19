//! A file that is not in order is told with its path, and with the last commit that has it in order: as somebody types it.

use std::fs;

use crate::{people::People, sandbox::Output, team::CAROL, vaults};

const DEV: &str = "secrets/dev.yaml";
const CONFIG: &str = ".vault.yaml";

/// Alice and bob, and a value that alice has written since.
fn team() -> People {
    let people = People::alice_and_bob();
    people.vault("alice", ["set", "dev", "B", "two"]).succeeds();
    people.push("alice", "a value");
    people.pull("bob");
    people
}

fn read(people: &People, who: &str, file: &str) -> String {
    fs::read_to_string(people.clone(who).join(file)).expect("a file")
}

fn write(people: &People, who: &str, file: &str, text: &str) {
    fs::write(people.clone(who).join(file), text).expect("a file");
}

/// What stands before something in the file of bob is all that is left of it.
fn cut_off_before(people: &People, mark: &str) {
    let text = read(people, "bob", DEV);
    write(
        people,
        "bob",
        DEV,
        text.split_once(mark).expect("it is there").0,
    );
}

/// The file as sops leaves it.
fn without_block(text: &str) -> &str {
    text.split_once("    x-vault:\n").expect("a block").0
}

fn id(people: &People, commit: &str) -> String {
    people.git("alice", ["rev-parse", commit])[..10].to_owned()
}

#[track_caller]
fn told(people: &People, who: &str, line: &[&str], code: i32, said: &str) -> Output {
    let output = people.vault(who, line).run();
    assert_eq!(output.code(), code, "{line:?}: {}", output.stderr());
    let is_told = output.stderr().ends_with(said);
    assert!(is_told, "{line:?}: {}", output.stderr());
    output
}

const USES: [&[&str]; 5] = [
    &["get", "dev", "A"],
    &["set", "dev", "C", "three"],
    &["check"],
    &["check", "--keyless"],
    &["sync", "--yes"],
];

#[test]
fn a_file_that_is_cut_off_is_told_with_the_last_commit_that_has_it_whole() {
    for mark in [
        "    lastmodified:",
        "    mac:",
        "            - previous:",
        "\n        signature:",
    ] {
        let people = team();
        let whole = id(&people, "HEAD");
        cut_off_before(&people, mark);
        people.commit("bob", "cut off");
        let back = format!("git checkout {whole} -- {DEV}");
        let order = "brings back the last one that was in order";
        let hint =
            format!("vault: hint: git log -p -- {DEV} shows who changed it; {back} {order}\n");
        for line in USES {
            let _ = told(&people, "bob", line, 3, &hint);
        }
        // As the hint says.
        people.git("bob", ["checkout", &whole, "--", DEV]);
        people.vault("bob", ["check"]).succeeds();
    }
}

/// Where it is typed counts, and what is no YAML any more is not to be corrected by hand.
#[test]
fn a_file_that_is_cut_off_within_a_line_is_told_like_that_too() {
    let people = team();
    let whole = id(&people, "HEAD");
    cut_off_before(&people, "modified:");
    let sub = people.clone("bob").join("sub");
    fs::create_dir_all(&sub).expect("a folder");
    let line = ["-C", "..", "get", "dev", "A"];
    let output = people.vault("bob", line).within(&sub).fails(2);
    let hint = format!(
        "vault: hint: git checkout {whole} -- :/{DEV} brings back the last one that was in order\n"
    );
    assert!(output.stderr().ends_with(&hint), "{}", output.stderr());
}

/// sops may have written it, and nobody has committed that yet.
#[test]
fn without_signatures_it_is_said_that_what_was_changed_since_goes() {
    let sandbox = vaults::of_sops("oracle/types/enc-3.13.2.yaml");
    sandbox.git(["init", "--quiet"]);
    sandbox.commit("a file of sops");
    let text = sandbox.read("enc.yaml");
    sandbox.write(
        "enc.yaml",
        format!("new_unencrypted: \"a\u{2028}b\"\n{text}"),
    );
    sandbox.vault(["get", "dev", "KEY"]).fails(2).says(
        "vault: error: enc.yaml: 1:20: a character that only some readers take for the end of a line
vault: hint: write it as an escape in double quotes (\"\\u2028\", \"\\r\"), or remove it
vault: hint: git checkout [..] -- enc.yaml brings back the last one that was in order, without what was changed since
",
    );
}

/// Nobody can be told of what git does not have.
#[test]
fn a_file_that_no_commit_has_in_order_is_told_without_one() {
    let people = People::begin();
    people.join("alice");
    let init = ["init", "--name", "alice", "--env", "dev", "--yes"];
    people.vault("alice", init).succeeds();
    people.vault("alice", ["set", "dev", "A", "one"]).succeeds();
    let text = read(&people, "alice", DEV);
    let cut_off = text.split_once("    lastmodified:").expect("metadata").0;
    write(&people, "alice", DEV, cut_off);
    people.commit("alice", "cut off");
    let hint = "vault: hint: git log -p shows who changed the file; git checkout brings an older version back\n";
    let _ = told(&people, "alice", &["get", "dev", "A"], 3, hint);
}

/// A signature that is gone, on a machine that knows nothing.
#[test]
fn where_a_signature_is_gone_every_command_names_the_last_signed_version() {
    let people = team();
    let signed = id(&people, "HEAD");
    write(
        &people,
        "bob",
        DEV,
        without_block(&read(&people, "bob", DEV)),
    );
    people.push("bob", "with sops");
    people.join_as("new", "alice");
    let hints = format!(
        "vault: hint: git log -p -- {DEV} shows who changed it; git checkout {signed} -- {DEV} brings back the last one that was in order
vault: hint: only if it was you or a colleague, with sops: vault sign dev shows what changed, and signs it again
"
    );
    for line in USES {
        let _ = told(&people, "new", line, 3, &hints);
    }
    people.git("new", ["checkout", &signed, "--", DEV]);
    people.vault("new", ["check"]).succeeds();
}

/// Alice takes bob out, and writes; bob puts the file of before back without its signature, and turns that off in the config.
fn old_one_without_signature(is_resigned: bool) -> (People, String) {
    let people = team();
    let old = read(&people, "bob", DEV);
    let config = read(&people, "bob", CONFIG);
    let remove = ["recipients", "remove", "bob", "--yes"];
    people.vault("alice", remove).succeeds();
    people.push("alice", "bob has left");
    people
        .vault("alice", ["set", "dev", "C", "three"])
        .succeeds();
    people.push("alice", "another value");
    let last = id(&people, "HEAD");
    people.reset("bob");
    if is_resigned {
        // As it was, and signed, in between.
        write(&people, "bob", DEV, &old);
        write(&people, "bob", CONFIG, &config);
        people.push("bob", "an improvement");
    }
    write(&people, "bob", DEV, without_block(&old));
    let off = config.replace("    dev:\n", "    dev:\n        signed: false\n");
    assert_ne!(off, config);
    write(&people, "bob", CONFIG, &off);
    people.push("bob", "another improvement");
    people.join_as("new", "alice");
    (people, last)
}

#[test]
fn an_older_version_without_its_signature_is_told_with_the_last_signed_one() {
    for is_resigned in [false, true] {
        let (people, last) = old_one_without_signature(is_resigned);
        let back = format!(
            "vault: hint: git checkout {last} -- {DEV}, and git checkout {last} -- {CONFIG}, bring the signed one back\n"
        );
        for line in USES {
            let output = people.vault("new", line).run();
            assert_eq!(output.code(), 3, "{line:?}: {}", output.stderr());
            let is_told = output.stderr().contains(&back);
            assert!(is_told, "{line:?}: {}", output.stderr());
        }
        // `sign` does not go on with it, and says the same.
        let sign = people.vault("new", ["sign", "dev", "--yes"]).fails(3);
        assert!(sign.stderr().contains(&last), "{}", sign.stderr());
        people.git("new", ["checkout", &last, "--", DEV, CONFIG]);
        people.vault("new", ["check"]).succeeds();
        people.vault("new", ["set", "dev", "D", "four"]).succeeds();
    }
}

/// What has the data key of nothing that was signed.
#[test]
fn another_file_without_signature_is_told_with_the_last_signed_one() {
    let people = team();
    let signed = id(&people, "HEAD");
    let other = People::alice_and_bob();
    let file = read(&other, "bob", DEV);
    write(&people, "bob", DEV, without_block(&file));
    let config = read(&people, "bob", CONFIG);
    let off = config.replace("    dev:\n", "    dev:\n        signed: false\n");
    write(&people, "bob", CONFIG, &off);
    people.push("bob", "an improvement");
    people.join_as("new", "alice");
    let hints = format!(
        "vault: hint: git checkout {signed} -- {DEV}, and git checkout {signed} -- {CONFIG}, bring the signed one back
vault: hint: a writer: vault sign --accept-foreign dev shows what is in it, and asks
"
    );
    for line in [
        &["set", "dev", "C", "three"][..],
        &["check"],
        &["sync", "--yes"],
    ] {
        let _ = told(&people, "new", line, 3, &hints);
    }
}

/// Alice takes bob out, and writes. Bob, from before that, changes something of the members himself, puts that over main, and takes the
/// signature out; `is_off` turns it off in the config as well. Returns the last commit of alice.
fn other_branch_without_signature(of_bob: &[&str], is_off: bool) -> (People, String) {
    let people = team();
    let remove = ["recipients", "remove", "bob", "--yes"];
    people.vault("alice", remove).succeeds();
    let set = ["set", "dev", "C", "three"];
    people.vault("alice", set).succeeds();
    people.push("alice", "bob has left");
    let last = id(&people, "HEAD");
    people.vault("bob", of_bob).succeeds();
    people.commit("bob", "an improvement");
    people.git("bob", ["fetch", "--quiet", "origin"]);
    let over = ["merge", "--quiet", "--no-edit", "--strategy=ours"];
    people.git("bob", [&over[..], &["origin/main"]].concat());
    let (file, name) = match people.clone("bob").join(DEV).exists() {
        true => (DEV, "dev"),
        false => ("secrets/live.yaml", "live"),
    };
    let signed = read(&people, "bob", file);
    write(&people, "bob", file, without_block(&signed));
    if is_off {
        let config = read(&people, "bob", CONFIG);
        let key = format!("    {name}:\n");
        let off = config.replace(&key, &format!("{key}        signed: false\n"));
        assert_ne!(off, config);
        write(&people, "bob", CONFIG, &off);
    }
    people.push("bob", "another improvement");
    people.join_as("new", "alice");
    (people, last)
}

#[test]
fn where_somebody_was_removed_the_branch_of_the_log_that_says_so_comes_back_and_not_theirs() {
    let add = ["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"];
    let rename = ["env", "rename", "dev", "live", "--yes"];
    for (of_bob, name) in [(&add[..], "dev"), (&rename, "live")] {
        for is_off in [false, true] {
            let (people, last) = other_branch_without_signature(of_bob, is_off);
            let what = match is_off {
                true => "the signed one back",
                false => "back the last one that was in order",
            };
            let back = format!(
                "git checkout {last} -- {DEV}, and git checkout {last} -- {CONFIG}, bring {what}\n"
            );
            for line in [
                &["get", name, "A"][..],
                &["set", name, "C", "three"],
                &["check"],
                &["check", "--keyless"],
                &["sync", "--yes"],
            ] {
                let output = people.vault("new", line).run();
                assert_eq!(output.code(), 3, "{line:?}: {}", output.stderr());
                let is_told = output.stderr().contains(&back);
                assert!(is_told, "{line:?}: {}", output.stderr());
            }
            // As the hint says.
            people.git("new", ["checkout", &last, "--", DEV, CONFIG]);
            people.vault("new", ["check"]).succeeds();
            people.vault("new", ["set", "dev", "D", "four"]).succeeds();
        }
    }
}
