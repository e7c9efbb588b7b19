//! Three people with a clone each.

use crate::{people::People, team};

#[test]
fn three_people_join_edit_and_part_and_who_left_neither_reads_nor_writes() {
    let story = People::begin();
    for who in ["alice", "bob", "carol"] {
        story.join(who);
    }
    story
        .vault(
            "alice",
            ["init", "--name", "alice", "--env", "dev", "--yes"],
        )
        .succeeds();
    story
        .vault("alice", ["set", "dev", "TOKEN", "hunter2-one"])
        .succeeds();
    for (who, line) in [("bob", team::BOB), ("carol", team::CAROL)] {
        story
            .vault(
                "alice",
                ["recipients", "add", who, line, "--env", "dev", "--yes"],
            )
            .succeeds();
    }
    story.push("alice", "the team");
    story.pull("bob");
    story
        .vault("bob", ["set", "dev", "TOKEN", "hunter2-two"])
        .succeeds();
    story.push("bob", "an edit");
    story.pull("carol");
    assert_eq!(story.get("carol", "TOKEN").stdout(), "hunter2-two");
    let old = story
        .sandbox
        .read(story.clone("carol").join("secrets/dev.yaml"));
    story.pull("alice");
    story
        .vault("alice", ["recipients", "remove", "carol", "--yes"])
        .succeeds();
    story
        .vault("alice", ["set", "dev", "TOKEN", "hunter2-three"])
        .succeeds();
    story.push("alice", "carol has left");

    // What she signs nobody accepts, neither in the old file nor beside the new config.
    story
        .vault("carol", ["set", "dev", "TOKEN", "hunter2-hers"])
        .succeeds();
    let hers = story
        .sandbox
        .read(story.clone("carol").join("secrets/dev.yaml"));
    story.pull("bob");
    let file = story.clone("bob").join("secrets/dev.yaml");
    let new = story.sandbox.read(&file);
    for forged in [&hers, &old] {
        story.sandbox.write(&file, forged);
        let output = story.get("bob", "TOKEN");
        assert!(forged == &old || output.code() == 3, "{}", output.stderr());
        story.vault("bob", ["set", "dev", "X", "y"]).fails(3);
    }
    story.sandbox.write(&file, &new);
    assert_eq!(story.get("bob", "TOKEN").stdout(), "hunter2-three");

    // Nor does her key open what is new.
    story.git("carol", ["checkout", "--quiet", "--", "."]);
    story.pull("carol");
    assert_eq!(story.get("carol", "TOKEN").code(), 2);
    story.vault("alice", ["check"]).succeeds();
}

#[test]
fn a_machine_that_only_reads_writes_nothing_that_anybody_accepts() {
    let story = People::begin();
    for who in ["alice", "bob"] {
        story.join(who);
    }
    story
        .vault(
            "alice",
            ["init", "--name", "alice", "--env", "dev", "--yes"],
        )
        .succeeds();
    story
        .vault("alice", ["set", "dev", "TOKEN", "hunter2-one"])
        .succeeds();
    story
        .vault(
            "alice",
            [
                "recipients",
                "add",
                "ci",
                team::BOB,
                "--env",
                "dev",
                "--reads-only",
                "--yes",
            ],
        )
        .succeeds();
    story.push("alice", "ci reads");
    story.pull("bob");
    assert_eq!(story.get("bob", "TOKEN").stdout(), "hunter2-one");
    story
        .vault("bob", ["set", "dev", "TOKEN", "hunter2-ci"])
        .fails(2);
    let Some(sops) =
        story
            .sandbox
            .sops(["set", "secrets/dev.yaml", "[\"TOKEN\"]", "\"hunter2-ci\""])
    else {
        return;
    };
    sops.within(story.clone("bob"))
        .variable("SOPS_AGE_KEY_FILE", story.sandbox.path("bob.txt"))
        .succeeds();
    story.push("bob", "a value of its own");
    story.pull("alice");
    story
        .vault("alice", ["get", "dev", "TOKEN"])
        .fails(3)
        .prints("");
    story
        .vault("bob", ["get", "dev", "TOKEN"])
        .fails(3)
        .prints("");
}
