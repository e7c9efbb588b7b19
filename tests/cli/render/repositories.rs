//! Which repository's rules count for an output of `vault render -o`.

use std::{fs, os::unix::fs::symlink};

use super::TOKEN;
use crate::{peers, vaults::dev};

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
    for (folder, rules) in [
        (sandbox.path("moved"), "w/.gitignore"),
        (inner.clone(), ".gitignore"),
    ] {
        let file = inner.join("dev.txt");
        let run = sandbox.vault(["render", "dev", "-o"]).and([&file]);
        let output = run.within(&folder).fails(2);
        assert!(
            output
                .stderr()
                .contains(&format!("vault: hint: add this line to {rules}: /dev.txt"))
        );
        assert!(!file.exists());
    }
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
