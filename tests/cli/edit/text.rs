//! What the editor leaves: nothing changed, nothing there, something else.

use std::{fs, os::unix::fs::MetadataExt};

use super::world::{FILE, NEW, OLD, TYPE, World};
use crate::{team::get, vaults::of_sops};

const EDITING: &str = "vault: editing secrets/dev.yaml, which alice can read\n";

/// The file, to the byte, and when it was written.
fn state(world: &World) -> (String, i64, i64, u64) {
    let found = fs::metadata(world.sandbox.work(FILE)).expect("the file");
    (
        world.sandbox.read(FILE),
        found.mtime(),
        found.mtime_nsec(),
        found.ino(),
    )
}

#[test]
fn what_is_typed_is_written_and_the_rest_keeps_its_ciphertext() {
    let world = World::new();
    let before = world.sandbox.read(FILE);
    let secret = before
        .lines()
        .find(|line| line.starts_with("TOKEN: "))
        .unwrap();
    let script = format!("{TYPE}\nsed -i '/^TYPED/i # a comment' \"$1\"");
    world
        .edit(&script)
        .succeeds()
        .says(&format!("{EDITING}vault: + TYPED\n"));
    assert_eq!(get(&world.sandbox, "dev", "TYPED"), NEW);
    let after = world.sandbox.read(FILE);
    assert!(after.contains(secret), "{after}");
    assert!(after.contains("\n#ENC[AES256_GCM"), "{after}");
    world.holds_nothing_in_clear();
    assert_eq!(world.rescues(), Vec::<String>::new());
}

#[test]
fn a_summary_names_what_is_new_other_and_gone() {
    let world = World::new();
    world.edit("echo 'OLD: gone soon' >> \"$1\"").succeeds();
    let script = format!("{TYPE}\nsed -i -e '/^OLD/d' -e 's/hunter2/hunter9/' \"$1\"");
    world.edit(&script).succeeds().says(&format!(
        "{EDITING}vault: ~ TOKEN\nvault: + TYPED\nvault: - OLD\n"
    ));
}

#[test]
fn sops_opens_what_was_edited() {
    let world = World::new();
    let script = format!("{TYPE}\nsed -i '1,/^#|--/!s/^TOKEN/# moved\\nTOKEN/' \"$1\"");
    world.edit(&script).succeeds();
    let Some(sops) = world.sandbox.sops(["decrypt", FILE]) else {
        return;
    };
    let key = world.sandbox.path("config/vault/identity.txt");
    let output = sops.variable("SOPS_AGE_KEY_FILE", key).succeeds();
    assert_eq!(
        output.stdout(),
        format!("# moved\nTOKEN: {OLD}\nTYPED: {NEW}\n")
    );
}

#[test]
fn a_ciphertext_that_a_formatter_has_put_into_a_block_is_edited_as_any_other() {
    let world = World::of(of_sops("oracle/flat_env/enc-3.13.2.yaml"));
    // What is said at the first use is said once.
    world.edit("true").succeeds();
    let text = world.sandbox.read("enc.yaml");
    let line = text.lines().find(|line| line.contains(": ENC[")).unwrap();
    let (key, ciphertext) = line.split_once(": ").unwrap();
    for header in ["|", "|-", ">", ">-"] {
        let block = format!("{key}: {header}\n            {ciphertext}");
        world.sandbox.write("enc.yaml", text.replace(line, &block));
        world
            .edit("true")
            .succeeds()
            .says("vault: editing enc.yaml, which alice can read\nvault: nothing changed\n");
        world
            .edit(TYPE)
            .succeeds()
            .says("vault: editing enc.yaml, which alice can read\nvault: + TYPED\n");
        let Some(sops) = world.sandbox.sops(["decrypt", "enc.yaml"]) else {
            return;
        };
        let key = world.sandbox.path("config/vault/identity.txt");
        let output = sops
            .variable("SOPS_AGE_KEY_FILE", key)
            .prints_secrets()
            .succeeds();
        assert!(output.stdout().contains(&format!("TYPED: {NEW}\n")));
    }
}

#[test]
fn e10_an_unchanged_text_touches_nothing() {
    let world = World::new();
    world.sandbox.commit("before");
    let before = state(&world);
    for script in [
        "true",
        "touch \"$1\"",
        // written anew, and the value in quotes: the same to every reader
        "sed -i 's/^TOKEN: \\(.*\\)/TOKEN: \"\\1\"/' \"$1\"",
        // without the notice
        "sed -i '/^#|/d' \"$1\"",
    ] {
        world
            .edit(script)
            .succeeds()
            .says(&format!("{EDITING}vault: nothing changed\n"));
        assert_eq!(state(&world), before, "{script}");
    }
    assert_eq!(world.sandbox.git(["status", "--porcelain"]), "");
    world.holds_nothing_in_clear();
}

#[test]
fn a_comment_alone_is_a_change() {
    let world = World::new();
    world
        .edit("echo '# for later' >> \"$1\"")
        .succeeds()
        .says(&format!(
            "{EDITING}vault: no value changed; comments or their order did\n"
        ));
    world.edit("grep -q '^# for later$' \"$1\"").succeeds();
}

#[test]
fn e13_an_empty_text_is_a_mistake_unless_it_is_meant() {
    let world = World::new();
    let before = state(&world);
    for script in [": > \"$1\"", "echo > \"$1\"", "sed -i '/^#|--/q' \"$1\""] {
        world.edit(script).fails_with(
            2,
            &format!("{EDITING}vault: error: the text is empty; nothing is written\nvault: hint: --allow-empty says that it is meant\n"),
        );
        assert_eq!(state(&world), before, "{script}");
    }
    assert_eq!(world.rescues(), Vec::<String>::new());
    world
        .edit(": > \"$1\"")
        .and(["--allow-empty"])
        .succeeds()
        .says(&format!("{EDITING}vault: - TOKEN\n"));
    world.sandbox.vault(["check"]).succeeds();
    world.holds_nothing_in_clear();
}

#[test]
fn e14_a_text_that_was_deleted_is_an_abort() {
    let world = World::new();
    let before = state(&world);
    world.edit("rm \"$1\"").fails_with(
        2,
        &format!("{EDITING}vault: error: the editor has deleted the text; nothing is written\n"),
    );
    assert_eq!(state(&world), before);
    world.holds_nothing_in_clear();
}

#[test]
fn e15_a_text_that_was_replaced_counts_and_a_link_or_directory_does_not() {
    let world = World::new();
    let script =
        r#"cp "$1" "$1.new"; echo "TYPED: correct-horse-battery" >> "$1.new"; mv "$1.new" "$1""#;
    world.edit(script).succeeds();
    assert_eq!(get(&world.sandbox, "dev", "TYPED"), NEW);
    let before = state(&world);
    for (script, what) in [
        (r#"mv "$1" "$1.x"; ln -s "$1.x" "$1""#, "a symbolic link"),
        (r#"rm "$1"; mkdir "$1""#, "a directory"),
        (r#"rm "$1"; mkfifo "$1""#, "no regular file"),
    ] {
        let output = world.edit(script).fails(2);
        let said = format!(
            "vault: error: the editor has put {what} in the place of the text; nothing is written\n"
        );
        assert!(output.stderr().contains(&said), "{}", output.stderr());
        assert_eq!(state(&world), before, "{what}");
        world.holds_nothing_in_clear();
    }
}

#[test]
fn e15_line_ends_and_marks_of_other_systems_are_taken_out_and_told() {
    let world = World::new();
    let script = format!("{TYPE}\nsed -i -e 's/$/\\r/' -e '1s/^/\u{feff}/' \"$1\"");
    let output = world.edit(&script).succeeds();
    for said in [
        "vault: warning: the editor put a byte-order mark in front; it is left out\n",
        "vault: warning: the editor ended lines with CR LF; they end as they did before\n",
        "vault: + TYPED\n",
    ] {
        assert!(output.stderr().contains(said), "{}", output.stderr());
    }
    assert_eq!(get(&world.sandbox, "dev", "TYPED"), NEW);
    assert!(!world.sandbox.read(FILE).contains('\r'));
}

#[test]
fn e23_everything_on_the_desk_goes_and_what_nobody_expected_is_named() {
    let world = World::new();
    let script = r##"d=$(dirname "$1"); for f in .dev.yaml.swp dev.yaml~ '#dev.yaml#' dev.yaml.save .dev.yaml.un~; do cp "$1" "$d/$f"; done"##;
    let output = world.edit(script).succeeds();
    assert!(!output.stderr().contains("warning"), "{}", output.stderr());
    world.holds_nothing_in_clear();
    let script = r#"d=$(dirname "$1"); mkdir -p "$d/deep/er"; cp "$1" "$d/deep/er/copy"; cp "$1" "$d/notes""#;
    let output = world.edit(script).succeeds();
    let said = "vault: warning: beside the text lay files that nobody expected, which are gone as well: deep, notes\n";
    assert!(output.stderr().contains(said), "{}", output.stderr());
    world.holds_nothing_in_clear();
}

#[test]
fn e23_what_an_editor_left_elsewhere_is_named() {
    let world = World::new();
    let script = r#"mkdir -p ~/.vim/undo; echo x > ~/.vim/undo/"$(echo "$1" | tr / %)"; echo "> $1" > ~/.viminfo"#;
    let output = world.edit(script).succeeds();
    for place in ["/.vim/undo/%", "/.viminfo, "] {
        assert!(output.stderr().contains(place), "{}", output.stderr());
    }
    assert!(
        output
            .stderr()
            .contains("vault: hint: delete it, and see docs/editing.md")
    );
}
