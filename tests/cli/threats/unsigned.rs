//! What git's history has signed is not used without a signature, unless a writer has turned that off: whatever its name and its path are now,
//! and under whatever id of the vault.

use std::fs;

use super::undone::{DEV, id, remove, team, vault};
use crate::{
    people::People,
    sandbox::Run,
    team::{ALICE, CAROL},
};

const CONFIG: &str = ".vault.yaml";
const OTHER_ID: &str = "repository: 0123456789abcdef0123456789abcdef\n";

/// Replaces what stands once in a file of somebody's clone.
#[track_caller]
fn edit(people: &People, who: &str, file: &str, from: &str, to: &str) {
    let path = people.clone(who).join(file);
    let text = fs::read_to_string(&path).expect("a file");
    assert_eq!(text.matches(from).count(), 1, "{from:?} in {text}");
    fs::write(path, text.replace(from, to)).expect("a file");
}

/// The config says that dev is not signed.
fn turned_off(people: &People, who: &str) {
    let signed = "    dev:\n";
    edit(
        people,
        who,
        CONFIG,
        signed,
        "    dev:\n        signed: false\n",
    );
}

/// Bob turns the signature of dev off in the config and takes it out of the file; that takes no key.
fn stripped(people: &People) {
    turned_off(people, "bob");
    let path = people.clone("bob").join(DEV);
    let text = fs::read_to_string(&path).expect("a file");
    let (text, _) = text.split_once("    x-vault:\n").expect("a signed file");
    fs::write(path, text).expect("a file");
}

/// Bob gives dev another name, and its file another path.
fn renamed(people: &People) {
    people.git("bob", ["mv", DEV, "secrets/live.yaml"]);
    edit(people, "bob", CONFIG, "    dev:\n", "    live:\n");
    edit(people, "bob", CONFIG, "default: dev", "default: live");
}

/// Alice on a machine that knows nothing.
fn new_machine(people: &People) {
    people.join_as("new", "alice");
}

/// Every command that uses an environment refuses it on the new machine, each time.
#[track_caller]
fn refused(people: &People, name: &str, said: &str) {
    for line in [
        &["check"][..],
        &["check", "--keyless"],
        &["get", name, "A"],
        &["run", name, "--", "true"],
        &["set", name, "B", "two"],
        &["rekey", name, "--yes"],
        &["sync", name, "--yes"],
        &["get", name, "A"],
    ] {
        let output = people.vault("new", line).fails(3);
        let is_told = output.stderr().contains(said);
        assert!(is_told, "{line:?}: {}", output.stderr());
    }
    assert_eq!(people.git("new", ["status", "--porcelain"]), "");
}

#[test]
fn a_signature_that_was_taken_out_is_missed_where_nothing_is_known() {
    let people = team();
    stripped(&people);
    people.push("bob", "less noise");
    people.pull("laptop");
    new_machine(&people);
    let commit = id(&people, "HEAD~1");
    let said = format!("dev is what commit {commit} has signed as dev, without the signature");
    refused(&people, "dev", &said);
    people.vault("new", ["get", "dev", "A"]).fails_with(
        3,
        &format!(
            "vault: error: secrets/dev.yaml: {said}
vault:   no key is needed for that, and who turns a signature off by vault sync writes the file anew
vault: hint: git log -p .vault.yaml shows who did it
vault: hint: git checkout {commit} -- secrets/dev.yaml, and git checkout {commit} -- .vault.yaml, bring the signed one back
vault: hint: vault trust dev accepts what is here from now on
"
        ),
    );
    // Somebody who says so goes on with it.
    let trust = people.vault("new", ["trust", "dev", "--yes"]).succeeds();
    assert!(trust.stderr().contains(&said), "{}", trust.stderr());
    assert_eq!(people.get("new", "A").stdout(), "one");
    // And the hint brings the signed one back.
    let checkout = ["checkout", &commit, "--", DEV, CONFIG];
    people.git("new", checkout);
    people.vault("new", ["set", "dev", "B", "two"]).succeeds();
    people.vault("new", ["check"]).succeeds();
}

#[test]
fn an_old_file_without_its_signature_undoes_no_removal() {
    let people = team();
    remove(&people);
    people.reset("bob");
    people.git("bob", ["checkout", "--quiet", "HEAD~1", "--", "."]);
    stripped(&people);
    people.push("bob", "an improvement");
    people.pull("laptop");
    new_machine(&people);
    let commit = id(&people, "HEAD~2");
    let said = format!("dev is what commit {commit} has signed as dev, without the signature");
    refused(&people, "dev", &said);
}

#[test]
fn what_somebody_who_has_left_writes_with_the_old_data_key_is_not_used() {
    for is_renamed in [false, true] {
        let people = team();
        remove(&people);
        people.reset("bob");
        people.git("bob", ["checkout", "--quiet", "HEAD~1", "--", "."]);
        turned_off(&people, "bob");
        let set = [("set"), DEV, r#"["A"]"#, r#""evil""#];
        let Some(sops) = people.sandbox.sops(set) else {
            return;
        };
        sops.within(people.clone("bob"))
            .variable("SOPS_AGE_KEY_FILE", people.sandbox.path("bob.txt"))
            .succeeds();
        let name = match is_renamed {
            true => {
                renamed(&people);
                "live"
            }
            false => "dev",
        };
        people.push("bob", "an improvement");
        people.pull("laptop");
        new_machine(&people);
        let commit = id(&people, "HEAD~1");
        let said =
            format!("{name} is an older version here than in commit {commit}: bob has left since");
        refused(&people, name, &said);
    }
}

#[test]
fn another_name_and_path_hide_no_signature_that_was_taken_out() {
    let people = team();
    stripped(&people);
    renamed(&people);
    people.push("bob", "an improvement");
    people.pull("laptop");
    new_machine(&people);
    let commit = id(&people, "HEAD~1");
    let said = format!("live is what commit {commit} has signed as dev, without the signature");
    refused(&people, "live", &said);
    let diff = people
        .vault("new", ["diff", "--exit-code", "HEAD~1"])
        .fails(3);
    let lost = "live (secrets/live.yaml, was secrets/dev.yaml), was dev, not signed\n    ! it was signed, and is not any more\n";
    assert!(diff.stdout().contains(lost), "{}", diff.stdout());
}

#[test]
fn another_folder_and_id_hide_none_either() {
    for id_there in ["", OTHER_ID] {
        let people = team();
        stripped(&people);
        renamed(&people);
        let own = fs::read_to_string(people.clone("bob").join(CONFIG)).expect("a config");
        let own = own.lines().find(|line| line.starts_with("repository: "));
        let own = format!("{}\n", own.expect("an id"));
        edit(&people, "bob", CONFIG, &own, id_there);
        fs::create_dir(people.clone("bob").join("app")).expect("a folder");
        people.git("bob", ["mv", CONFIG, "secrets", "app"]);
        people.commit("bob", "a place of its own");
        people.git("bob", ["push", "--quiet", "origin", "HEAD:main"]);
        new_machine(&people);
        for line in [&["get", "live", "A"][..], &["set", "live", "B", "two"]] {
            let run = people.vault("new", line);
            let output = run.within(people.clone("new").join("app")).fails(3);
            let said = "has signed as dev, without the signature";
            assert!(output.stderr().contains(said), "{}", output.stderr());
        }
        comes_back_in_app(&people);
    }
}

/// What the hint says brings the signed one to where the vault is, from wherever it is typed.
fn comes_back_in_app(people: &People) {
    let (clone, commit) = (
        people.clone("new"),
        people.git("new", ["rev-parse", "HEAD~1"]),
    );
    for (stands, named, place) in [("", "app", "app/"), ("app", ".", "")] {
        let stands = clone.join(stands);
        let line = ["-C", named, "get", "live", "A"];
        let told = people.vault("new", line).within(&stands).fails(3);
        let back = |file: &str| format!("git show {}:{file} > {place}{file}", &commit[..10]);
        let (file, config) = (back(DEV), back(CONFIG));
        let hint = format!("vault: hint: {file}, and {config}, bring the signed one back\n");
        assert!(told.stderr().contains(&hint), "{}", told.stderr());
        let both = format!("{file} && {config}");
        let sh = people.sandbox.program("sh", ["-c", &both]);
        sh.within(&stands).succeeds();
        let app = |line: &[&str]| people.vault("new", line).within(clone.join("app"));
        app(&["check"]).succeeds();
        app(&["set", "dev", "B", "two"]).succeeds();
        people.git("new", ["checkout", "--quiet", "--", "."]);
        people.git("new", ["clean", "--quiet", "--force"]);
        // A machine that knows nothing again.
        let state = people.sandbox.path("new/.local/state/vault");
        fs::remove_dir_all(state).expect("something was known");
    }
}

#[test]
fn a_signature_that_a_writer_has_turned_off_is_missed_nowhere() {
    let people = team();
    turned_off(&people, "alice");
    vault(&people, &["sync", "--yes"]);
    people.push("alice", "sops is used, too");
    let goes_on = |machine: &str, name: &str| {
        people.join_as(machine, "alice");
        let vault = |line: &[&str]| people.vault(machine, line).prints_secrets();
        vault(&["check", "--keyless"]).succeeds();
        vault(&["check"]).succeeds();
        vault(&["get", name, "A"]).succeeds_with("one").says("");
        vault(&["set", name, "B", "two"]).succeeds();
    };
    goes_on("first", "dev");
    people.push("first", "a value");
    people.pull("alice");
    vault(&people, &["env", "rename", "dev", "live", "--yes"]);
    people.push("alice", "another name");
    goes_on("second", "live");
}

#[test]
fn where_history_is_cut_off_only_what_is_there_tells() {
    let people = team();
    stripped(&people);
    people.push("bob", "less noise");
    new_machine(&people);
    let origin = format!("file://{}", people.sandbox.path("origin.git").display());
    let folder = people.sandbox.path("new/shallow");
    let shallow = folder.display().to_string();
    let clone = ["clone", "--quiet", "--depth=1", &origin, &shallow];
    people.sandbox.git(clone);
    let get = people.vault("new", ["get", "dev", "A"]).within(&folder);
    let get = get.prints_secrets().succeeds_with("one");
    get.says("vault: first use here: dev, which is not signed\n");
}

#[test]
fn a_check_where_history_is_cut_off_says_what_it_cannot_tell_of_unsigned_files() {
    let people = team();
    let origin = format!("file://{}", people.sandbox.path("origin.git").display());
    let warning = "vault: warning: git's history is cut off here: nothing tells whether dev, not signed, was signed before
vault: hint: git fetch --unshallow brings the rest
";
    for (folder, is_signed) in [("signed", true), ("unsigned", false)] {
        if !is_signed {
            turned_off(&people, "alice");
            vault(&people, &["sync", "--yes"]);
            people.push("alice", "off");
        }
        let folder = people.sandbox.path(folder);
        let shallow = folder.display().to_string();
        let clone = ["clone", "--quiet", "--depth=1", &origin, &shallow];
        people.sandbox.git(clone);
        let check = || {
            people
                .vault("alice", ["check", "--keyless"])
                .within(&folder)
        };
        let told = check().succeeds();
        assert_eq!(told.stderr().contains(warning), !is_signed, "{told:?}");
        people
            .sandbox
            .git(["-C", &shallow, "fetch", "--quiet", "--unshallow"]);
        let told = check().succeeds();
        assert!(!told.stderr().contains("warning"), "{told:?}");
    }
}

/// A vault of carol's own in the place of the one that alice knows, with a file that alice can read.
fn taken_over(people: &People, id: &str, is_signed: bool) {
    people.join("carol");
    people.git("carol", ["rm", "--quiet", "-r", CONFIG, "secrets"]);
    people.commit("carol", "nothing is left");
    let carol = |line: &[&str]| {
        people.vault("carol", line).succeeds();
    };
    match is_signed {
        true => carol(&[
            "init", "--anew", "--name", "carol", "--env", "main", "--yes",
        ]),
        false => {
            let config = format!(
                "version: 1\n{id}recipients:\n    carol: {CAROL}\nenvironments:\n    main: {{recipients: [carol], signed: false}}\n"
            );
            fs::write(people.clone("carol").join(CONFIG), config).expect("a config");
        }
    }
    carol(&["set", "main", "A", "evil"]);
    carol(&[
        "recipients",
        "add",
        "alice",
        ALICE,
        "--env",
        "main",
        "--yes",
    ]);
    people.commit("carol", "an improvement");
    people.git("carol", ["push", "--quiet", "origin", "HEAD:main"]);
    people.pull("laptop");
}

#[test]
fn another_id_and_another_name_are_no_new_vault_where_the_old_one_is_known() {
    for (id, is_signed) in [("", false), (OTHER_ID, false), ("", true)] {
        let people = team();
        taken_over(&people, id, is_signed);
        for line in [
            &["get", "main", "A"][..],
            &["run", "main", "--", "true"],
            &["set", "main", "B", "two"],
            &["check", "--keyless"],
        ] {
            let output = people.vault("laptop", line).fails(3);
            let said = "main does not follow from what was last used here";
            assert!(output.stderr().contains(said), "{}", output.stderr());
        }
        people
            .vault("laptop", ["trust", "main", "--yes"])
            .succeeds();
        let get = people
            .vault("laptop", ["get", "main", "A"])
            .prints_secrets();
        get.succeeds_with("evil").says("");
    }
}

#[test]
fn without_its_id_a_vault_is_not_what_it_was_before_it_had_one() {
    let people = People::begin();
    people.join("alice");
    let config = format!(
        "version: 1\nrecipients:\n    alice: {ALICE}\nenvironments:\n    dev:\n        recipients: [alice]\n        signed: false\n"
    );
    fs::write(people.clone("alice").join(CONFIG), config).expect("a config");
    vault(&people, &["set", "dev", "A", "one"]);
    people.push("alice", "as sops has it");
    people.join_as("laptop", "alice");
    assert_eq!(people.get("laptop", "A").stdout(), "one");
    vault(&people, &["sign", "dev", "--yes"]);
    people.push("alice", "signed from now on");
    people.pull("laptop");
    assert_eq!(people.get("laptop", "A").stdout(), "one");
    people.stranger("mallory");
    people.git("mallory", ["checkout", "--quiet", "HEAD~1", "--", "."]);
    people.commit("mallory", "an improvement");
    people.git("mallory", ["push", "--quiet", "origin", "HEAD:main"]);
    people.pull("laptop");
    let get = people.vault("laptop", ["get", "dev", "A"]).fails(3);
    let said = "dev does not follow from what was last used here";
    assert!(get.stderr().contains(said), "{}", get.stderr());
}

/// The laptop makes the file of main.
fn made(people: &People) -> Run<'_> {
    people.vault("laptop", ["set", "main", "B", "two"])
}

#[test]
fn under_another_id_no_file_is_made_for_strangers() {
    for id in ["", OTHER_ID] {
        let people = team();
        let config = format!(
            "version: 1\n{id}recipients:\n    alice: {ALICE}\n    carol: {CAROL}\nenvironments:\n    main: {{recipients: [alice, carol]}}\n"
        );
        people.git("bob", ["rm", "--quiet", "-r", "secrets"]);
        fs::write(people.clone("bob").join(CONFIG), config).expect("a config");
        people.commit("bob", "an improvement");
        people.git("bob", ["push", "--quiet", "origin", "HEAD:main"]);
        people.pull("laptop");
        made(&people).fails_with(
            3,
            "vault: error: main would be made for carol, whom nothing that was used here knows, and the vault that was used here had another `repository` in .vault.yaml
vault:   carol (SHA256:[..])
vault: hint: git log -p .vault.yaml shows who changed it: ask them
",
        );
    }
}

#[test]
fn whoever_begins_a_vault_anew_goes_on_with_it() {
    let people = team();
    people.git("laptop", ["rm", "--quiet", "-r", CONFIG, "secrets"]);
    people.commit("laptop", "this was another project");
    let laptop = |line: &[&str]| {
        people.vault("laptop", line).succeeds();
    };
    laptop(&[
        "init", "--anew", "--name", "alice", "--env", "main", "--yes",
    ]);
    people.commit("laptop", "a vault");
    made(&people).succeeds();
    let add = ["recipients", "add", "carol", CAROL];
    laptop(&[&add[..], &["--env", "main", "--yes"]].concat());
    laptop(&["get", "main", "B"]);
}
