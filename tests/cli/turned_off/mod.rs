//! A signature that a writer turns off: what may be done before and after that, so that git's history still tells who made the file.

mod steps;

use std::fs;

use crate::{
    people::People,
    team::{ALICE, BOB, CAROL, DAVE},
};

const DEV: &str = "secrets/dev.yaml";
const CONFIG: &str = ".vault.yaml";

/// Alice and bob, and dev, which is not signed any more.
fn turned_off() -> People {
    let people = People::alice_and_bob();
    turn_off(&people);
    people
}

/// Alice turns the signature of dev off, and commits.
fn turn_off(people: &People) {
    says_unsigned(people, "dev");
    vault(people, &["sync", "--yes"]);
    people.push("alice", "sops is used, too");
}

fn says_unsigned(people: &People, name: &str) {
    let from = format!("    {name}:\n");
    reconfigure(people, &from, &format!("{from}        signed: false\n"));
}

fn says_signed(people: &People) {
    reconfigure(people, "        signed: false\n", "");
}

#[track_caller]
fn reconfigure(people: &People, from: &str, to: &str) {
    let path = people.clone("alice").join(CONFIG);
    let text = fs::read_to_string(&path).expect("a config");
    assert_eq!(text.matches(from).count(), 1, "{from:?} in {text}");
    fs::write(path, text.replace(from, to)).expect("a config");
}

/// A command of alice.
#[track_caller]
fn vault(people: &People, line: &[&str]) {
    run(people, "alice", line);
}

#[track_caller]
fn run(people: &People, machine: &str, line: &[&str]) -> String {
    let output = people.vault(machine, line).prints_secrets().succeeds();
    output.stdout().to_owned()
}

/// What was pushed is used on a machine that knows nothing, by somebody who reads and writes it.
#[track_caller]
fn accepted(people: &People, machine: &str, who: &str, name: &str) {
    people.join_as(machine, who);
    run(people, machine, &["check", "--keyless"]);
    run(people, machine, &["get", name, "A"]);
    run(people, machine, &["set", name, "NEW", "x"]);
    run(people, machine, &["check"]);
}

#[track_caller]
fn unchanged(people: &People) {
    assert_eq!(people.git("alice", ["status", "--porcelain"]), "");
}

const ONLY_SIGNED: &str = "vault: error: secrets/dev.yaml: dev was signed in earlier commits: its data key and its recipients change only while it is signed
vault:   without a signature nothing but these, as the last signed version had them, tells that a writer made the file
vault: hint: vault sign dev turns the signature on; then type the command again, and commit
vault: hint: to turn it off again after that commit: `signed: false` in .vault.yaml, and vault sync dev
";

#[test]
fn data_key_and_recipients_stay_where_a_signature_was_turned_off() {
    let people = turned_off();
    let add = ["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"];
    for line in [
        &["rekey", "dev", "--yes"][..],
        &["recipients", "remove", "bob", "--yes"],
        &["recipients", "replace", "bob", DAVE, "--yes"],
        &add,
    ] {
        people.vault("alice", line).fails_with(2, ONLY_SIGNED);
        unchanged(&people);
    }
    accepted(&people, "before", "bob", "dev");
    // As the hints say.
    vault(&people, &["sign", "dev", "--yes"]);
    vault(&people, &add);
    people.push("alice", "carol");
    turn_off(&people);
    accepted(&people, "after", "carol", "dev");
}

#[test]
fn a_group_and_a_list_edited_by_hand_change_nobody_there_either() {
    let people = turned_off();
    reconfigure(
        &people,
        "environments:\n",
        &format!("    carol: {CAROL}\ngroups:\n    team: [bob]\nenvironments:\n"),
    );
    reconfigure(
        &people,
        "recipients: [alice, bob]",
        "recipients: [alice, team]",
    );
    people.commit("alice", "a group");
    let add = ["recipients", "group", "team", "add", "carol", "--yes"];
    people.vault("alice", add).fails_with(2, ONLY_SIGNED);
    unchanged(&people);
    reconfigure(&people, "[alice, team]", "[alice]");
    let sync = ["sync", "dev", "--yes"];
    people.vault("alice", sync).fails_with(2, ONLY_SIGNED);
    vault(&people, &["sign", "dev", "--yes"]);
    vault(&people, &sync);
    people.push("alice", "alice alone");
    turn_off(&people);
    accepted(&people, "new", "alice", "dev");
}

#[test]
fn who_leaves_a_vault_with_one_such_environment_leaves_the_others_meanwhile() {
    let people = turned_off();
    vault(
        &people,
        &["env", "add", "prod", "--recipients", "alice", "bob"],
    );
    people.push("alice", "prod");
    let remove = ["recipients", "remove", "bob", "--yes"];
    people.vault("alice", remove).fails_with(2, ONLY_SIGNED);
    unchanged(&people);
    vault(&people, &[&remove[..], &["--env", "prod"]].concat());
}

#[test]
fn a_signed_change_is_committed_before_the_signature_is_turned_off() {
    let changes: [(&str, &[&str]); 4] = [
        ("rekey", &["rekey", "dev", "--yes"]),
        (
            "add",
            &["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"],
        ),
        ("remove", &["recipients", "remove", "bob", "--yes"]),
        ("rename", &["env", "rename", "dev", "work", "--yes"]),
    ];
    for (what, change) in changes {
        let people = People::alice_and_bob();
        let name = if what == "rename" { "work" } else { "dev" };
        vault(&people, change);
        says_unsigned(&people, name);
        people.vault("alice", ["sync", "--yes"]).fails_with(
            2,
            &format!(
                "vault: error: secrets/{name}.yaml: `signed: false` and other members, layers or data keys of {name} are two steps, and no commit has the first one
vault: hint: take `signed: false` out, and commit; then put it in again, and run vault sync {name}
"
            ),
        );
        says_signed(&people);
        people.push("alice", what);
        says_unsigned(&people, name);
        vault(&people, &["sync", "--yes"]);
        people.push("alice", "not signed any more");
        accepted(&people, "new", "alice", name);
    }
}

#[test]
fn other_values_need_no_commit_before_nor_does_what_no_commit_has() {
    let people = People::alice_and_bob();
    vault(&people, &["set", "dev", "B", "two"]);
    turn_off(&people);
    accepted(&people, "new", "bob", "dev");
    // An environment that no commit has ever had is one that never was signed.
    let people = People::begin();
    people.join("alice");
    vault(
        &people,
        &["init", "--name", "alice", "--env", "dev", "--yes"],
    );
    vault(&people, &["set", "dev", "A", "one"]);
    turn_off(&people);
    vault(&people, &["rekey", "dev", "--yes"]);
    let add = ["recipients", "add", "bob", BOB, "--env", "dev", "--yes"];
    vault(&people, &add);
    people.push("alice", "bob");
    accepted(&people, "new", "bob", "dev");
}

#[test]
fn a_name_that_had_another_log_before_is_always_signed() {
    let people = People::alice_and_bob();
    vault(
        &people,
        &["env", "add", "live", "--recipients", "alice", "bob"],
    );
    reconfigure(&people, "default: dev", "default: live");
    vault(&people, &["env", "remove", "dev", "--yes"]);
    people.push("alice", "dev is gone");
    let again = ["env", "add", "dev", "--recipients", "alice", "bob"];
    let again = [&again[..], &["--anew", "--yes"]].concat();
    vault(&people, &again);
    people.push("alice", "and there again");
    says_unsigned(&people, "dev");
    people.vault("alice", ["sync", "dev", "--yes"]).fails_with(
        2,
        "vault: error: secrets/dev.yaml: dev had another membership log in earlier commits: without a signature nothing would tell which of them counts
vault: hint: take `signed: false` out; vault env rename gives it a name that was never signed before
",
    );
    says_signed(&people);
    vault(&people, &["check"]);
}

#[test]
fn a_plan_to_sign_that_is_not_carried_out_is_no_use_of_what_was_signed() {
    let people = turned_off();
    let refused = people.vault("alice", ["sign", "dev"]).fails(2);
    let plan = "compared with the version that alice signed:";
    assert!(refused.stderr().contains(plan), "{}", refused.stderr());
    vault(&people, &["check"]);
    vault(&people, &["get", "dev", "A"]);
    vault(&people, &["sign", "dev", "--yes"]);
    people.push("alice", "signed again");
    vault(&people, &["check"]);
}

#[test]
fn another_name_takes_the_log_along_when_the_signature_is_turned_on_again() {
    let people = People::alice_and_bob();
    people.join_as("knows", "bob");
    run(&people, "knows", &["get", "dev", "A"]);
    turn_off(&people);
    vault(&people, &["env", "rename", "dev", "work", "--yes"]);
    people.push("alice", "another name");
    vault(&people, &["set", "work", "A", "two"]);
    people.push("alice", "another value");
    let sign = ["sign", "work", "--yes"];
    people.vault("alice", sign).succeeds().says(
        "vault: first use here: work, signed by alice; writers alice, bob
vault: work (secrets/work.yaml):
vault:   it was dev when it was signed: its log goes on as work
vault:   compared with the version that alice signed:
vault:   ~ A
vault: signed: work
",
    );
    people.push("alice", "signed again");
    vault(&people, &["check"]);
    accepted(&people, "new", "bob", "work");
    // So does a machine that knows it signed, and nothing of what was in between.
    people.pull("knows");
    assert_eq!(run(&people, "knows", &["get", "work", "A"]), "two");
    run(&people, "knows", &["check"]);
}

#[test]
fn another_name_takes_no_log_along_for_who_has_left() {
    let people = People::alice_and_bob();
    people.join_as("new", "alice");
    vault(&people, &["recipients", "remove", "bob", "--yes"]);
    people.push("alice", "bob has left");
    // Bob goes on with the version that he could read.
    says_unsigned_of(&people, "bob");
    let set = ["set", DEV, r#"["A"]"#, r#""evil""#];
    let Some(sops) = people.sandbox.sops(set) else {
        return;
    };
    let path = people.clone("bob").join(DEV);
    let text = fs::read_to_string(&path).expect("a file");
    sops.within(people.clone("bob"))
        .variable("SOPS_AGE_KEY_FILE", people.sandbox.path("bob.txt"))
        .succeeds();
    let edited = fs::read_to_string(&path).expect("a file");
    let stripped = text.split_once("    x-vault:\n").expect("a block").0;
    for (text, said) in [
        (edited.as_str(), "bob has left since"),
        (
            stripped,
            "work never was signed, and dev, which was in commit",
        ),
    ] {
        people.reset("new");
        let clone = people.clone("new");
        people.git("new", ["rm", "--quiet", DEV]);
        fs::create_dir_all(clone.join("secrets")).expect("a folder");
        fs::write(clone.join("secrets/work.yaml"), text).expect("a file");
        let config = fs::read_to_string(people.clone("bob").join(CONFIG)).expect("a config");
        let config = config
            .replace("    dev:\n", "    work:\n")
            .replace("default: dev", "default: work");
        fs::write(clone.join(CONFIG), config).expect("a config");
        people.commit("new", "an improvement");
        let sign = people.vault("new", ["sign", "work", "--yes"]).fails(3);
        assert!(sign.stderr().contains(said), "{}", sign.stderr());
        assert_eq!(people.git("new", ["status", "--porcelain"]), "");
    }
}

fn says_unsigned_of(people: &People, who: &str) {
    let path = people.clone(who).join(CONFIG);
    let text = fs::read_to_string(&path).expect("a config");
    let text = text.replace("    dev:\n", "    dev:\n        signed: false\n");
    fs::write(path, text).expect("a config");
}

/// sops on the file of alice.
fn sops(people: &People, line: &[&str]) -> bool {
    let Some(sops) = people.sandbox.sops(line) else {
        return false;
    };
    sops.within(people.clone("alice"))
        .variable("SOPS_AGE_KEY_FILE", people.sandbox.path("alice.txt"))
        .succeeds();
    true
}

#[test]
fn values_are_for_sops_and_keys_are_not_where_a_signature_was_turned_off() {
    let age = |line: &'static str| line.split(' ').next().expect("a key");
    let people = turned_off();
    let file = format!(
        "creation_rules:\n    - age: {},{},{}\n",
        age(ALICE),
        age(BOB),
        age(CAROL)
    );
    fs::write(people.clone("alice").join(".sops.yaml"), file).expect("rules");
    for line in [
        &["set", DEV, r#"["A"]"#, r#""two""#][..],
        &["unset", DEV, r#"["A"]"#],
        &["set", DEV, r#"["A"]"#, r#""three""#],
    ] {
        if !sops(&people, line) {
            return;
        }
    }
    people.push("alice", "sops was here");
    accepted(&people, "values", "bob", "dev");
    for (at, line) in [
        &["rotate", "--in-place", DEV][..],
        &["updatekeys", "--yes", DEV],
        &["rotate", "--in-place", "--add-age", age(CAROL), DEV],
    ]
    .into_iter()
    .enumerate()
    {
        sops(&people, line);
        let check = people.vault("alice", ["check", "--keyless"]).fails(3);
        let said = "dev was signed in earlier commits, and nothing here tells that this file has their data key";
        assert!(
            check.stderr().contains(said),
            "{line:?}: {}",
            check.stderr()
        );
        let way = "a writer: vault sign --accept-foreign dev shows what is in it, and asks";
        assert!(check.stderr().contains(way), "{line:?}: {}", check.stderr());
        let set = people.vault("alice", ["set", "dev", "B", "x"]).fails(3);
        // A new data key weighs more than the stranger, for whom there would be an easy way; updatekeys makes none.
        let said = match at {
            1 => "whom .vault.yaml does not list",
            _ => "this file has another data key",
        };
        assert!(set.stderr().contains(said), "{line:?}: {}", set.stderr());
        let sign = people.vault("alice", ["sign", "dev", "--yes"]).fails(3);
        let both = format!("-- {DEV}, and git checkout ");
        assert!(sign.stderr().contains(&both), "{line:?}: {}", sign.stderr());
        vault(&people, &["sign", "--accept-foreign", "dev", "--yes"]);
        people.push("alice", "signed");
        turn_off(&people);
        accepted(&people, &format!("new{at}"), "bob", "dev");
    }
}

#[test]
fn a_fork_begins_a_log_of_its_own_for_what_was_turned_off_before() {
    let people = turned_off();
    vault(&people, &["init", "--fork", "--yes"]);
    people.push("alice", "a fork");
    accepted(&people, "new", "bob", "dev");
    let rekey = people.vault("alice", ["rekey", "dev", "--yes"]).fails(2);
    let hint = "vault: hint: vault sign --accept-foreign dev turns the signature on;";
    assert!(rekey.stderr().contains(hint), "{}", rekey.stderr());
    people.vault("alice", ["sign", "dev", "--yes"]).fails_with(
        3,
        "vault: error: secrets/dev.yaml: its last signed version belongs to another `repository` than .vault.yaml says
vault: hint: git log -p .vault.yaml shows who changed it, and what it was
vault: hint: if it was vault init --fork: vault sign --accept-foreign dev begins a log for this one
",
    );
    // Whoever has changed the id may have changed the members as well.
    let sign = ["sign", "--accept-foreign", "dev", "--yes"];
    let (list, more) = (
        "recipients: [alice, bob]\n",
        "recipients: [alice, bob, carol]\n",
    );
    reconfigure(&people, list, more);
    reconfigure(
        &people,
        "environments:\n",
        &format!("    carol: {CAROL}\nenvironments:\n"),
    );
    let refused = people.vault("alice", sign).fails(3);
    let said = "its last signed version belongs to another `repository`";
    assert!(refused.stderr().contains(said), "{}", refused.stderr());
    people.git("alice", ["checkout", "--quiet", CONFIG]);
    let sign = people.vault("alice", sign).succeeds();
    let said = "vault:   was signed under another `repository`; 1 key; from now on signed, for\n";
    assert!(sign.stderr().contains(said), "{}", sign.stderr());
    vault(&people, &["rekey", "dev", "--yes"]);
    people.push("alice", "signed");
    accepted(&people, "after", "bob", "dev");
}

#[test]
fn two_commits_that_were_squashed_into_one_are_refused_and_lead_out() {
    let people = People::alice_and_bob();
    vault(&people, &["rekey", "dev", "--yes"]);
    people.commit("alice", "a new data key");
    says_unsigned(&people, "dev");
    vault(&people, &["sync", "--yes"]);
    people.commit("alice", "not signed any more");
    people.git("alice", ["reset", "--quiet", "--soft", "HEAD~2"]);
    people.commit("alice", "both");
    let check = people.vault("alice", ["check"]).fails(3);
    let said = "dev was signed in earlier commits, and this file has another data key";
    assert!(check.stderr().contains(said), "{}", check.stderr());
    vault(&people, &["sign", "--accept-foreign", "dev", "--yes"]);
    people.push("alice", "signed");
    turn_off(&people);
    accepted(&people, "new", "bob", "dev");
}
