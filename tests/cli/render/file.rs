//! `vault render -o FILE`.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, symlink},
};

use super::{TOKEN, unmasked};
use crate::{
    peers,
    sandbox::Sandbox,
    vaults::{dev, edit_config, set},
};

#[test]
fn r20_a_written_file_is_private_from_its_first_byte() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let output = unmasked(&sandbox, "render dev -o .env").succeeds_with("");
    assert_eq!(output.stderr(), "vault: wrote dev to .env\n");
    assert_eq!(sandbox.mode(".env"), 0o600);
    assert_eq!(sandbox.read(".env"), "TOKEN=hunter2-API-token\n");
    let before = fs::metadata(sandbox.work(".env")).unwrap();
    let output = unmasked(&sandbox, "render dev -o .env").succeeds();
    assert_eq!(output.stderr(), "vault: .env is up to date\n");
    let after = fs::metadata(sandbox.work(".env")).unwrap();
    assert_eq!(before.ino(), after.ino());
    sandbox.chmod(".env", 0o644);
    unmasked(&sandbox, "render dev -o .env").succeeds();
    assert_eq!(sandbox.mode(".env"), 0o600);
    let Some(strace) = peers::program("strace") else {
        return;
    };
    fs::remove_file(sandbox.work(".env")).unwrap();
    let arguments = [
        "-f",
        "-o",
        "trace",
        "-e",
        "trace=openat,open,creat,chmod,fchmod,fchmodat",
        env!("CARGO_BIN_EXE_vault"),
        "render",
        "dev",
        "-o",
        ".env",
    ];
    sandbox.program(strace, arguments).succeeds();
    let trace = sandbox.read("trace");
    let made: Vec<&str> = trace
        .lines()
        .filter(|line| line.contains("O_CREAT") || line.contains("O_TMPFILE"))
        // A lock holds nothing.
        .filter(|line| !line.contains("/locks/"))
        .collect();
    assert!(!made.is_empty());
    let is_new = |line: &str| line.contains("O_EXCL") || line.contains("O_TMPFILE");
    assert!(
        made.iter()
            .all(|line| is_new(line) && line.contains(", 0600)")),
        "{trace}"
    );
}

#[test]
fn what_a_person_wrote_is_replaced_by_force_only_and_told_by_key() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write(".env", "MINE=by-hand\n");
    sandbox.vault(["render", "dev", "-o", ".env"]).fails_with(
        2,
        "vault: error: .env was written or changed by hand, and has what dev does not have
vault:   MINE is not in dev
vault: hint: vault import dev .env takes them over
vault: hint: --force replaces it; what is in it and not in the vault is gone then
",
    );
    assert_eq!(sandbox.read(".env"), "MINE=by-hand\n");
    sandbox
        .vault(["render", "dev", "-o", ".env", "--force"])
        .succeeds();
    assert_eq!(sandbox.read(".env"), "TOKEN=hunter2-API-token\n");
    assert_eq!(sandbox.mode(".env"), 0o600);
}

#[test]
fn r21_a_link_is_never_followed() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write("target", "untouched\n");
    symlink("target", sandbox.work(".env")).unwrap();
    for force in [&[][..], &["--force"]] {
        let line = ["render", "dev", "-o", ".env"].iter().chain(force);
        sandbox.vault(line).fails_with(
            2,
            "vault: error: .env is a symbolic link
vault: hint: secrets are never written through a link; name the file itself
",
        );
    }
    assert_eq!(sandbox.read("target"), "untouched\n");
    sandbox
        .vault(["render", "dev", "-o", "/dev/null", "--force"])
        .fails_with(2, "vault: error: /dev/null is not a regular file\n");
    sandbox
        .vault(["render", "dev", "-o", "secrets", "--force"])
        .fails(2);
}

#[test]
fn r21_what_cannot_be_written_leaves_the_old_file() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write("run/secrets/file", "old\n");
    sandbox.give_to_nobody();
    sandbox.chmod("run/secrets", 0o555);
    sandbox
        .vault(["render", "dev", "-o", "run/secrets/file", "--force"])
        .by_nobody()
        .fails_with(
            2,
            "vault: error: run/secrets is read-only
vault: hint: somebody wanted it to stay; chmod u+w run/secrets gives the right to write back
",
        );
    assert_eq!(sandbox.read("run/secrets/file"), "old\n");
    sandbox.chmod("run/secrets", 0o755);
    sandbox
        .vault(["render", "dev", "-o", "missing/.env"])
        .fails(2);
}

#[test]
fn a_directory_that_is_missing_is_told_with_what_makes_it() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    for line in [&["--force"][..], &["--allow-in-git"]] {
        let arguments = ["render", "dev", "-o", "not there/deep/.env"];
        sandbox.vault(arguments.iter().chain(line)).fails_with(
            2,
            "vault: error: there is no directory not there/deep
vault: hint: mkdir -p 'not there/deep'
",
        );
    }
    assert!(!sandbox.work("not there").exists());
}

#[test]
fn files_of_the_vault_are_never_written_over() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let all = || [".vault.yaml", "secrets/dev.yaml"].map(|file| sandbox.read(file));
    let before = all();
    for (format, path) in [
        ("yaml", "secrets/dev.yaml"),
        ("yaml", "secrets/../secrets/dev.yaml"),
        ("dotenv", ".vault.yaml"),
        ("dotenv", "secrets/../.vault.yaml"),
        ("docker-secrets", "secrets"),
        ("docker-secrets", "."),
    ] {
        let arguments = ["render", "dev", "--format", format, "-o", path];
        let flags = ["--allow-in-git", "--force"];
        sandbox.vault(arguments.iter().chain(&flags)).fails_with(
            2,
            &format!(
                "vault: error: {path} belongs to this vault: no secrets in clear are written there
vault: hint: name another place, such as -o .env or -o run/secrets
"
            ),
        );
    }
    assert_eq!(all(), before);
}

#[test]
fn nothing_is_written_into_a_folder_of_git_whatever_the_flags() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.commit("all");
    sandbox.git(["worktree", "add", "--quiet", "tree"]);
    let other = ["init", "--quiet", "--separate-git-dir", "gitdir", "other"];
    sandbox.git(other);
    let config = sandbox.read(".git/config");
    for (format, path) in [
        ("dotenv", ".git/config"),
        ("dotenv", ".git/new"),
        ("dotenv", "tree/.git"),
        ("dotenv", "gitdir/config"),
        ("docker-secrets", ".git/hooks"),
        ("docker-secrets", ".git"),
    ] {
        let arguments = ["render", "dev", "--format", format, "-o", path];
        let flags = ["--allow-in-git", "--force"];
        sandbox.vault(arguments.iter().chain(&flags)).fails_with(
            2,
            &format!(
                "vault: error: {path} belongs to git: no secrets in clear are written there
vault: hint: name another place, such as -o .env or -o run/secrets
"
            ),
        );
    }
    assert_eq!(sandbox.read(".git/config"), config);
    assert!(!sandbox.exists(".git/new"));
}

#[test]
fn the_place_of_a_file_of_the_vault_that_is_still_to_be_made_is_taken() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    fs::rename(sandbox.work("secrets"), sandbox.work("elsewhere")).unwrap();
    for path in ["secrets", "secrets/dev.yaml"] {
        sandbox
            .vault(["render", "dev", "-o", path, "--allow-in-git", "--force"])
            .fails(2)
            .says(&format!("vault: error: {path} belongs to this vault: no secrets in clear are written there\nvault: hint: name another place, such as -o .env or -o run/secrets\n"));
    }
}

#[test]
fn paths_count_from_where_the_person_stands() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write("inner/x", "");
    sandbox
        .vault(["-C", "..", "render", "dev", "-o", ".env"])
        .within("inner")
        .succeeds();
    assert!(sandbox.exists("inner/.env"));
}

#[test]
fn what_vault_wrote_last_is_replaced_without_a_word() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("OTHER", "x")]);
    let render = ["render", "dev", "-o", ".env"];
    sandbox.vault(render).succeeds();
    set(&sandbox, "dev", "TOKEN", "hunter4-another");
    sandbox.vault(["unset", "dev", "OTHER"]).succeeds();
    sandbox
        .vault(render)
        .succeeds()
        .says("vault: wrote dev to .env\n");
    assert_eq!(sandbox.read(".env"), "TOKEN=hunter4-another\n");
    // In another form, too; and under a name that leads to the same place.
    sandbox.write("run/x", "");
    sandbox
        .vault(["render", "dev", "--format", "json", "-o", "run/../.env"])
        .succeeds()
        .says("vault: wrote dev to run/../.env\n");
    // One line by hand, and it is vault's no more.
    let text = sandbox.read(".env").replace("hunter4", "hunter5");
    sandbox.write(".env", text);
    sandbox
        .vault(["render", "dev", "--format", "json", "-o", ".env"])
        .fails_with(
            2,
            "vault: error: .env was written or changed by hand, and has what dev does not have
vault:   TOKEN has another value
vault: hint: vault import dev .env takes them over
vault: hint: --force replaces it; what is in it and not in the vault is gone then
",
        );
}

#[test]
fn an_import_is_no_advice_where_it_would_write_more_than_was_changed() {
    let said = |sandbox: &Sandbox, options: &[&str], hint: &str| {
        let render = || sandbox.vault(["render", "dev", "-o", ".env"]).and(options);
        render().succeeds();
        let changed = sandbox.read(".env") + "MINE=1\n";
        sandbox.write(".env", changed);
        render().fails_with(
            2,
            &format!(
                "vault: error: .env was written or changed by hand, and has what dev does not have
vault:   MINE is not in dev
vault: hint: {hint}
vault: hint: --force replaces it; what is in it and not in the vault is gone then
"
            ),
        );
        std::fs::remove_file(sandbox.work(".env")).unwrap();
    };
    let second = "vault set dev KEY takes over what is to stay: vault import would write keys a second time, under the names that they have there";
    let layers = "vault set dev KEY takes over what is to stay: vault import would write what other layers give, too";
    let import = "vault import dev .env takes them over";
    let flat = dev(&[("TOKEN", TOKEN)]);
    said(&flat, &[], import);
    said(&flat, &["--prefix", "APP_"], second);
    let nested = dev(&[("TOKEN", TOKEN), ("mail.port", "25")]);
    said(&nested, &[], second);
    edit_config(&flat, "dev:", "common: { recipients: [alice] }\n  dev:");
    set(&flat, "common", "BELOW", "1");
    edit_config(&flat, "dev: { ", "dev: { extends: common, ");
    flat.vault(["sync", "dev", "--yes"]).succeeds();
    said(&flat, &[], layers);
}

#[test]
fn comments_that_go_are_told_wherever_they_stand() {
    let sandbox = dev(&[("A", "1"), ("B", "two # words"), ("C", "x#y")]);
    let said = |format: &str, text: &str| {
        sandbox.write("run/secrets/x", text);
        let line = ["render", "dev", "--format", format, "-o", "run/secrets/x"];
        let output = sandbox.vault(line).succeeds();
        output
            .stderr()
            .contains("all that is in it; its comments go\n")
    };
    for (format, text, goes) in [
        ("dotenv", "A=1 # why\n", true),
        ("dotenv", "A=\"1\" # why\n", true),
        ("dotenv", "A=1\n  # why\n", true),
        ("dotenv", "A=1\nB='two # words'\n", false),
        ("dotenv", "A=1\n\n", false),
        ("dotenv", "C=x#y\n", false),
        ("dotenv", "C=x#y # why\n", true),
        ("dotenv", "# why\nC=x#y\n", true),
        // To some of its readers this is a comment.
        ("dotenv", "A=1#why\n", true),
        ("yaml", "A: '1' # why\n", true),
        ("yaml", "A: '1'\nB: 'two # words'\n\n", false),
        ("yaml", "A: '1'\nB: >-\n  two\n  # words\n", false),
        ("yaml", "# why\n", true),
        ("yaml", "", false),
        ("json", "{\"A\": \"1\", \"B\":\n\"two # words\"}", false),
        ("json", "", false),
        ("json", "\n", false),
    ] {
        assert_eq!(said(format, text), goes, "{text}");
    }
}

#[test]
fn a_file_by_hand_that_holds_nothing_new_is_replaced_with_a_word() {
    let sandbox = dev(&[
        ("TOKEN", TOKEN),
        ("TEXT", "two words"),
        ("database.port", "5432"),
    ]);
    sandbox.write(
        ".env",
        "# mine\n\nexport TEXT=\"two words\"\nTOKEN='hunter2-API-token'\n",
    );
    sandbox
        .vault(["render", "dev", "-o", ".env"])
        .succeeds()
        .says(
            "vault: .env is not as vault wrote it, but dev has all that is in it; its comments go
vault: wrote dev to .env
",
        );
    sandbox.write("run/secrets/x", "DATABASE_PORT=5432\n");
    sandbox
        .vault(["render", "dev", "-o", "run/secrets/x"])
        .succeeds()
        .says(
            "vault: run/secrets/x is not as vault wrote it, but dev has all that is in it
vault: wrote dev to run/secrets/x
",
        );
    for (format, text) in [
        ("json", "{ \"database\": { \"port\": \"5432\" } }"),
        ("yaml", "database: { port: '5432' }\n"),
    ] {
        sandbox.write("run/secrets/y", text);
        sandbox
            .vault(["render", "dev", "--format", format, "-o", "run/secrets/y"])
            .succeeds();
    }
}

#[test]
fn what_a_selection_leaves_out_is_not_lost_since_the_vault_has_it() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("OTHER", "x")]);
    sandbox.write(".env", "APP_TOKEN=hunter2-API-token\nAPP_OTHER=x\n");
    sandbox
        .vault([
            "render", "dev", "--only", "OTHER", "--prefix", "APP_", "-o", ".env",
        ])
        .succeeds();
    assert_eq!(sandbox.read(".env"), "APP_OTHER=x\n");
}

#[test]
fn a_file_that_is_not_of_this_format_is_replaced_by_force_only() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    for content in [
        &b"some notes of mine\n"[..],
        b"\xff\xfe\x00",
        b"TOKEN=hunter2-API-token\nand notes\n",
    ] {
        sandbox.write(".env", content);
        sandbox.vault(["render", "dev", "-o", ".env"]).fails_with(
            2,
            "vault: error: .env was not written by vault, and cannot be read as dotenv to see what would be lost
vault: hint: --force replaces it; what is in it and not in the vault is gone then
",
        );
        assert_eq!(fs::read(sandbox.work(".env")).unwrap(), content);
    }
    sandbox
        .vault(["render", "dev", "-o", ".env", "--force"])
        .succeeds();
}

#[test]
fn what_is_remembered_is_private_and_holds_no_value() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("PIN", "4711-0815")]);
    sandbox.vault(["render", "dev", "-o", ".env"]).succeeds();
    let state = sandbox.path("state/vault/outputs");
    assert_eq!(sandbox.mode(&state), 0o700);
    let entries: Vec<_> = fs::read_dir(&state)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(entries.len(), 2);
    for path in entries {
        assert_eq!(sandbox.mode(&path), 0o600);
        let bytes = fs::read(&path).unwrap();
        for secret in [TOKEN, "4711-0815", ".gitignore"] {
            assert!(
                !bytes
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes())
            );
        }
    }
    assert_eq!(
        sandbox.files(),
        [".env", ".gitignore", ".vault.yaml", "secrets/dev.yaml"]
    );
}

#[test]
fn without_a_memory_the_rule_for_files_by_hand_holds_and_new_places_are_written() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.vault(["render", "dev", "-o", ".env"]).succeeds();
    fs::remove_dir_all(sandbox.path("state/vault/outputs")).unwrap();
    sandbox.write(sandbox.path("state/vault/outputs"), "in the way");
    set(&sandbox, "dev", "TOKEN", "hunter4-another");
    sandbox.vault(["render", "dev", "-o", ".env"]).fails(2);
    sandbox.write("run/secrets/x", "");
    sandbox
        .vault(["render", "dev", "-o", "run/secrets/new"])
        .succeeds()
        .says("vault: warning: vault will not remember that it wrote run/secrets/new: [ROOT]/state/vault/outputs is not a directory
vault: wrote dev to run/secrets/new
");
    let output = sandbox
        .vault(["render", "dev", "-o", "run/secrets/newer"])
        .without("XDG_STATE_HOME")
        .without("HOME");
    output.succeeds();
}

#[test]
fn after_an_import_nothing_by_hand_is_in_the_way_any_more() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.vault(["render", "dev", "-o", ".env"]).succeeds();
    let text = format!("{}# mine\nMINE='by hand'\n", sandbox.read(".env"));
    sandbox.write(".env", text);
    sandbox.vault(["render", "dev", "-o", ".env"]).fails(2);
    sandbox.vault(["import", "dev", ".env"]).succeeds();
    sandbox.vault(["render", "dev", "-o", ".env"]).succeeds();
    assert_eq!(
        sandbox.read(".env"),
        "TOKEN=hunter2-API-token\nMINE='by hand'\n"
    );
}

#[test]
fn a_directory_in_the_place_of_a_file_is_told_as_one() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    fs::create_dir(sandbox.work("out dir")).unwrap();
    for (format, name) in [("dotenv", ".env"), ("json", "FILE")] {
        sandbox
            .vault(["render", "dev", "--format", format, "-o", "out dir"])
            .fails_with(
                2,
                &format!(
                    "vault: error: out dir is a directory
vault: hint: name a file in it: -o 'out dir/{name}'
vault: hint: --format docker-secrets writes a file for each value there
"
                ),
            );
    }
}
