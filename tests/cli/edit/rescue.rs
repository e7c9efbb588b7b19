//! What is kept, and how it comes back.

use super::world::{FILE, NEW, World};
use crate::team::{ALICE, BOB, configured, get, log_in};

/// Types, and fails.
const FAILS: &str = "echo \"TYPED: correct-horse-battery\" >> \"$1\"; exit 1";

fn id(world: &World) -> String {
    let names = world.rescues();
    let [name] = &names[..] else {
        panic!("{names:?}")
    };
    name.trim_end_matches(".age").to_owned()
}

#[test]
fn r08_what_was_kept_comes_back_and_goes_when_it_is_written() {
    let world = World::new();
    world.edit(FAILS).fails(2);
    assert_eq!(
        world.sandbox.mode(world.sandbox.path("state/vault/rescue")),
        0o700
    );
    let file = world
        .sandbox
        .path("state/vault/rescue")
        .join(&world.rescues()[0]);
    assert_eq!(world.sandbox.mode(&file), 0o600);
    // an edit of it that fails once more, with nothing new in it, keeps the one that there is
    let before = id(&world);
    let output = world.vault(["edit", "dev", "--resume"], "exit 1").fails(2);
    assert!(output.stderr().contains(&before), "{}", output.stderr());
    assert_eq!(id(&world), before);
    world
        .vault(["edit", "dev", "--resume"], "true")
        .succeeds()
        .says("vault: editing secrets/dev.yaml, which alice can read\nvault: + TYPED\n");
    assert_eq!(get(&world.sandbox, "dev", "TYPED"), NEW);
    assert_eq!(world.rescues(), Vec::<String>::new());
    world.vault(["edit", "dev", "--resume"], "true").fails_with(
        2,
        "vault: error: nothing that was typed for dev is kept\nvault: hint: vault edit --list-rescues shows what is kept\n",
    );
}

#[test]
fn the_age_program_opens_a_rescue_without_vault() {
    let world = World::new();
    world.edit(FAILS).fails(2);
    let Some(age) = crate::peers::program("age") else {
        return;
    };
    let file = world
        .sandbox
        .path("state/vault/rescue")
        .join(&world.rescues()[0]);
    // as docs/editing.md says
    let line = format!(
        "sed '/^-----END/q' '{}' | sed '1,/^$/d' | '{}' -d -i '{}'",
        file.display(),
        age.display(),
        world.sandbox.path("config/vault/identity.txt").display()
    );
    let output = world
        .sandbox
        .program("/bin/sh", ["-c", &line])
        .prints_secrets()
        .succeeds();
    assert!(output.stdout().ends_with(&format!("\nTYPED: {NEW}\n")));
}

#[test]
fn what_is_kept_is_listed_and_can_be_thrown_away() {
    let world = World::new();
    world
        .sandbox
        .vault(["edit", "--list-rescues"])
        .succeeds()
        .says("vault: nothing is kept\n");
    world.edit(FAILS).fails(2);
    let one = id(&world);
    world
        .sandbox
        .vault(["edit", "--list-rescues"])
        .succeeds_with(&format!("{one}  dev, typed until [TIME]\n"));
    world.edit(FAILS).fails(2);
    world.sandbox.vault(["edit", "--discard-rescue"]).fails_with(
        2,
        "vault: error: there are several; which one?\nvault: hint: vault edit --list-rescues shows their names\n",
    );
    world
        .sandbox
        .vault(["edit", "--discard-rescue", &one])
        .succeeds()
        .says(&format!("vault: {one} is gone\n"));
    assert_eq!(world.rescues().len(), 1);
    world.sandbox.vault(["edit", "--discard-rescue"]).succeeds();
    world
        .sandbox
        .vault(["edit", "--discard-rescue", "../x"])
        .fails(2);
    assert_eq!(world.rescues(), Vec::<String>::new());
}

#[test]
fn what_was_typed_in_another_repository_is_thrown_away_by_its_name_only() {
    let world = World::new();
    world.edit(FAILS).fails(2);
    let kept = id(&world);
    std::fs::create_dir(world.sandbox.path("other")).unwrap();
    let init = ["init", "--name", "alice", "--env", "dev", "--yes"];
    world.sandbox.vault(init).within("../other").succeeds();
    let other = |words: &[&str]| world.sandbox.vault(words.iter()).within("../other");
    other(&["edit", "--list-rescues"]).succeeds_with(&format!(
        "{kept}  dev, typed until [TIME], in another repository: [ROOT]/work\n"
    ));
    other(&["edit", "dev", "--resume"]).variable("VAULT_EDITOR", "true").fails_with(
        2,
        &format!("vault: error: what is kept for dev is of another repository: {kept}\nvault: hint: vault -C [ROOT]/work edit dev --resume goes on with it there\n"),
    );
    other(&["edit", "--discard-rescue"]).fails_with(
        2,
        "vault: error: nothing that was typed in this repository is kept\nvault: hint: vault edit --list-rescues shows what is kept\n",
    );
    assert_eq!(id(&world), kept);
    // One of an older vault has no directory.
    let path = world.sandbox.path(format!("state/vault/rescue/{kept}.age"));
    let text = world.sandbox.read(&path);
    let is_directory = |line: &&str| line.starts_with("directory: ");
    let line = text.lines().find(is_directory).unwrap();
    world
        .sandbox
        .write(&path, text.replace(&format!("{line}\n"), ""));
    other(&["edit", "--list-rescues"]).succeeds_with(&format!(
        "{kept}  dev, typed until [TIME], in another repository, whose .vault.yaml says repository: [..]\n"
    ));
    other(&["edit", "--discard-rescue"]).fails(2);
    world
        .sandbox
        .vault(["edit", "--list-rescues"])
        .succeeds_with(&format!("{kept}  dev, typed until [TIME]\n"));
    other(&["edit", "--discard-rescue", &kept])
        .succeeds()
        .says(&format!("vault: {kept} is gone\n"));
    assert_eq!(world.rescues(), Vec::<String>::new());
}

#[test]
fn repositories_without_an_id_are_known_by_their_directory() {
    let world = World::of(configured(
        &[("alice", ALICE)],
        "    dev: {recipients: [alice], signed: false}\n",
    ));
    world.sandbox.vault(["set", "dev", "A", "x"]).succeeds();
    world.edit(FAILS).fails(2);
    let kept = id(&world);
    for file in [".vault.yaml", FILE] {
        let text = world.sandbox.read(file);
        world.sandbox.write(format!("other/{file}"), text);
    }
    let other = |words: &[&str]| world.sandbox.vault(words.iter()).within("other");
    other(&["edit", "--discard-rescue"]).fails(2);
    other(&["edit", "dev", "--resume"])
        .variable("VAULT_EDITOR", "true")
        .fails(2);
    // What is moved comes along.
    std::fs::remove_file(world.sandbox.work(".vault.yaml")).unwrap();
    let listed = format!("{kept}  dev, typed until [TIME]\n");
    other(&["edit", "--list-rescues"]).succeeds_with(&listed);
    other(&["edit", "--discard-rescue"]).succeeds();
    assert_eq!(world.rescues(), Vec::<String>::new());
}

#[test]
fn what_is_kept_goes_after_seven_days_with_a_word() {
    let world = World::new();
    world.edit(FAILS).fails(2);
    let folder = world.sandbox.path("state/vault/rescue");
    let now = world.rescues()[0].clone();
    let old = "dev-20200101T000000Z";
    std::fs::copy(folder.join(&now), folder.join(format!("{old}.age"))).unwrap();
    world
        .sandbox
        .vault(["list", "dev"])
        .succeeds()
        .says(&format!(
            "vault: warning: the rescue {old} was older than 7 days, and is gone\n"
        ));
    assert_eq!(world.rescues(), [now]);
}

#[test]
fn what_was_typed_elsewhere_is_refused() {
    let world = World::new();
    world.edit(FAILS).fails(2);
    let kept = id(&world);
    // another repository of the same person
    let (config, file) = (world.sandbox.read(".vault.yaml"), world.sandbox.read(FILE));
    std::fs::remove_file(world.sandbox.work(".vault.yaml")).unwrap();
    std::fs::remove_file(world.sandbox.work(FILE)).unwrap();
    world
        .sandbox
        .vault(["init", "--name", "alice", "--env", "dev", "prod", "--yes"])
        .succeeds();
    world.vault(["edit", "dev", "--resume"], "true").fails_with(
        2,
        &format!("vault: error: what is kept for dev is of another repository: {kept}\nvault: hint: go there, and type vault edit --resume again\n"),
    );
    // another environment
    world.sandbox.write(".vault.yaml", config);
    world.sandbox.write(FILE, file);
    let folder = world.sandbox.path("state/vault/rescue");
    let path = folder.join(format!("{kept}.age"));
    let text = world.sandbox.read(&path);
    world
        .sandbox
        .write(&path, text.replace("environment: dev", "environment: prod"));
    world.vault(["edit", "dev", "--resume"], "true").fails(2);
    world
        .sandbox
        .write(&path, text.replace("time: 2", "time: 1"));
    let output = world.vault(["edit", "dev", "--resume"], "true").fails(2);
    assert!(
        output
            .stderr()
            .contains("its heading is not the one that it was made with"),
        "{}",
        output.stderr()
    );
}

#[test]
fn what_somebody_else_typed_does_not_open() {
    let world = World::of(configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob]}\n",
    ));
    world.sandbox.vault(["set", "dev", "A", "x"]).succeeds();
    world.edit(FAILS).fails(2);
    let kept = id(&world);
    log_in(&world.sandbox, "bob");
    world.vault(["edit", "dev", "--resume"], "true").fails_with(
        2,
        &format!("vault: error: the rescue {kept}: it was not typed with the identity that is used now\nvault: hint: -i FILE takes another identity\n"),
    );
    assert_eq!(id(&world), kept);
}

#[test]
fn where_the_disk_is_full_what_was_typed_is_kept_in_memory() {
    let world = World::new();
    // a file where the directory should be stands for a disk that takes nothing; root writes everywhere
    world
        .sandbox
        .write(world.sandbox.path("state/vault/rescue"), "");
    world.edit(FAILS).fails(2);
    let kept: Vec<_> = std::fs::read_dir(world.memory().join("rescue"))
        .unwrap()
        .collect();
    assert_eq!(kept.len(), 1);
    world.holds_nothing_in_clear();
    world.vault(["edit", "dev", "--resume"], "true").succeeds();
    assert_eq!(get(&world.sandbox, "dev", "TYPED"), NEW);
}

#[test]
fn whoever_begins_anew_is_told_what_is_still_kept() {
    let world = World::new();
    world.edit(FAILS).fails(2);
    let before = id(&world);
    let output = world.edit("true").succeeds();
    let said = format!(
        "vault: warning: what you typed for dev before is still kept, until 7 days after: {before}\nvault: hint: vault edit dev --resume goes on with it; --discard-rescue throws it away\n"
    );
    assert!(output.stderr().starts_with(&said), "{}", output.stderr());
}

#[test]
fn what_was_typed_comes_back_when_the_environment_has_another_name_by_then() {
    let world = World::new();
    world.edit(FAILS).fails(2);
    world.sandbox.commit("before");
    world
        .sandbox
        .vault(["env", "rename", "dev", "local", "--yes"])
        .succeeds();
    world
        .vault(["edit", "local", "--resume"], "true")
        .succeeds();
    assert_eq!(get(&world.sandbox, "local", "TYPED"), NEW);
    assert_eq!(world.rescues(), Vec::<String>::new());
}
