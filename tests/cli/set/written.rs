//! What is written, and what is left alone.

use std::os::unix::fs::{MetadataExt, symlink};

use super::FILE;
use crate::team::{alone, changed_lines, get};

#[test]
fn a_change_shows_in_git_as_its_line_and_three_of_the_metadata() {
    let sandbox = alone();
    for (key, value) in [
        ("A", "1"),
        ("B", "2"),
        ("db.user", "u"),
        ("db.password", "p"),
    ] {
        sandbox.vault(["set", "dev", key, value]).succeeds();
    }
    sandbox.commit("secrets");
    sandbox.vault(["set", "dev", "db.password", "q"]).succeeds();
    let changed = changed_lines(&sandbox.git(["diff", "--no-textconv", "--unified=0"]));
    let without_time: Vec<&str> = changed
        .iter()
        .map(String::as_str)
        // Two writes within one second have the same time.
        .filter(|line| !line.ends_with("lastmodified"))
        .collect();
    assert_eq!(
        without_time,
        [
            "-password",
            "+password",
            "-mac",
            "+mac",
            "-signature",
            "+signature"
        ]
    );
    sandbox.commit("changed");
    sandbox.vault(["set", "dev", "db.port", "5432"]).succeeds();
    let changed = changed_lines(&sandbox.git(["diff", "--no-textconv", "--unified=0"]));
    assert_eq!(changed[0], "+port");
    assert!(
        !changed
            .iter()
            .any(|line| line.ends_with("password") || line.ends_with('B'))
    );
}

#[test]
fn what_is_there_already_is_not_written_again() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    sandbox.commit("secrets");
    let (bytes, before) = (
        sandbox.read(FILE),
        std::fs::metadata(sandbox.work(FILE)).unwrap(),
    );
    sandbox.vault(["set", "dev", "A", "1"]).succeeds().says(
        "vault: writing A to secrets/dev.yaml for alice
vault: nothing changed
",
    );
    let after = std::fs::metadata(sandbox.work(FILE)).unwrap();
    assert_eq!(sandbox.read(FILE), bytes);
    assert_eq!(
        (after.mtime(), after.mtime_nsec(), after.ino()),
        (before.mtime(), before.mtime_nsec(), before.ino())
    );
    assert_eq!(sandbox.git(["status", "--porcelain"]), "");
}

#[test]
fn mode_and_link_of_the_file_stay() {
    let sandbox = alone();
    std::fs::create_dir(sandbox.work("real")).unwrap();
    std::fs::rename(sandbox.work(FILE), sandbox.work("real/dev.yaml")).unwrap();
    symlink("../real/dev.yaml", sandbox.work(FILE)).unwrap();
    sandbox.chmod("real/dev.yaml", 0o640);
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    assert!(
        std::fs::symlink_metadata(sandbox.work(FILE))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(sandbox.mode("real/dev.yaml"), 0o640);
    assert_eq!(get(&sandbox, "dev", "A"), "1");
    assert_eq!(
        sandbox.files(),
        [
            ".gitattributes",
            ".gitignore",
            ".vault.yaml",
            "real/dev.yaml",
            "secrets/dev.yaml"
        ]
    );
}

#[test]
fn a_file_that_cannot_be_written_is_told_before_the_value_is_asked_for() {
    let sandbox = alone();
    let folder = sandbox.work("secrets");
    let shown = folder.display();
    for (path, mode, said) in [
        (
            "secrets/dev.yaml",
            0o444,
            format!(
                "{shown}/dev.yaml is read-only
vault: hint: somebody wanted it to stay; chmod u+w {shown}/dev.yaml gives the right to write back
"
            ),
        ),
        (
            "secrets",
            0o555,
            format!(
                "{shown} is read-only
vault: hint: somebody wanted it to stay; chmod u+w {shown} gives the right to write back
"
            ),
        ),
    ] {
        sandbox.give_to_nobody();
        let old = sandbox.mode(path);
        sandbox.chmod(path, mode);
        let output = sandbox.vault(["set", "dev", "A"]).by_nobody().fails(2);
        assert!(output.stderr().ends_with(&said), "{}", output.stderr());
        sandbox.chmod(path, old);
    }
    sandbox
        .vault(["set", "dev", "A", "1"])
        .by_nobody()
        .succeeds();
}

#[test]
fn without_a_place_for_locks_nothing_is_written() {
    let sandbox = alone();
    let before = sandbox.read(FILE);
    sandbox
        .vault(["set", "dev", "A", "1"])
        .without("XDG_RUNTIME_DIR")
        .variable("XDG_STATE_HOME", "/proc/nowhere")
        .fails(2);
    assert_eq!(sandbox.read(FILE), before);
    sandbox
        .vault(["set", "dev", "A", "1"])
        .without("XDG_RUNTIME_DIR")
        .succeeds();
}

#[test]
fn a_rule_that_was_changed_by_hand_stops_every_write() {
    let sandbox = alone();
    let text = sandbox.read(FILE);
    let changed = text.replacen("unencrypted_regex: ^$", "unencrypted_regex: ^NEW", 1);
    assert_ne!(text, changed);
    sandbox.write(FILE, &changed);
    let value = sandbox.secret("hunter2-API-token");
    sandbox.vault(["set", "dev", "NEW", &value]).fails(3);
    sandbox.vault(["set", "dev", "NEW", ""]).fails(3);
    assert_eq!(sandbox.read(FILE), changed);
}

#[test]
fn other_commands_say_the_same_of_what_cannot_be_written() {
    let sandbox = alone();
    let work = sandbox.work("");
    for (path, mode, command) in [
        ("", 0o555, &["env", "add", "z", "--like", "dev"][..]),
        ("secrets/dev.yaml", 0o444, &["rekey", "dev", "--yes"]),
    ] {
        sandbox.give_to_nobody();
        sandbox.chmod(path, mode);
        let out = sandbox.vault(command).by_nobody().fails(2);
        let said = out.stderr();
        assert!(said.contains(" is read-only\n"), "{said}");
        assert!(
            said.contains("gives the right to write back") || said.contains("ls -ld "),
            "{said}"
        );
        assert!(!said.contains("type the command again"), "{said}");
        sandbox.chmod(path, 0o755);
    }
    assert!(!work.join("secrets/z.yaml").exists());
}

#[test]
fn what_a_killed_command_left_beside_the_config_goes_with_the_next_write() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    // As `recipients remove` leaves it that is killed before it has replaced anything.
    let left = [
        "..vault.yaml.vault-aBc123",
        "secrets/.dev.yaml.vault-aBc123",
    ];
    for path in left {
        sandbox.write(path, "left behind");
    }
    sandbox.vault(["set", "dev", "A", "2"]).succeeds();
    assert!(!left.iter().any(|path| sandbox.work(path).exists()));
}
