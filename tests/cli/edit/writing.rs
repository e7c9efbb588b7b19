//! What could stop the write, and others who write meanwhile.

use super::world::{FILE, STAYS, TYPE, World};
use crate::team::{CI, configured, get, log_in};

#[test]
fn e17_a_second_edit_is_told_of_the_first_and_does_not_wait() {
    let world = World::new();
    let mut living = world.begin(STAYS);
    let output = world.edit("true").succeeds();
    let said = format!(
        "vault: warning: secrets/dev.yaml is being edited already, by process {} since ",
        living.child.id()
    );
    assert!(output.stderr().contains(&said), "{}", output.stderr());
    living.gets(rustix::process::Signal::TERM);
    living.ends();
}

#[test]
fn e18_a_file_in_the_middle_of_a_merge_is_refused() {
    let world = World::new();
    world.sandbox.vault(["git", "uninstall"]).succeeds();
    world.sandbox.commit("one");
    world.sandbox.git(["checkout", "--quiet", "-b", "other"]);
    world.sandbox.vault(["set", "dev", "TOKEN", "x"]).succeeds();
    world.sandbox.commit("two");
    world.sandbox.git(["checkout", "--quiet", "main"]);
    world.sandbox.vault(["set", "dev", "TOKEN", "y"]).succeeds();
    world.sandbox.commit("three");
    let git = crate::peers::quietly("git").expect("git");
    world
        .sandbox
        .program(
            git,
            [
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@b.invalid",
                "merge",
                "--quiet",
                "other",
            ],
        )
        .fails(1);
    let refused = "\
vault: error: secrets/dev.yaml: the merge of it is not finished
vault: hint: vault git resolve brings both sides together, and asks where they contradict each other
vault: hint: git checkout --ours -- secrets/dev.yaml takes the file as your branch has it, --theirs as the branch that comes in has it; then git add secrets/dev.yaml: what the other side has changed is dropped, and vault set writes it again
";
    world.edit("true").fails_with(3, refused);
    let unread = "\
vault: error: secrets/dev.yaml: [..]:1: both sides of a merge conflict are in it
vault: hint: vault git resolve brings both sides together, and asks where they contradict each other
vault: hint: git checkout --ours -- secrets/dev.yaml takes the file as your branch has it, --theirs as the branch that comes in has it; then git add secrets/dev.yaml: what the other side has changed is dropped, and vault set writes it again
";
    for line in [&["get", "dev", "TOKEN"][..], &["sync"], &["sign", "dev"]] {
        world.sandbox.vault(line).fails_with(2, unread);
    }
    let set = &["set", "dev", "TOKEN", "z"][..];
    world.sandbox.vault(set).fails_with(3, refused);
    // also while the index alone tells
    world.sandbox.git(["checkout", "--ours", "--", FILE]);
    world.edit("true").fails_with(3, refused);
    for line in [set, &["sync"], &["sign", "dev"], &["rekey", "dev"]] {
        world.sandbox.vault(line).fails_with(3, refused);
    }
    world.sandbox.git(["add", FILE]);
    world.edit("true").succeeds();
}

#[test]
fn e19_mode_and_link_of_the_file_stay() {
    let world = World::new();
    std::fs::rename(
        world.sandbox.work(FILE),
        world.sandbox.work("secrets/real.yaml"),
    )
    .unwrap();
    std::os::unix::fs::symlink("real.yaml", world.sandbox.work(FILE)).unwrap();
    world.sandbox.chmod("secrets/real.yaml", 0o640);
    world.edit(TYPE).succeeds();
    assert_eq!(get(&world.sandbox, "dev", "TYPED"), super::world::NEW);
    let link = std::fs::read_link(world.sandbox.work(FILE)).unwrap();
    assert_eq!(link, std::path::Path::new("real.yaml"));
    assert_eq!(world.sandbox.mode("secrets/real.yaml"), 0o640);
}

#[test]
fn e22_a_read_only_file_or_folder_is_told_before_the_editor_opens() {
    let world = World::new();
    let touched = world.sandbox.path("touched");
    let script = format!("touch '{}'", touched.display());
    world.sandbox.give_to_nobody();
    if world.sandbox.is_root() {
        std::os::unix::fs::chown(world.memory().parent().unwrap(), Some(65534), Some(65534))
            .unwrap();
        std::os::unix::fs::chown(world.memory(), Some(65534), Some(65534)).unwrap();
        std::os::unix::fs::chown(world.memory().join("locks"), Some(65534), Some(65534)).unwrap();
    }
    for (path, mode, back) in [(FILE, 0o444, 0o644), ("secrets", 0o555, 0o755)] {
        world.sandbox.chmod(path, mode);
        world.edit(&script).by_nobody().fails(2);
        assert!(!touched.exists(), "{path}");
        world.sandbox.chmod(path, back);
    }
    world.edit(&script).by_nobody().succeeds();
    assert!(touched.exists());
}

#[test]
fn who_may_not_write_is_told_before_the_editor_opens() {
    let sandbox = configured(
        &[("alice", crate::team::ALICE), ("ci", CI)],
        "    dev: {recipients: [alice, ci]}\n",
    );
    let world = World::of(sandbox);
    world.sandbox.vault(["set", "dev", "A", "x"]).succeeds();
    log_in(&world.sandbox, "carol");
    let touched = world.sandbox.path("touched");
    let output = world
        .edit(&format!("touch '{}'", touched.display()))
        .fails(2);
    assert!(
        output
            .stderr()
            .contains("no identity of yours may write dev"),
        "{}",
        output.stderr()
    );
    assert!(!touched.exists());
}

#[test]
fn an_environment_without_a_file_begins_empty() {
    let world = World::of(configured(
        &[("alice", crate::team::ALICE)],
        "    dev: {recipients: [alice]}\n",
    ));
    world
        .edit("true")
        .succeeds()
        .says("vault: making secrets/dev.yaml, which alice can read\nvault: nothing changed\n");
    assert!(!world.sandbox.exists(FILE));
    world
        .edit(TYPE)
        .succeeds()
        .says("vault: making secrets/dev.yaml, which alice can read\nvault: + TYPED\n");
    assert_eq!(get(&world.sandbox, "dev", "TYPED"), super::world::NEW);
}
