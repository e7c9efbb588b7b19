//! The first write of an environment.

use super::FILE;
use crate::team::{ALICE, BOB, CI, alone, configured, get, reconfigure};

#[test]
fn the_first_write_makes_the_file_and_the_id_and_says_for_whom() {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB), ("ci", CI)],
        "    dev: {recipients: [alice, bob, ci]}\n    prod: {recipients: [alice], file: deploy/prod.yaml}\n",
    );
    sandbox.vault(["set", "dev", "A", "1"]).succeeds().says(
        "vault: making the file and writing A to secrets/dev.yaml for alice, bob, ci
vault: + A
",
    );
    let config = sandbox.read(".vault.yaml");
    let id = config
        .lines()
        .find_map(|line| line.strip_prefix("repository: "))
        .expect("an id was made");
    assert_eq!(id.trim_matches('"').len(), 32);
    assert!(sandbox.read(FILE).contains("repository: "));
    sandbox.vault(["set", "prod", "A", "2"]).succeeds();
    assert_eq!(sandbox.read(".vault.yaml"), config);
    assert_eq!(get(&sandbox, "prod", "A"), "2");
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn an_id_that_was_taken_out_is_never_made_anew() {
    let sandbox = configured(
        &[("alice", ALICE)],
        "    dev: {recipients: [alice]}\n    prod: {recipients: [alice]}\n",
    );
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    let config = sandbox.read(".vault.yaml");
    let without: String = config
        .lines()
        .filter(|line| !line.starts_with("repository"))
        .map(|line| format!("{line}\n"))
        .collect();
    sandbox.write(".vault.yaml", &without);
    sandbox.vault(["set", "prod", "A", "1"]).fails_with(
        3,
        "vault: error: secrets/dev.yaml is signed, but .vault.yaml has no `repository`
vault: hint: git log -p .vault.yaml shows who took it out
",
    );
    sandbox.vault(["set", "dev", "B", "1"]).fails(3);
    assert_eq!(sandbox.read(".vault.yaml"), without);
    assert!(!sandbox.exists("secrets/prod.yaml"));
}

#[test]
fn a_file_that_the_last_commit_has_is_not_made_a_second_time() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    sandbox.commit("secrets");
    std::fs::remove_file(sandbox.work(FILE)).unwrap();
    let by_path =
        "vault: error: dev has no file here, but the last commit has one: secrets/dev.yaml
vault: hint: git checkout HEAD -- secrets/dev.yaml brings it back
";
    sandbox
        .vault(["set", "dev", "A", "2"])
        .fails_with(3, by_path);
    sandbox.vault(["unset", "dev", "A"]).fails_with(3, by_path);
    // Another path in the config is no way around.
    reconfigure(
        &sandbox,
        "recipients: [alice]",
        "recipients: [alice]\n        file: other/dev.yaml",
    );
    sandbox
        .vault(["set", "dev", "A", "2"])
        .fails_with(3, by_path);
    assert!(!sandbox.exists("other"));
    // Nor is a new vault, also where somebody wants one.
    std::fs::remove_file(sandbox.work(".vault.yaml")).unwrap();
    let init = ["init", "--name", "alice", "--env", "dev", "--yes"];
    sandbox.vault(init).fails(2);
    sandbox.vault(init).and(["--anew"]).fails_with(3, by_path);
    assert!(!sandbox.exists(".vault.yaml"));
}

#[test]
fn a_vault_in_a_folder_of_a_repository_is_guarded_as_one_at_its_top() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    std::fs::create_dir(sandbox.work("service")).unwrap();
    for moved in [".vault.yaml", "secrets"] {
        let to = sandbox.work("service").join(moved);
        std::fs::rename(sandbox.work(moved), to).unwrap();
    }
    // Another vault with an environment of this name is none of its business.
    sandbox.write("other/dev.yaml", sandbox.read("service/secrets/dev.yaml"));
    sandbox.commit("a service and its secrets");
    let set = ["-C", "service", "set", "dev", "A", "2"];
    sandbox.vault(set).succeeds();
    std::fs::remove_file(sandbox.work("service/secrets/dev.yaml")).unwrap();
    sandbox.vault(set).fails_with(
        3,
        "vault: error: dev has no file here, but the last commit has one: secrets/dev.yaml
vault: hint: git checkout HEAD -- service/secrets/dev.yaml brings it back
",
    );
}

#[test]
fn an_unsigned_file_that_the_last_commit_has_elsewhere_is_not_made_a_second_time() {
    let sandbox = configured(
        &[("alice", ALICE)],
        "    dev: {recipients: [alice], signed: false, file: old/dev.yaml}\n",
    );
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    sandbox.commit("secrets");
    std::fs::remove_file(sandbox.work("old/dev.yaml")).unwrap();
    reconfigure(&sandbox, "old/dev.yaml", "new/dev.yaml");
    sandbox.vault(["set", "dev", "A", "2"]).fails_with(
        3,
        "vault: error: dev has no file here, but the last commit has one: old/dev.yaml
vault: hint: git checkout HEAD -- old/dev.yaml brings it back
",
    );
}

#[test]
fn a_file_that_lies_elsewhere_is_put_in_its_place_by_the_hint() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    sandbox.commit("secrets");
    reconfigure(
        &sandbox,
        "recipients: [alice]",
        "recipients: [alice]\n        file: other/dev.yaml",
    );
    std::fs::create_dir(sandbox.work("sub")).unwrap();
    let said = "vault: error: dev has no file here, but the last commit has one: secrets/dev.yaml\nvault: hint: ";
    let line = "mkdir -p ../other && git mv ../secrets/dev.yaml ../other/dev.yaml";
    sandbox.vault(["list", "dev"]).within("sub").fails_with(
        3,
        &format!("{said}{line} puts it where .vault.yaml has it\n"),
    );
    let typed = sandbox.program("sh", ["-c", line]).within("sub").run();
    assert_eq!(typed.code(), 0, "{}", typed.stderr());
    sandbox.vault(["list", "dev"]).succeeds();
    sandbox.commit("moved");
    // The file itself is named before a copy of it.
    sandbox.write("copies/dev.yaml", sandbox.read("other/dev.yaml"));
    sandbox.commit("a copy");
    std::fs::remove_file(sandbox.work("other/dev.yaml")).unwrap();
    sandbox.vault(["list", "dev"]).fails_with(
        3,
        "vault: error: dev has no file here, but the last commit has one: other/dev.yaml
vault: hint: git checkout HEAD -- other/dev.yaml brings it back
",
    );
}

#[test]
fn what_is_staged_is_not_lost_by_the_hint() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    sandbox.commit("secrets");
    sandbox.vault(["set", "dev", "B", "precious"]).succeeds();
    sandbox.git(["add", FILE]);
    std::fs::remove_file(sandbox.work(FILE)).unwrap();
    let line = "git checkout -- secrets/dev.yaml";
    sandbox.vault(["list", "dev"]).fails_with(
        3,
        &format!(
            "vault: error: dev has no file here, but the last commit has one: secrets/dev.yaml\nvault: hint: {line} brings it back\n"
        ),
    );
    let typed = sandbox.program("sh", ["-c", line]).run();
    assert_eq!(typed.code(), 0, "{}", typed.stderr());
    let get = sandbox.vault(["get", "dev", "B"]).prints_secrets();
    get.succeeds_with("precious");
}

#[test]
fn the_file_of_another_environment_stays_where_it_is() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    sandbox.commit("secrets");
    let first = sandbox.git(["rev-parse", "HEAD"])[..10].to_owned();
    sandbox.git(["mv", FILE, "secrets/live.yaml"]);
    reconfigure(
        &sandbox,
        "    dev:\n",
        "    live:\n        recipients: [alice]\n    dev:\n",
    );
    sandbox.commit("another");
    sandbox.vault(["list", "dev"]).fails_with(
        3,
        &format!(
            "vault: error: dev has no file here, but the last commit has one: secrets/live.yaml
vault: hint: git checkout {first} -- secrets/dev.yaml brings back the file that was there
"
        ),
    );
}

#[test]
fn who_could_not_write_a_new_file_is_told_the_line_to_add_before_a_value_is_asked_for() {
    let said = |members: &[(&str, &str)], environment: &str| {
        let sandbox = configured(members, &format!("    dev: {environment}\n"));
        let output = sandbox.vault(["set", "dev", "A"]).fails(2);
        assert_eq!(sandbox.files(), [".vault.yaml"]);
        output.stderr().to_owned()
    };
    assert_eq!(
        said(&[("bob", BOB)], "{recipients: [bob]}"),
        format!(
            "vault: error: no identity of yours may write dev; writers are bob
vault: hint: add this line under `recipients` in .vault.yaml: YOUR-NAME: {ALICE}
vault: hint: and YOUR-NAME to the `recipients` of dev there
"
        )
    );
    assert_eq!(
        said(&[("bob", BOB), ("alice", ALICE)], "{recipients: [bob]}"),
        "vault: error: no identity of yours may write dev; writers are bob
vault: hint: add alice to the `recipients` of dev in .vault.yaml
"
    );
    assert_eq!(
        said(
            &[("bob", BOB), ("alice", ALICE)],
            "{recipients: [bob, alice], writers: [bob]}"
        ),
        "vault: error: no identity of yours may write dev; writers are bob
vault: hint: .vault.yaml says that alice only reads dev: see `writers` there, and `reads-only` in the line of alice
"
    );
    assert_eq!(
        said(&[("ci", CI)], "{recipients: [ci]}"),
        format!(
            "vault: error: nobody could write dev: none of its recipients has a signing key
vault: hint: add this line under `recipients` in .vault.yaml: YOUR-NAME: {ALICE}
vault: hint: and YOUR-NAME to the `recipients` of dev there
"
        )
    );
    assert_eq!(
        said(&[("bob", BOB)], "{recipients: [bob], signed: false}"),
        format!(
            "vault: error: no identity of yours could read dev; its recipients are bob
vault: hint: add this line under `recipients` in .vault.yaml: YOUR-NAME: {ALICE}
vault: hint: and YOUR-NAME to the `recipients` of dev there
"
        )
    );
}

#[test]
fn without_an_identity_it_is_told_how_to_make_one() {
    let sandbox = configured(&[("bob", BOB)], "    dev: {recipients: [bob]}\n");
    std::fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    sandbox.vault(["set", "dev", "A"]).fails_with(
        2,
        "vault: error: no identity of yours may write dev; writers are bob
vault: hint: vault setup makes an identity, and prints the line to send to a colleague
",
    );
}
