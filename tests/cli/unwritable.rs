//! Folders in which the person at work may not write.

use std::os::unix::fs::chown;

use crate::team::{self, ALICE, BOB, CAROL};

/// Each with the folder that it has to write in.
const WRITING: [(&str, &[&str]); 8] = [
    ("secrets", &["set", "dev", "A", "2"]),
    ("secrets", &["rekey", "dev", "--yes"]),
    ("secrets", &["env", "add", "prod", "--like", "dev", "--yes"]),
    ("secrets", &["env", "rename", "dev", "devel", "--yes"]),
    ("secrets", &["env", "remove", "dev", "--yes"]),
    (
        "secrets",
        &["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"],
    ),
    ("", &["env", "add", "prod", "--like", "dev", "--yes"]),
    ("", &["git", "install"]),
];

#[test]
fn a_folder_that_may_not_be_written_in_is_named_and_not_the_file() {
    let people = [("alice", ALICE), ("bob", BOB)];
    let sandbox = team::configured(&people, "    dev: {recipients: [alice]}\n");
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    sandbox.give_to_nobody();
    let before = (
        sandbox.files(),
        sandbox.read(".vault.yaml"),
        sandbox.read("secrets/dev.yaml"),
    );
    for (folder, line) in WRITING {
        let place = sandbox.work(folder).display().to_string();
        let place = place.trim_end_matches('/');
        let refused = |hint: &str| {
            let output = sandbox.vault(line).by_nobody().run().fails(2);
            let said = format!("vault: error: {place} is read-only\nvault: hint: {hint}\n");
            assert!(
                output.stderr().ends_with(&said),
                "{line:?}: {}",
                output.stderr()
            );
            let after = (
                sandbox.files(),
                sandbox.read(".vault.yaml"),
                sandbox.read("secrets/dev.yaml"),
            );
            assert_eq!(before, after, "{line:?}");
        };
        sandbox.chmod(folder, 0o555);
        refused(&format!(
            "somebody wanted it to stay; chmod u+w {place} gives the right to write back"
        ));
        sandbox.chmod(folder, 0o755);
        // That of another user; git itself refuses a top that is.
        if sandbox.is_root() && !folder.is_empty() {
            chown(place, Some(0), Some(0)).unwrap();
            refused(&format!("ls -ld {place} shows who may write there"));
            chown(
                place,
                Some(crate::sandbox::NOBODY),
                Some(crate::sandbox::NOBODY),
            )
            .unwrap();
        }
    }
}
