//! Who may read what was rendered: `--mode`, `--owner`, and a program that runs as somebody else, as in a container.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
};

use super::TOKEN;
use crate::{
    peers,
    sandbox::{NOBODY, Sandbox},
    vaults::{SECRET_FILES, dev, set},
};

/// As a program in a container would read a file: as the user nobody; `None` without root's rights or setpriv.
fn read_by_nobody(sandbox: &Sandbox, path: &str) -> Option<Result<String, String>> {
    if !sandbox.is_root() {
        peers::skip("the tests do not run as root");
        return None;
    }
    let output = sandbox
        .program("/bin/cat", [path])
        .by_nobody()
        .prints_secrets()
        .run();
    Some(match output.code() {
        0 => Ok(output.stdout().to_owned()),
        _ => Err(output.stderr().to_owned()),
    })
}

fn owner(path: &Path) -> (u32, u32) {
    let metadata = fs::metadata(path).expect("a file of the sandbox");
    (metadata.uid(), metadata.gid())
}

#[test]
fn r19_a_program_of_another_user_cannot_read_what_is_ours() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.vault(SECRET_FILES).succeeds();
    sandbox.vault(["render", "dev", "-o", ".env"]).succeeds();
    for path in ["run/secrets/TOKEN", ".env"] {
        let Some(read) = read_by_nobody(&sandbox, path) else {
            return;
        };
        assert!(read.unwrap_err().contains("Permission denied"), "{path}");
    }
    // Nor where only the file is mounted: the mode of the directory does not count then.
    fs::hard_link(sandbox.work("run/secrets/TOKEN"), sandbox.path("mounted")).unwrap();
    assert!(read_by_nobody(&sandbox, "../mounted").unwrap().is_err());
}

#[test]
fn r19_a_program_reads_files_that_are_given_to_its_user() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    if read_by_nobody(&sandbox, ".gitignore").is_none() {
        return;
    }
    let owner_option = ["--owner", "65534:65534", "--mode", "0400"];
    sandbox
        .vault(SECRET_FILES.iter().chain(&owner_option))
        .succeeds();
    assert_eq!(sandbox.mode("run/secrets/TOKEN"), 0o400);
    assert_eq!(owner(&sandbox.work("run/secrets/TOKEN")), (NOBODY, NOBODY));
    assert_eq!(owner(&sandbox.work("run/secrets")), (NOBODY, NOBODY));
    assert_eq!(sandbox.mode("run/secrets"), 0o700);
    assert_eq!(sandbox.mode("run"), 0o711);
    assert_eq!(
        read_by_nobody(&sandbox, "run/secrets/TOKEN")
            .unwrap()
            .unwrap(),
        TOKEN
    );
    sandbox
        .vault(SECRET_FILES.iter().chain(&owner_option).chain(&["--check"]))
        .succeeds();
    sandbox
        .vault(SECRET_FILES.iter().chain(&["--check"]))
        .fails(1)
        .prints("! TOKEN: owner 65534:65534, not 0:65534\n");
    // Again, with another value, although the files are read-only and the directory is not ours any more.
    set(&sandbox, "dev", "TOKEN", "hunter4-another");
    sandbox
        .vault(SECRET_FILES.iter().chain(&owner_option))
        .succeeds();
    assert_eq!(
        read_by_nobody(&sandbox, "run/secrets/TOKEN")
            .unwrap()
            .unwrap(),
        "hunter4-another"
    );
    // And back: ours alone.
    for _ in 0..2 {
        sandbox.vault(SECRET_FILES).succeeds();
        assert_eq!(owner(&sandbox.work("run/secrets")).0, 0);
        assert_eq!(owner(&sandbox.work("run/secrets/TOKEN")).0, 0);
    }
    assert!(
        read_by_nobody(&sandbox, "run/secrets/TOKEN")
            .unwrap()
            .is_err()
    );
}

#[test]
fn a_directory_that_keeps_the_new_owner_from_the_files_is_named() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    if read_by_nobody(&sandbox, ".gitignore").is_none() {
        return;
    }
    let place = sandbox.path("place");
    fs::create_dir(&place).unwrap();
    sandbox.chmod(&place, 0o700);
    let file = &["render", "dev", "-o", "../place/.env", "--owner"][..];
    let format = ["--format", "docker-secrets", "-o", "../place/set"];
    let set = &[&["render", "dev"][..], &format, &["--owner"]].concat()[..];
    for [for_file, for_set] in [
        [
            "wrote dev to ../place/.env",
            "wrote dev to ../place/set: 1 file",
        ],
        [
            "../place/.env is up to date",
            "../place/set is up to date: 1 file",
        ],
    ] {
        for (line, path, told) in [(file, ".env", for_file), (set, "set", for_set)] {
            sandbox.vault(line).and(["65534"]).succeeds().says(&format!(
                "vault: warning: user 65534 gets to ../place/{path} through a mount only: [ROOT]/place lets no other user in\nvault: {told}\n"
            ));
        }
    }
    assert!(read_by_nobody(&sandbox, "../place/.env").unwrap().is_err());
    // Whoever owns that directory gets there, and perhaps one of the group that it lets through; ours need no way for others.
    for (of, mode, to) in [
        (NOBODY, 0o700, "65534"),
        (0, 0o710, "65534"),
        (0, 0o701, "65534"),
        (0, 0o700, "0"),
        (0, 0o700, ":65534"),
    ] {
        std::os::unix::fs::chown(&place, Some(of), None).unwrap();
        sandbox.chmod(&place, mode);
        for line in [file, set] {
            let said = sandbox.vault(line).and([to]).succeeds();
            assert!(!said.stderr().contains("warning"), "{}", said.stderr());
        }
    }
}

#[test]
fn r19_a_program_reads_files_that_are_given_to_its_group() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    if read_by_nobody(&sandbox, ".gitignore").is_none() {
        return;
    }
    let options = ["--owner", ":65534", "--mode", "0440"];
    sandbox
        .vault(SECRET_FILES.iter().chain(&options))
        .succeeds();
    assert_eq!(owner(&sandbox.work("run/secrets/TOKEN")), (0, NOBODY));
    assert_eq!(sandbox.mode("run/secrets"), 0o750);
    assert_eq!(
        read_by_nobody(&sandbox, "run/secrets/TOKEN")
            .unwrap()
            .unwrap(),
        TOKEN
    );
    sandbox
        .vault(["render", "dev", "-o", ".env"].iter().chain(&options))
        .succeeds();
    assert_eq!(
        read_by_nobody(&sandbox, ".env").unwrap().unwrap(),
        "TOKEN=hunter2-API-token\n"
    );
}

#[test]
fn r19_what_everybody_may_read_is_reached_through_a_mount_only() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.vault(SECRET_FILES.iter().chain(&["--mode", "0444"])).succeeds().says(
        "vault: warning: mode 0444 lets everybody read who reaches the file; --owner USER lets in one user
vault: wrote dev to run/secrets: 1 file
",
    );
    assert_eq!(sandbox.mode("run/secrets/TOKEN"), 0o444);
    let Some(read) = read_by_nobody(&sandbox, "run/secrets/TOKEN") else {
        return;
    };
    assert!(read.is_err());
    assert_eq!(sandbox.mode("run/secrets"), 0o700);
    // What a mount of the single file shows is the file itself, whatever the directory lets in.
    fs::hard_link(sandbox.work("run/secrets/TOKEN"), sandbox.path("mounted")).unwrap();
    assert_eq!(
        read_by_nobody(&sandbox, "../mounted").unwrap().unwrap(),
        TOKEN
    );
}

#[test]
fn who_may_not_give_files_away_is_told_and_nothing_is_written() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.give_to_nobody();
    for line in [&SECRET_FILES[..], &["render", "dev", "-o", ".env"]] {
        let output = sandbox
            .vault(line.iter().chain(&["--owner", "0"]))
            .by_nobody()
            .fails(2);
        let path = if line == SECRET_FILES {
            "run/secrets/TOKEN"
        } else {
            ".env"
        };
        output.says(&format!(
            "vault: error: cannot give {path} to another owner: Operation not permitted (os error 1)
vault: hint: only root can give files to another user; your own groups can be named: --owner :GROUP
vault: hint: or let the container run as you: `user:` in the compose file, docker run --user
"
        ));
        assert!(!sandbox.exists(path));
    }
    let names: Vec<_> = sandbox.files();
    assert!(
        names.iter().all(|name| !name.contains(".vault-")),
        "{names:?}"
    );
}

#[test]
fn a_directory_with_files_of_others_keeps_its_owner_and_mode() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write("run/secrets/README", "theirs");
    fs::set_permissions(
        sandbox.work("run/secrets"),
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    sandbox.vault(SECRET_FILES).succeeds().says(
        "vault: warning: other users may look into run/secrets
vault: wrote dev to run/secrets: 1 file
",
    );
    assert_eq!(sandbox.mode("run/secrets"), 0o755);
    sandbox.chmod("run/secrets", 0o700);
    sandbox
        .vault(SECRET_FILES.iter().chain(&["--mode", "0440"]))
        .succeeds()
        .says(
            "vault: warning: run/secrets also holds other files: its owner and mode stay
vault: wrote dev to run/secrets: 1 file
",
        );
    assert_eq!(sandbox.mode("run/secrets"), 0o700);
}

#[test]
fn modes_and_owners_that_make_no_sense_are_refused() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    for (mode, why) in [
        ("0666", "others could write to it"),
        ("0602", "others could write to it"),
        ("0755", "it makes the file executable"),
        ("0040", "its owner could not read it"),
        ("u+r", "a mode is three octal digits, such as 0440 or 600"),
        ("4600", "a mode is three octal digits, such as 0440 or 600"),
    ] {
        sandbox
            .vault(["render", "dev", "-o", ".env", "--mode", mode])
            .fails_with(
                2,
                &format!("vault: error: --mode <MODE>: {why}\nvault: hint: vault render --help\n"),
            );
    }
    sandbox.vault(["render", "dev", "-o", ".env", "--owner", "no-such-user"]).fails_with(
        2,
        "vault: error: --owner <OWNER>: this machine has no user of that name; the number does, as the container has it
vault: hint: vault render --help
",
    );
    sandbox.vault(["render", "dev", "--mode", "0440"]).fails(2);
    assert!(!sandbox.exists(".env"));
}
