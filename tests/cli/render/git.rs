//! `vault render -o` where git would take it along.

use std::{fs, os::unix::fs::symlink};

use super::TOKEN;
use crate::vaults::dev;

#[test]
fn r21_a_file_that_git_does_not_ignore_is_refused() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox
        .vault(["render", "dev", "-o", "plain.env"])
        .fails_with(
        2,
        "vault: error: git does not ignore plain.env: secrets in clear would be committed one day
vault: hint: add this line to .gitignore: /plain.env
vault: hint: --allow-in-git writes it all the same
",
    );
    assert!(!sandbox.exists("plain.env"));
    // To replace a file by force is not to hand it to git.
    sandbox
        .vault(["render", "dev", "-o", "plain.env", "--force"])
        .fails(2);
    assert!(!sandbox.exists("plain.env"));
    sandbox
        .vault(["render", "dev", "-o", "plain.env", "--allow-in-git"])
        .succeeds();
    sandbox
        .vault(["render", "dev", "-o", "plain.env", "--allow-in-git"])
        .succeeds();
    sandbox.write("inner/x", "");
    sandbox
        .vault(["render", "dev", "-o", "../plain"])
        .within("inner")
        .fails(2)
        .says(
            "vault: error: git does not ignore ../plain: secrets in clear would be committed one day
vault: hint: add this line to ../.gitignore: /plain
vault: hint: --allow-in-git writes it all the same
",
        );
}

#[test]
fn the_line_of_the_hint_has_git_ignore_the_file_and_no_other() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    for (name, line) in [
        ("[q]", "/\\[q]"),
        ("x ", "/x\\ "),
        ("a*b", "/a\\*b"),
        ("a?", "/a\\?"),
        ("#a", "/#a"),
        ("two words", "/two words"),
        ("back\\slash", "/back\\\\slash"),
    ] {
        let render = || sandbox.vault(["render", "dev", "-o", name]);
        let output = render().fails(2);
        let hint = format!("\nvault: hint: add this line to .gitignore: {line}\n");
        assert!(output.stderr().contains(&hint), "{}", output.stderr());
        sandbox.write(".gitignore", format!("{line}\n"));
        render().succeeds();
        for other in ["q", "axb", "ab", "x"] {
            sandbox.vault(["render", "dev", "-o", other]).fails(2);
        }
        sandbox.write(".gitignore", "");
    }
}

#[test]
fn r21_the_rules_that_need_a_line_are_named_from_where_somebody_stands() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write("inner/deep/x", "");
    sandbox.git(["init", "--quiet", "nested"]);
    let from = |folder: &str, output: &str| {
        let run = sandbox.vault([
            "-C",
            &sandbox.work("").to_string_lossy(),
            "render",
            "dev",
            "-o",
            output,
        ]);
        run.within(folder)
    };
    let (top, elsewhere) = (sandbox.work("."), sandbox.path("state"));
    let far = sandbox.work("nested/plain").display().to_string();
    let name = sandbox.work("").file_name().unwrap().to_owned();
    let from_elsewhere = format!("../{}/nested/.gitignore", name.display());
    for (folder, output, rules, line) in [
        (top.clone(), "plain", ".gitignore", "/plain"),
        (top.clone(), "nested/plain", "nested/.gitignore", "/plain"),
        (top.join("nested"), "plain", ".gitignore", "/plain"),
        (top.join("nested"), "../plain", "../.gitignore", "/plain"),
        (
            top.join("inner/deep"),
            "plain",
            "../../.gitignore",
            "/inner/deep/plain",
        ),
        (
            top.join("inner/deep"),
            "../../nested/plain",
            "../../nested/.gitignore",
            "/plain",
        ),
        (elsewhere, &far, &from_elsewhere, "/plain"),
    ] {
        let hint = format!("vault: hint: add this line to {rules}: {line}\n");
        let folder = folder.to_str().unwrap();
        let said = from(folder, output).fails(2);
        assert!(said.stderr().contains(&hint), "{output}: {}", said.stderr());
        let rules = std::path::Path::new(folder).join(rules);
        let before = fs::read(&rules).ok();
        sandbox.write(&rules, format!("{line}\n"));
        from(folder, output).succeeds();
        fs::remove_file(std::path::Path::new(folder).join(output)).unwrap();
        match before {
            Some(before) => fs::write(&rules, before).unwrap(),
            None => fs::remove_file(&rules).unwrap(),
        }
    }
}

#[test]
fn r21_a_tracked_file_is_refused_although_git_ignores_it() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write(".env", "");
    sandbox.write("run/secrets/TOKEN", "");
    sandbox.git(["add", "--force", ".env", "run/secrets/TOKEN"]);
    fs::remove_file(sandbox.work(".env")).unwrap();
    sandbox.vault(["render", "dev", "-o", ".env"]).fails_with(
        2,
        "vault: error: git tracks .env: secrets in clear would be committed with it
vault: hint: git rm --cached -- .env takes it out of git
vault: hint: --allow-in-git writes it all the same
",
    );
    sandbox
        .vault(["render", "dev", "--format", "docker-secrets", "-o", "run/secrets"])
        .fails_with(
            2,
            "vault: error: git tracks run/secrets/TOKEN: secrets in clear would be committed with it
vault: hint: git rm --cached -- run/secrets/TOKEN takes it out of git
vault: hint: --allow-in-git writes it all the same
",
        );
    assert_eq!(sandbox.read("run/secrets/TOKEN"), "");
}

#[test]
fn r21_a_directory_that_git_does_not_ignore_is_refused_before_it_is_made() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox
        .vault(["render", "dev", "--format", "docker-secrets", "-o", "deploy/secrets"])
        .fails_with(
            2,
            "vault: error: git does not ignore deploy/secrets: secrets in clear would be committed one day
vault: hint: add this line to .gitignore: /deploy/secrets/
vault: hint: --allow-in-git writes it all the same
",
        );
    assert!(!sandbox.exists("deploy"));
}

#[test]
fn r21_a_file_that_a_folder_below_brings_back_is_refused() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write(".gitignore", ".env\nrun/secrets/\n");
    for (path, line, format, target) in [
        ("app/.gitignore", "!.env\n", "dotenv", "app/.env"),
        (
            "run/.gitignore",
            "!secrets/\n",
            "docker-secrets",
            "run/secrets",
        ),
    ] {
        sandbox.write(path, line);
        let run = ["render", "dev", "--format", format, "-o", target];
        let output = sandbox.vault(run).fails(2);
        let said = format!("vault: error: git does not ignore {target}: ");
        assert!(output.stderr().starts_with(&said), "{}", output.stderr());
        assert!(!sandbox.exists(target));
        // As git sees it.
        sandbox.write("app/.env", "");
        sandbox.write("run/secrets/TOKEN", "");
        let taken = sandbox.git(["status", "--short", "--untracked-files=all"]);
        assert!(taken.contains(target), "{taken}");
        fs::remove_dir_all(sandbox.work("app")).unwrap();
        fs::remove_dir_all(sandbox.work("run")).unwrap();
    }
}

#[test]
fn r21_what_only_a_link_or_a_line_with_a_tab_ignores_is_refused() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let ignored = || sandbox.git_run(["check-ignore", "--quiet", ".env"]).run();
    sandbox.write("rules", ".env\n");
    fs::remove_file(sandbox.work(".gitignore")).unwrap();
    symlink("rules", sandbox.work(".gitignore")).unwrap();
    assert_eq!(ignored().code(), 1);
    sandbox.vault(["render", "dev", "-o", ".env"]).fails_with(
        2,
        "vault: error: git does not ignore .env: secrets in clear would be committed one day
vault: hint: .gitignore is a symbolic link, which git does not follow: put a file in its place
vault: hint: add this line to .gitignore: /.env
vault: hint: --allow-in-git writes it all the same
",
    );
    // For git as well, rules outside of the work tree may be a link.
    sandbox.write(".git/info/person", ".env\n");
    let exclude = sandbox.work(".git/info/exclude");
    fs::remove_file(&exclude).unwrap();
    symlink("person", &exclude).unwrap();
    assert_eq!(ignored().code(), 0);
    sandbox.vault(["render", "dev", "-o", ".env"]).succeeds();
}

#[test]
fn r21_a_file_is_written_where_git_ignores_it_and_nowhere_else() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write(".gitignore", "*.txt\n");
    let rules: [&[u8]; 35] = [
        b".env\n",
        b".env",
        b".env  \r\n",
        b".env\t\n",
        b".env\x0b\n",
        b".env\x0c\n",
        b".env\r \n",
        b".env\r\r\n",
        b".env\\ \n",
        b" .env\n",
        b"/.env\n",
        b"./.env\n",
        b".env/\n",
        b"*\n!.env\n",
        b"!.env\n.env\n",
        b".env\n!.env\0x\n",
        b".env\n\x0c\n",
        b"\x0b\n.env\n",
        b" \x0c\n.env\n",
        b".env\n!.env\0\n",
        b".env\n\0\n!.env\n",
        b".e[nm]v\n",
        b".e[[:alpha:]]v\n",
        b".e[!n]v\n",
        b".e[^x]v\n",
        b".en\\v\n",
        b".env\\\n",
        b"**/.env\n",
        b"/**\n",
        b"?env\n",
        b"#.env\n",
        b"\\.env # why\n",
        b"\xef\xbb\xbf.env\n",
        b".ENV\n",
        b"\n",
    ];
    for (at, rules) in rules.iter().enumerate() {
        sandbox.write(format!("{at}/.gitignore"), rules);
        let file = format!("{at}/.env");
        let git = sandbox.git_run(["check-ignore", "--quiet", &file]).run();
        let vault = sandbox.vault(["render", "dev", "-o", &file]).run();
        let shown = String::from_utf8_lossy(rules);
        assert_eq!(git.code(), vault.code().min(1), "{shown:?}");
    }
}

#[test]
fn r21_the_line_that_is_to_be_added_has_the_last_word() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    for (path, line, format, target, file, added) in [
        (
            "app/.gitignore",
            "!*.env\n",
            "dotenv",
            "app/deep/.env",
            "app/.gitignore",
            "/deep/.env",
        ),
        (
            "run/.gitignore",
            "!secrets/\n",
            "docker-secrets",
            "run/secrets",
            "run/.gitignore",
            "/secrets/",
        ),
        ("top", "", "dotenv", "settings", ".gitignore", "/settings"),
    ] {
        sandbox.write(path, line);
        fs::create_dir_all(sandbox.work("app/deep")).unwrap();
        let render = || sandbox.vault(["render", "dev", "--format", format, "-o", target]);
        let said = render().fails(2);
        let hint = format!("vault: hint: add this line to {file}: {added}\n");
        assert!(said.stderr().contains(&hint), "{}", said.stderr());
        let rules = sandbox.read(file);
        sandbox.write(file, format!("{rules}{added}\n"));
        render().succeeds();
        let taken = sandbox.git(["status", "--short", "--untracked-files=all"]);
        assert!(!taken.contains(target), "{taken}");
    }
}

#[test]
fn r21_ranges_of_letters_where_case_is_folded_are_read_as_git_reads_them() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.git(["config", "core.ignoreCase", "true"]);
    for (rule, is_ignored) in [
        ("OUT.TXT", true),
        ("/[a-z]UT.txt", true),
        ("/[a-Z]*.txt", false),
        ("/[Z-a]*.txt", false),
        ("/[p-a]*.txt", false),
        ("/[!A-Z]*.txt", false),
        ("*.txt\n![a-Z]*.txt", true),
        ("*.txt\n![A-Z]*.txt", false),
    ] {
        sandbox.write(".gitignore", format!("{rule}\n"));
        let git = sandbox
            .git_run(["check-ignore", "--quiet", "out.txt"])
            .run();
        let vault = sandbox.vault(["render", "dev", "-o", "out.txt"]).run();
        assert!(vault.code() != 0 || git.code() == 0, "{rule}");
        let _ = fs::remove_file(sandbox.work("out.txt"));
        assert_eq!(git.code() == 0, is_ignored, "{rule}");
    }
    sandbox.write(".gitignore", "OUT.*\n");
    sandbox.vault(["render", "dev", "-o", "out.txt"]).succeeds();
}
