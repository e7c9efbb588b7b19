//! `vault render -o` where git would take it along.

use std::{fs, os::unix::fs::symlink};

use super::TOKEN;
use crate::{peers, vaults::dev};

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
vault: hint: add this line to .gitignore: /plain
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
fn r21_the_repository_that_counts_is_the_one_where_the_file_lands() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let other = sandbox.path("other");
    fs::create_dir_all(other.join("deep")).unwrap();
    sandbox.git(["init", "--quiet", other.to_str().unwrap()]);
    // A link of one's own, outside of both.
    symlink(other.join("deep"), sandbox.path("link")).unwrap();
    for path in ["../other/plain", "../link/plain"] {
        sandbox
            .vault(["render", "dev", "-o", path])
            .fails(2)
            .prints("");
    }
    fs::write(other.join(".gitignore"), "plain\n").unwrap();
    sandbox
        .vault(["render", "dev", "-o", "../link/plain"])
        .succeeds();
    assert!(other.join("deep/plain").exists());
    // A repository inside of the work tree, as a submodule is.
    fs::create_dir(sandbox.work("module")).unwrap();
    sandbox.git(["init", "--quiet", "module"]);
    sandbox
        .vault(["render", "dev", "-o", "module/.env"])
        .fails(2);
    sandbox.write("module/.gitignore", ".env\n");
    sandbox
        .vault(["render", "dev", "-o", "module/.env"])
        .succeeds();
    // Outside of every repository.
    sandbox
        .vault(["render", "dev", "-o", "../home/plain"])
        .succeeds();
}

#[test]
fn a_repository_of_another_user_is_refused_as_git_does() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    if !sandbox.is_root() {
        peers::skip("the tests do not run as root");
        return;
    }
    std::os::unix::fs::chown(sandbox.work(""), Some(65534), Some(65534)).unwrap();
    std::os::unix::fs::chown(sandbox.work(".git"), Some(65534), Some(65534)).unwrap();
    sandbox.vault(["render", "dev", "-o", ".env"]).fails_with(
        2,
        "vault: error: git: repository path '[ROOT]/work' is not owned by current user
vault: hint: if you trust it: git config --global --add safe.directory [ROOT]/work
vault: hint: where HOME is not set, as in a service: git config --system --add safe.directory [ROOT]/work
",
    );
    // That is no fault of the files: 2, and not 3.
    sandbox.vault(["check", "--keyless"]).fails_with(
        2,
        "vault: error: git: repository path '[ROOT]/work' is not owned by current user
vault: hint: if you trust it: git config --global --add safe.directory [ROOT]/work
vault: hint: where HOME is not set, as in a service: git config --system --add safe.directory [ROOT]/work
",
    );
    // What needs nothing of git works.
    sandbox
        .vault(["get", "TOKEN"])
        .prints_secrets()
        .succeeds_with(TOKEN);
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
fn r21_rules_that_a_sparse_checkout_leaves_out_count() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write(".gitignore", ".env\n");
    sandbox.write("there/.gitignore", "!.env\n");
    sandbox.write("here/file", "");
    sandbox.commit("all");
    sandbox.git(["sparse-checkout", "set", "here", "secrets"]);
    assert!(!sandbox.exists("there"));
    fs::create_dir(sandbox.work("there")).unwrap();
    sandbox
        .vault(["render", "dev", "-o", "there/.env"])
        .fails(2);
    assert!(!sandbox.exists("there/.env"));
    sandbox
        .vault(["render", "dev", "-o", "here/.env"])
        .succeeds();
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
fn r21_rules_of_the_person_count_where_the_variables_of_git_say_and_nowhere_else() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write(".gitignore", "*.txt\n");
    let written = |path: &str, text: &str| {
        let path = sandbox.path(path);
        sandbox.write(&path, text);
        path.display().to_string()
    };
    let ignoring = written("ignoring", ".env\n");
    let of_nothing = written("nothing", "");
    let config =
        |path: &str, rules: &str| written(path, &format!("[core]\nexcludesFile = {rules}\n"));
    let (ignores, ignores_not) = (
        config("ignores", &ignoring),
        config("ignores-not", &of_nothing),
    );
    let pair = |rules: &str| {
        [
            ("GIT_CONFIG_COUNT", "1".to_owned()),
            ("GIT_CONFIG_KEY_0", "CORE.excludesfile".to_owned()),
            ("GIT_CONFIG_VALUE_0", rules.to_owned()),
        ]
    };
    let variable = |name: &'static str, value: &str| (name, value.to_owned());
    let global = |file: &str| variable("GIT_CONFIG_GLOBAL", file);
    let system = |file: &str| {
        [
            variable("GIT_CONFIG_SYSTEM", file),
            variable("GIT_CONFIG_NOSYSTEM", "0"),
        ]
    };
    let is_ignored = |variables: &[(&str, String)]| {
        let set = |run: crate::sandbox::Run<'_>| {
            let run = run
                .without("GIT_CONFIG_GLOBAL")
                .without("GIT_CONFIG_NOSYSTEM");
            let all = variables.iter();
            all.fold(run, |run, (name, value)| run.variable(name, value))
                .run()
        };
        let git = set(sandbox.git_run(["check-ignore", "--quiet", ".env"]));
        let vault = set(sandbox.vault(["render", "dev", "-o", ".env"]));
        assert_eq!(git.code(), vault.code().min(1), "{variables:?}");
        let _ = fs::remove_file(sandbox.work(".env"));
        git.code() == 0
    };
    // Nothing of the person is there.
    assert!(!is_ignored(&[]));
    assert!(is_ignored(&[global(&ignores)]));
    assert!(is_ignored(&system(&ignores)));
    assert!(is_ignored(&pair(&ignoring)));
    assert!(is_ignored(&pair("~/../ignoring")));
    let stronger = [&pair(&of_nothing)[..], &[global(&ignores)]].concat();
    assert!(!is_ignored(&stronger));
    let stronger = [&system(&ignores)[..], &[global(&ignores_not)]].concat();
    assert!(!is_ignored(&stronger));
    // The files of the person, which the variable leaves out.
    for file in ["home/.gitconfig", "config/git/config"] {
        let path = config(file, &ignoring);
        assert!(is_ignored(&[]), "{file}");
        for other in ["/dev/null", "", &ignores_not] {
            assert!(!is_ignored(&[global(other)]), "{file} {other}");
        }
        assert!(!is_ignored(&pair(&of_nothing)), "{file}");
        fs::remove_file(path).unwrap();
    }
    // The repository's own config goes before all files.
    sandbox.git(["config", "core.excludesFile", &of_nothing]);
    assert!(!is_ignored(&[global(&ignores)]));
    assert!(is_ignored(&pair(&ignoring)));
}

#[test]
fn r21_a_folder_whose_git_is_broken_belongs_to_the_repository_around_it() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    type Make<'m> = &'m dyn Fn(&std::path::Path);
    let makes: [(&str, Make<'_>); 7] = [
        ("an empty folder", &|git| fs::create_dir(git).unwrap()),
        ("an empty file", &|git| fs::write(git, "").unwrap()),
        ("a file that leads nowhere", &|git| {
            fs::write(git, "gitdir: /nonexistent\n").unwrap();
        }),
        ("a link that leads nowhere", &|git| {
            symlink("/nonexistent", git).unwrap();
        }),
        ("no HEAD", &|git| {
            fs::create_dir_all(git.join("objects")).unwrap();
            fs::create_dir(git.join("refs")).unwrap();
        }),
        ("a HEAD of nothing", &|git| {
            fs::create_dir_all(git.join("objects")).unwrap();
            fs::create_dir(git.join("refs")).unwrap();
            fs::write(git.join("HEAD"), "nothing\n").unwrap();
        }),
        ("no objects", &|git| {
            fs::create_dir_all(git.join("refs")).unwrap();
            fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        }),
    ];
    for (at, (what, make)) in makes.iter().enumerate() {
        let folder = format!("f{at}");
        fs::create_dir(sandbox.work(&folder)).unwrap();
        make(&sandbox.work(&folder).join(".git"));
        let file = format!("{folder}/dev.txt");
        sandbox.write(&file, "");
        let taken = sandbox.git(["add", "--dry-run", "--all"]);
        assert!(taken.contains(&file), "{what}: {taken}");
        fs::remove_file(sandbox.work(&file)).unwrap();
        sandbox.vault(["render", "dev", "-o", &file]).fails_with(
            2,
            &format!(
                "vault: error: git does not ignore {file}: secrets in clear would be committed one day
vault: hint: add this line to .gitignore: /{file}
vault: hint: --allow-in-git writes it all the same
"
            ),
        );
        assert!(!sandbox.exists(&file), "{what}");
    }
}

#[test]
fn r21_a_work_tree_whose_repository_was_moved_belongs_to_the_one_around_it() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write(".gitignore", "");
    sandbox.commit("all");
    let inner = sandbox.path("moved/w");
    fs::rename(sandbox.path("work"), sandbox.path("before")).unwrap();
    let before = sandbox.path("before").display().to_string();
    sandbox
        .git_run(["-C", &before, "worktree", "add", "--quiet", "w"])
        .within(&before)
        .succeeds();
    fs::rename(sandbox.path("before"), sandbox.path("moved")).unwrap();
    for folder in [sandbox.path("moved"), inner.clone()] {
        let file = inner.join("dev.txt");
        let run = sandbox.vault(["render", "dev", "-o"]).and([&file]);
        let output = run.within(&folder).fails(2);
        assert!(
            output
                .stderr()
                .contains("vault: hint: add this line to w/.gitignore: /dev.txt")
        );
        assert!(!file.exists());
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

#[test]
fn r21_the_repository_that_variables_name_counts_too() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.commit("all");
    let (git, named) = (sandbox.path("git-of-named"), sandbox.path("named"));
    fs::rename(sandbox.path("work"), &named).unwrap();
    fs::rename(named.join(".git"), &git).unwrap();
    let refused =
        "vault: error: git does not ignore dev.txt: secrets in clear would be committed one day
vault: hint: add this line to .gitignore: /dev.txt
vault: hint: --allow-in-git writes it all the same
";
    let render = || {
        sandbox
            .vault(["render", "dev", "-o", "dev.txt"])
            .within(&named)
    };
    // The work tree is where the program stands, unless somebody says otherwise.
    render().variable("GIT_DIR", &git).fails_with(2, refused);
    let elsewhere = sandbox.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let both = |work_tree: &std::path::Path| {
        let run = render().variable("GIT_DIR", &git);
        run.variable("GIT_WORK_TREE", work_tree)
    };
    both(&named).fails_with(2, refused);
    both(&elsewhere).succeeds();
    fs::remove_file(named.join("dev.txt")).unwrap();
    let config = git.join("config").display().to_string();
    let tree = named.display().to_string();
    sandbox
        .git_run(["config", "--file", &config, "core.worktree", &tree])
        .within(sandbox.path("."))
        .succeeds();
    let run = sandbox.vault(["-C", &tree, "render", "dev", "-o"]);
    let run = run.and([named.join("dev.txt")]).within(&elsewhere);
    run.variable("GIT_DIR", &git).fails(2);
    assert!(!named.join("dev.txt").exists());
}
