//! A list in the place of another one, with comments in it: the same as if somebody had edited it.

use super::json;
use crate::{edit::world::World, team::get};

const FILE: &str = "secrets/dev.yaml";

const TEXT: &str = "users:
    # first
    - name: alice # she
      # rotate in may
      password: x
    # second
    - name: bob
      hosts:
        - a
        # the last host
# about END
END: z
";

/// A vault that holds the text.
fn world() -> World {
    let world = World::of(crate::team::alone());
    let written = world.sandbox.write(world.sandbox.path("text.yaml"), TEXT);
    let script = format!("cat '{}' > \"$1\"", written.display());
    world.edit(&script).succeeds();
    world
}

/// The text as an editor shows it, without vault's own lines on top.
fn shown(world: &World) -> String {
    let seen = world.memory().join("seen");
    let script = format!("cp \"$1\" '{}'", seen.display());
    world.edit(&script).succeeds();
    let text = std::fs::read_to_string(&seen).expect("the script wrote it");
    std::fs::remove_file(&seen).expect("it is there");
    let lines = text.lines().filter(|line| !line.starts_with("#|"));
    lines
        .map(|line| format!("{line}\n"))
        .collect::<String>()
        .trim_start()
        .to_owned()
}

/// The lines of ciphertext, without the metadata.
fn ciphertexts(world: &World) -> Vec<String> {
    let text = world.sandbox.read(FILE);
    let (data, _) = text.split_once("\nsops:").expect("metadata");
    let lines = data.lines().filter(|line| line.contains("ENC["));
    lines.map(|line| line.trim().to_owned()).collect()
}

fn import(world: &World, users: &str) {
    let text = format!("{{\"users\": {users}}}\n");
    let source = world.sandbox.write(world.sandbox.path("users.json"), text);
    let source = source.to_str().expect("text");
    world
        .sandbox
        .vault(["import", "dev", source, "--overwrite"])
        .succeeds();
    world.sandbox.vault(["check"]).succeeds();
}

#[test]
fn an_item_that_gains_a_key_is_the_same_by_import_and_by_edit() {
    let (imported, edited) = (world(), world());
    let before = [ciphertexts(&imported), ciphertexts(&edited)];
    import(
        &imported,
        r#"[{"name": "alice", "password": "x", "port": 1}, {"name": "bob", "hosts": ["a"]}]"#,
    );
    edited
        .edit("sed -i 's/^      password: x$/&\\n      port: 1/' \"$1\"")
        .succeeds();
    let expected = TEXT.replace("password: x\n", "password: x\n      port: 1\n");
    for (world, before) in [&imported, &edited].into_iter().zip(before) {
        assert_eq!(shown(world), expected);
        let mut after = ciphertexts(world);
        after.retain(|line| !line.starts_with("port:"));
        assert!(after == before, "a ciphertext changed");
    }
    assert_eq!(json(&imported.sandbox, "dev"), json(&edited.sandbox, "dev"));
}

#[test]
fn the_last_comment_of_a_list_that_becomes_empty_stays_with_it() {
    let world = world();
    import(
        &world,
        r#"[{"password": "new", "name": "alice"}, {"name": "bob", "hosts": []}]"#,
    );
    let text = TEXT.replace("password: x", "password: new").replace(
        "      hosts:\n        - a\n        # the last host\n",
        "      # the last host\n      hosts: []\n",
    );
    assert_eq!(shown(&world), text);
    assert_eq!(get(&world.sandbox, "dev", "users[0].password"), "new");
    import(&world, "[]");
    assert_eq!(shown(&world), "users: []\n# about END\nEND: z\n");
}

#[test]
fn the_order_of_keys_in_an_item_is_no_difference() {
    let world = world();
    let before = world.sandbox.read(FILE);
    import(
        &world,
        r#"[{"password": "x", "name": "alice"}, {"hosts": ["a"], "name": "bob"}]"#,
    );
    assert!(world.sandbox.read(FILE) == before, "it was written");
}
