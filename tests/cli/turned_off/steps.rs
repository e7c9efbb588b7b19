//! Where `sync` would refuse a file whose signature was turned off, everything else names the steps that it would name.

use super::*;

/// Everything that uses the file of dev.
const USES: [&[&str]; 5] = [
    &["check"],
    &["get", "dev", "A"],
    &["set", "dev", "B", "x"],
    &["list", "dev"],
    &["access"],
];

#[track_caller]
fn told(people: &People, line: &[&str], code: i32, said: &str) {
    let output = people.vault("alice", line).prints_secrets().fails(code);
    let is_told = output.stderr().ends_with(said);
    assert!(is_told, "{line:?}: {}", output.stderr());
}

#[test]
fn the_steps_before_a_signature_is_turned_off_are_told_by_whatever_meets_the_file() {
    let people = People::alice_and_bob();
    let unwanted = "the config says `signed: false`, but the file is signed";
    says_unsigned(&people, "dev");
    let usual = "vault: hint: git log -p .vault.yaml shows who wrote `signed: false`: if that was none of you, take it out again
vault: hint: if that is meant: vault sync dev turns the signature off, after a writer has confirmed it
";
    for line in USES {
        told(&people, line, 3, &format!("{unwanted}\n{usual}"));
    }
    let members = "vault:   `signed: false` and other members are two steps
vault: hint: git log -p .vault.yaml shows who wrote `signed: false`: if that was none of you, take it out again
vault: hint: take `signed: false` out, run vault sync dev, commit; then turn the signature off
";
    reconfigure(&people, "recipients: [alice, bob]", "recipients: [alice]");
    for line in USES {
        told(&people, line, 3, &format!("{unwanted}\n{members}"));
    }
    people.git("alice", ["checkout", "--quiet", CONFIG]);
    vault(&people, &["rekey", "dev", "--yes"]);
    says_unsigned(&people, "dev");
    let key = "vault:   `signed: false` and other members, layers or data keys of dev are two steps, and no commit has the first one
vault: hint: git log -p .vault.yaml shows who wrote `signed: false`: if that was none of you, take it out again
vault: hint: take `signed: false` out, and commit; then put it in again, and run vault sync dev
";
    for line in USES {
        told(&people, line, 3, &format!("{unwanted}\n{key}"));
    }
    // As the hint says.
    says_signed(&people);
    people.push("alice", "another data key");
    turn_off(&people);
    vault(&people, &["check"]);
}

/// Without its own log, a file beside `signed: false` is as before: nothing vouches for it.
#[test]
fn a_forged_file_gets_no_steps() {
    let people = People::alice_and_bob();
    says_unsigned(&people, "dev");
    let path = people.clone("alice").join(DEV);
    let text = fs::read_to_string(&path).expect("a file");
    fs::write(path, text.replacen("A: ENC", "B: ENC", 1)).expect("a file");
    let said = "the config says `signed: false`, but the file is signed
vault: hint: git log -p .vault.yaml shows who wrote `signed: false`: if that was none of you, take it out again
vault: hint: if that is meant: vault sync dev turns the signature off, after a writer has confirmed it
";
    told(&people, &["check"], 3, said);
}

#[test]
fn other_recipients_of_such_a_file_are_hinted_at_with_the_signature_that_they_take() {
    let people = turned_off();
    let steps = "vault: hint: vault sign dev turns the signature on; then vault sync dev, and commit
vault: hint: to turn it off again after that commit: `signed: false` in .vault.yaml, and vault sync dev
";
    reconfigure(
        &people,
        "environments:\n",
        &format!("    carol: {CAROL}\nenvironments:\n"),
    );
    let (list, more) = (
        "recipients: [alice, bob]",
        "recipients: [alice, bob, carol]",
    );
    reconfigure(&people, list, more);
    told(&people, &["check"], 1, steps);
    told(&people, &["access"], 1, steps);
    let set = people.vault("alice", ["set", "dev", "B", "x"]).succeeds();
    let said = format!(
        "vault: warning: dev: .vault.yaml wants other members or layers than the file has; nothing of that changes while it is not signed
vault:   + carol reads and writes (SHA256:B5WsHRmFbfY+BOGZKN70L9Wij3joiOkGClVpmrUxQ3s)
{steps}"
    );
    assert!(set.stderr().starts_with(&said), "{}", set.stderr());
    reconfigure(&people, more, "recipients: [alice]");
    for line in [
        &["check"][..],
        &["set", "dev", "B", "x"],
        &["rekey", "dev", "--yes"],
        &["env", "add", "new", "--like", "dev", "--copy", "--yes"],
    ] {
        let code = if line[0] == "check" { 1 } else { 3 };
        let output = people.vault("alice", line).fails(code);
        let said = output.stderr().contains(steps);
        assert!(
            said && !output.stderr().contains("sync dev takes them out"),
            "{}",
            output.stderr()
        );
    }
    // As the hints say.
    vault(&people, &["sign", "dev", "--yes"]);
    vault(&people, &["sync", "dev", "--yes"]);
    people.push("alice", "alice alone");
    turn_off(&people);
    vault(&people, &["check"]);
}

#[test]
fn whoever_is_still_to_be_taken_out_is_hinted_at_in_the_same_way() {
    let people = turned_off();
    let prod = ["env", "add", "prod", "--recipients", "alice", "bob"];
    vault(&people, &prod);
    people.push("alice", "prod");
    let remove = ["recipients", "remove", "bob", "--env", "prod", "--yes"];
    vault(&people, &remove);
    let check = people.vault("alice", ["check", "dev"]).fails(1);
    let said = "vault: error: dev: bob left, and the file is still to get a new data key
vault: hint: vault sign dev turns the signature on; then vault sync dev, and commit
";
    assert!(check.stderr().contains(said), "{}", check.stderr());
}

#[test]
fn a_file_with_another_name_since_is_signed_without_accepting_what_nobody_can_tell() {
    let people = turned_off();
    vault(&people, &["env", "rename", "dev", "work", "--yes"]);
    people.push("alice", "another name");
    says_signed(&people);
    let plain = "vault: hint: vault sign work shows what changed since it was signed, and asks\n";
    told(&people, &["sync", "--yes"], 3, plain);
    vault(&people, &["sign", "work", "--yes"]);
    people.push("alice", "signed");
    // The same where the file has kept its place.
    let people = turned_off();
    reconfigure(
        &people,
        "    dev:\n",
        "    work:\n        file: secrets/dev.yaml\n",
    );
    reconfigure(&people, "default: dev", "default: work");
    people.commit("alice", "another name by hand");
    says_signed(&people);
    told(&people, &["sync", "--yes"], 3, plain);
    // Who has no key for it cannot tell.
    fs::remove_file(people.sandbox.path("alice/.config/vault/identity.txt")).expect("a key");
    let foreign = "vault: hint: vault sign --accept-foreign work shows what is in it, and asks\n";
    told(&people, &["sync", "--yes"], 3, foreign);
}

/// A machine that has used the file with its signature shows who cut that off, and how it comes back, before it names what accepts it.
#[test]
fn whoever_has_used_the_signed_file_is_told_to_look_before_they_accept_another() {
    let people = People::alice_and_bob();
    vault(&people, &["get", "dev", "A"]);
    let commit = people.git("alice", ["rev-parse", "--short=10", "HEAD"]);
    let commit = commit.trim();
    let path = people.clone("alice").join(DEV);
    let text = fs::read_to_string(&path).expect("a file");
    let stripped = text.split_once("    x-vault:\n").expect("a block").0;
    fs::write(&path, stripped).expect("a file");
    let both = |up: &str| {
        format!(
            "git checkout {commit} -- {up}{DEV}, and git checkout {commit} -- {up}.vault.yaml, bring"
        )
    };
    let look = |up: &str, back: &str| {
        format!(
            "vault:   here: not signed
vault:   it is what commit {commit} has signed, without the signature: that takes no key
vault: hint: git log -p -- {up}.vault.yaml {up}{DEV} shows who changed that: ask them, not over the same channel
vault: hint: {back} the signed one back
"
        )
    };
    let again = "vault: hint: only if it was you or a colleague, with sops: vault sign dev shows what changed, and signs it again\n";
    let sync = &["sync", "--yes"];
    // The config is still the one of that commit.
    let file = format!("git checkout {commit} -- {DEV} brings");
    told(&people, sync, 3, &format!("{}{again}", look("", &file)));
    says_unsigned(&people, "dev");
    people.commit("alice", "an improvement");
    let accept = "vault: hint: vault trust dev accepts what is here from now on\n";
    for line in USES {
        told(
            &people,
            line,
            3,
            &format!("{}{accept}", look("", &both(""))),
        );
    }
    // Where it is typed counts.
    let sub = people.clone("alice").join("sub");
    fs::create_dir_all(&sub).expect("a folder");
    let line = ["-C", "..", "get", "dev", "A"];
    let said = people.vault("alice", line).within(&sub).fails(3);
    let accept = accept.replace("vault trust", "vault -C .. trust");
    let ends = format!("{}{accept}", look(":/", &both(":/")));
    assert!(said.stderr().ends_with(&ends), "{}", said.stderr());
    // As the hints say.
    people.git("alice", ["checkout", commit, "--", DEV]);
    people.git("alice", ["checkout", commit, "--", CONFIG]);
    vault(&people, &["get", "dev", "A"]);
}

#[test]
fn a_signature_that_a_writer_turned_off_is_looked_at_before_it_is_accepted() {
    let people = People::alice_and_bob();
    people.join_as("knows", "bob");
    run(&people, "knows", &["get", "dev", "A"]);
    let commit = people.git("alice", ["rev-parse", "--short=10", "HEAD"]);
    let commit = commit.trim();
    turn_off(&people);
    people.pull("knows");
    let get = people.vault("knows", ["get", "dev", "A"]).fails(3);
    let hints = format!(
        "vault:   here: not signed
vault: hint: git log -p -- .vault.yaml {DEV} shows who changed that: ask them, not over the same channel
vault: hint: git checkout {commit} -- {DEV}, and git checkout {commit} -- .vault.yaml, bring the signed one back
vault: hint: vault trust dev accepts what is here from now on
"
    );
    assert!(get.stderr().ends_with(&hints), "{}", get.stderr());
    run(&people, "knows", &["trust", "dev", "--yes"]);
    run(&people, "knows", &["get", "dev", "A"]);
}
