//! Somebody commits attributes of git by which commits have another text than the work tree: what is compared and searched goes by what
//! commits have.

use std::fs;

use crate::{
    people::People,
    sandbox::Sandbox,
    threats::undone::{DEV, put_back, remove, set, team},
    vaults::dev,
};

const ENCODING: &str = "working-tree-encoding=ISO646-DE";
const REFUSED: &str = "git's attributes alter it in commits; history and other people's checks cannot look through that";

/// Somebody commits a line of attributes, and what it makes of the files.
fn alter(people: &People, who: &str, line: &str) {
    let attributes = people.clone(who).join(".gitattributes");
    let before = fs::read_to_string(&attributes).unwrap_or_default();
    fs::write(&attributes, format!("{before}{line}\n")).expect("attributes");
    people.git(who, ["add", "--renormalize", "."]);
    people.push(who, "tidied up");
}

#[test]
fn a_file_that_gits_attributes_alter_is_no_file_of_the_vault() {
    let people = team();
    alter(&people, "bob", &format!("{DEV} {ENCODING}"));
    people.pull("laptop");
    let line = people.git("laptop", ["cat-file", "-p", &format!("HEAD:{DEV}")]);
    assert!(line.contains("ENCÄ"), "{line}");
    let refused = format!(
        "vault: error: {DEV}: {REFUSED}
vault: hint: line 3 of .gitattributes has {ENCODING}: take that out, or put !working-tree-encoding for this file into a line below it
vault: hint: then git add --renormalize -- {DEV} and git commit; git log -p -- .gitattributes shows who wrote it
"
    );
    for line in [
        &["get", "dev", "A"][..],
        &["set", "dev", "B", "two"],
        &["recipients", "remove", "bob", "--yes"],
        &["rekey", "dev", "--yes"],
        &["check", "--keyless"],
        &["check", "--keyless", "--base", "HEAD~1"],
    ] {
        let output = people.vault("laptop", line).fails(3);
        assert!(output.stderr().contains(&refused), "{}", output.stderr());
    }
    let told = people
        .vault("laptop", ["diff", "HEAD~1", "HEAD", "--exit-code"])
        .fails(3);
    let unread = "    ! it cannot be read: git's attributes alter it in commits";
    assert!(told.stdout().contains(unread), "{}", told.stdout());
    assert_eq!(people.git("laptop", ["status", "--porcelain"]), "");
}

#[test]
fn the_hints_make_a_file_of_the_vault_again_of_one_that_attributes_altered() {
    let people = team();
    alter(&people, "bob", &format!("{DEV} {ENCODING}"));
    people.pull("laptop");
    let attributes = people.clone("laptop").join(".gitattributes");
    let text = fs::read_to_string(&attributes).expect("attributes");
    fs::write(&attributes, format!("{text}{DEV} !working-tree-encoding\n")).expect("attributes");
    people.git("laptop", ["add", "--renormalize", "--", DEV]);
    people.push("laptop", "a file again");
    assert_eq!(people.get("laptop", "A").stdout(), "one");
    // Nobody can tell what was in the commits between.
    let line = ["trust", "dev", "--yes"];
    people.vault("laptop", line).succeeds();
    set(&people).succeeds();
}

#[test]
fn a_config_that_gits_attributes_alter_is_none() {
    let people = team();
    alter(&people, "bob", ".vault.yaml filter=lfs");
    people.pull("laptop");
    fs::create_dir(people.clone("laptop").join("sub")).expect("a folder");
    let refused = format!(
        "vault: error: .vault.yaml: {REFUSED}
vault: hint: line 3 of ../.gitattributes has filter=lfs: take that out, or put !filter for this file into a line below it
vault: hint: then git add --renormalize -- ../.vault.yaml and git commit; git log -p -- ../.gitattributes shows who wrote it
"
    );
    for line in [&["get", "dev", "A"][..], &["check", "--keyless"]] {
        let run = people.vault("laptop", line);
        let run = run.within(people.clone("laptop").join("sub"));
        run.fails_with(3, &refused);
    }
}

/// Whether git would commit another text than lies there.
fn git_alters(sandbox: &Sandbox) -> bool {
    let plain = sandbox.git(["hash-object", "--no-filters", "secrets/dev.yaml"]);
    sandbox.git(["hash-object", "secrets/dev.yaml"]) != plain
}

#[test]
fn a_link_in_the_place_of_attributes_is_read_as_git_reads_it() {
    for place in [".gitattributes", "secrets/.gitattributes"] {
        let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
        sandbox.commit("vault");
        let said = "working-tree-encoding=IBM1047";
        let line = format!("dev.yaml {said} -text -eol");
        let _ = std::fs::remove_file(sandbox.work(place));
        std::os::unix::fs::symlink(line, sandbox.work(place)).expect("a link");
        sandbox.git(["add", "--force", place]);
        let asked = sandbox.git(["check-attr", "working-tree-encoding", DEV]);
        assert!(asked.ends_with(": IBM1047\n"), "{asked}");
        for line in [
            &["get", "dev", "TOKEN"][..],
            &["set", "dev", "NEW", "n"],
            &["check", "--keyless"],
        ] {
            let refused = sandbox.vault(line).fails(3);
            let hint = format!("line 1 of {place} has {said}");
            assert!(refused.stderr().contains(&hint), "{}", refused.stderr());
        }
    }
}

#[test]
fn attributes_are_read_as_git_reads_them() {
    let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
    sandbox.git(["config", "filter.x.clean", "tr a-y b-z"]);
    let long = "x".repeat(3000);
    let cases: [(&str, &str); 32] = [
        ("secrets/dev.yaml filter=x", ""),
        ("d*.yaml\tfilter=x\r", ""),
        ("\"secrets/\\144ev.yaml\" filter=x", ""),
        ("\"secrets/dev.yaml\"filter=x", ""),
        ("\"secrets/dev.yaml filter=x", ""),
        ("/secrets/** filter=x", ""),
        ("secrets/ filter=x", ""),
        ("secrets filter=x", ""),
        ("[attr]m filter=x\nd*.yaml m", ""),
        ("[attr]m filter=x\n[attr]n m\nd*.yaml n", ""),
        ("[attr]m filter=x\n[attr]m text\nd*.yaml m", ""),
        ("[attr]m filter=x\nd*.yaml m -m", ""),
        ("", "d*.yaml filter=x"),
        ("", "[attr]m filter=x\nd*.yaml m"),
        ("d*.yaml filter=x", "dev.yaml -filter"),
        ("d*.yaml filter=x\nd*.yaml !filter", ""),
        ("d*.yaml filter=x -filter", ""),
        ("d*.yaml -filter filter=x", ""),
        ("d*.yaml filter", ""),
        ("d*.yaml filter=x a=/", ""),
        ("d*.yaml filter=x /", ""),
        ("!secrets/dev.yaml filter=x", ""),
        ("# d*.yaml filter=x", ""),
        ("\u{feff}d*.yaml filter=x", ""),
        ("d*.yaml working-tree-encoding=utf-8", ""),
        ("d*.yaml working-tree-encoding=ISO646-DE", ""),
        ("* text=auto\nd*.yaml ident", ""),
        ("* filter=", ""),
        ("d*.YAML filter=x", ""),
        ("Secrets/** filter=x", ""),
        ("d*.yaml filter=x\nD*.yaml -filter", ""),
        ("", "DEV.yaml filter=x"),
    ];
    let long = [
        (format!("d*.yaml filter=x\nd*.yaml -filter {long}"), ""),
        ("d*.yaml filter=x\0\nd*.yaml -filt\0er".to_owned(), ""),
    ];
    let cases = cases.map(|(top, inner)| (top.to_owned(), inner));
    let mut altering = 0;
    for (top, inner) in cases.into_iter().chain(long) {
        sandbox.write(".gitattributes", format!("{top}\n"));
        sandbox.write("secrets/.gitattributes", format!("{inner}\n"));
        for folds in ["false", "true"] {
            sandbox.git(["config", "core.ignoreCase", folds]);
            let code = sandbox.vault(["list", "dev"]).run().code();
            let alters = git_alters(&sandbox);
            assert_eq!(code == 3, alters, "{top:?} {inner:?} {folds}: {code}");
            altering += usize::from(alters);
        }
    }
    assert_eq!(altering, 32);
}

#[test]
fn attributes_that_only_some_versions_of_git_read_let_nothing_pass() {
    let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
    let blanks = " ".repeat(2100);
    for text in [
        "[attr]mm filter=x\nd*.yaml builtin_x mm",
        "[attr]mm filter=x\n[attr]mm builtin_x ident\nd*.yaml mm",
        &format!("[attr]mm filter=x\n[attr]mm ident{blanks}\nd*.yaml mm"),
        &format!("[attr]mm filter=x\nd*.yaml mm{blanks}"),
        "[attr]builtin_m filter=x\nd*.yaml filter=x\nd*.yaml -builtin_m -filter",
        // In the work tree a line ends at a NUL, and in commits and the index the file.
        "d*.yaml filter=x\n\0\nd*.yaml -filter",
    ] {
        sandbox.write(".gitattributes", format!("{text}\n"));
        let code = sandbox.vault(["list", "dev"]).run().code();
        assert_eq!(code, 3, "{text:?}");
    }
    let innocent = format!("d*.yaml mm builtin_x -filter\n# filter{blanks}\0\n");
    sandbox.write(".gitattributes", innocent);
    sandbox.vault(["list", "dev"]).succeeds();
}

#[test]
fn attributes_outside_of_the_work_tree_are_read_as_git_reads_them() {
    let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
    let line = "d*.yaml filter=x\n";
    let named = |place: &str| format!("[core]\n\tattributesFile = {place}\n");
    sandbox.write(sandbox.path("mine"), line);
    sandbox.write("of-top", line);
    let mine = named(&sandbox.path("mine").display().to_string());
    sandbox.write(sandbox.path("included"), &mine);
    let included = format!(
        "[include]\n\tpath = {}\n",
        sandbox.path("included").display()
    );
    let private = sandbox.work(".git/config");
    let config = sandbox.read(&private) + "[filter \"x\"]\n\tclean = tr a-y b-z\n";
    let personal = sandbox.home(".gitconfig");
    let usual = sandbox.path("config/git/attributes");
    sandbox.write(sandbox.home("in-home"), line);
    sandbox.unset("GIT_CONFIG_GLOBAL");
    for (own, person, attributes, pairs, alters) in [
        ("", "", "", &[][..], false),
        (&mine, "", "", &[], true),
        (&named("of-top"), "", "", &[], true),
        (&named("~/in-home"), "", "", &[], true),
        (&named("nowhere"), "", line, &[], false),
        ("", &mine, "", &[], true),
        ("", &included, "", &[], true),
        ("", "", line, &[], true),
        ("", &named("nowhere"), line, &[], false),
        (&named("nowhere"), &mine, "", &[], false),
        ("", "", "", &["~/in-home"], true),
        (&mine, "", "", &["nowhere"], false),
        (&format!("{mine}# "), "", "* -filter\n", &[], true),
    ] {
        sandbox.write(&private, format!("{config}{own}"));
        sandbox.write(&personal, person);
        sandbox.write(&usual, attributes);
        sandbox.set("GIT_CONFIG_COUNT", pairs.len().to_string());
        for value in pairs {
            sandbox.set("GIT_CONFIG_KEY_0", "Core.AttributesFile");
            sandbox.set("GIT_CONFIG_VALUE_0", value);
        }
        assert_eq!(git_alters(&sandbox), alters, "{own:?} {person:?} {pairs:?}");
        let code = sandbox.vault(["list", "dev"]).run().code();
        assert_eq!(code == 3, alters, "{own:?} {person:?} {pairs:?}: {code}");
    }
}

#[test]
fn attributes_that_git_names_to_its_hooks_are_read_there() {
    let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
    sandbox.write(sandbox.path("mine"), "d*.yaml filter=x\n");
    let mine = format!("core.attributesFile={}", sandbox.path("mine").display());
    let alias = format!("!{} list dev", env!("CARGO_BIN_EXE_vault"));
    sandbox.git(["config", "alias.listed", &alias]);
    sandbox.git(["config", "filter.x.clean", "tr a-y b-z"]);
    sandbox.git(["listed"]);
    sandbox.git_run(["-c", &mine, "listed"]).fails(3);
}

#[test]
fn what_a_work_tree_has_speaks_against_attributes_of_a_person_and_not_against_those_of_the_clone() {
    let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
    sandbox.git(["config", "filter.x.clean", "tr a-y b-z"]);
    sandbox.commit("a vault");
    sandbox.git(["worktree", "add", "--quiet", "../linked"]);
    let of_person = sandbox.path("config/git/attributes");
    let of_clone = sandbox.work(".git/info/attributes");
    sandbox.write(&of_person, "[attr]m filter=x\nd*.yaml m\n");
    let inner = sandbox.path("linked/secrets/.gitattributes");
    for (of_work_tree, private, code) in [
        ("", "", 3),
        ("*.yaml -filter", "", 0),
        ("*.yaml -filter", "d*.yaml m", 3),
    ] {
        sandbox.write(&inner, of_work_tree);
        sandbox.write(&of_clone, private);
        let run = sandbox.vault(["list", "dev"]).within("../linked");
        assert_eq!(run.run().code(), code, "{of_work_tree:?} {private:?}");
    }
    sandbox.vault(["list", "dev"]).fails_with(
        3,
        "vault: error: secrets/dev.yaml: git's attributes alter it in commits; history and other people's checks cannot look through that
vault: hint: line 1 of .git/info/attributes has filter=x: take that out, or put !filter for this file into a line below it
vault: hint: then git add --renormalize -- secrets/dev.yaml and git commit; .git/info/attributes is in no commit: it is of this machine alone
",
    );
}

/// What a repository has whose attributes alter what a vault would make.
fn altering(attributes: &str) -> Sandbox {
    let sandbox = Sandbox::with_git();
    sandbox.write(".gitattributes", attributes);
    sandbox.commit("attributes");
    crate::team::log_in(&sandbox, "alice");
    sandbox
}

#[test]
fn a_vault_that_attributes_would_alter_is_not_made_and_the_hints_lead_out() {
    for (attributes, error, lines) in [
        (
            "*.yaml filter=lfs diff=lfs merge=lfs -text\n",
            "vault: error: git's attributes would alter .vault.yaml, secrets/dev.yaml in commits; nothing is written
vault: hint: line 1 of .gitattributes has filter=lfs: take that out, or add these lines at its end: `/.vault.yaml !filter`, `/secrets/dev.yaml !filter`; then type the command again
",
            "/.vault.yaml !filter\n/secrets/dev.yaml !filter\n",
        ),
        (
            "# mine\nsecrets/** filter=git-crypt\n",
            "vault: error: git's attributes would alter secrets/dev.yaml in commits; nothing is written
vault: hint: line 2 of .gitattributes has filter=git-crypt: take that out, or add this line at its end: `/secrets/dev.yaml !filter`; then type the command again
",
            "/secrets/dev.yaml !filter\n",
        ),
        (
            "*.yaml working-tree-encoding=UTF-16\n",
            "vault: error: git's attributes would alter .vault.yaml, secrets/dev.yaml in commits; nothing is written
vault: hint: line 1 of .gitattributes has working-tree-encoding=UTF-16: take that out, or add these lines at its end: `/.vault.yaml !working-tree-encoding`, `/secrets/dev.yaml !working-tree-encoding`; then type the command again
",
            "/.vault.yaml !working-tree-encoding\n/secrets/dev.yaml !working-tree-encoding\n",
        ),
    ] {
        let sandbox = altering(attributes);
        let init = ["init", "--name", "alice", "--env", "dev", "--yes"];
        let state = sandbox.files();
        sandbox.vault(init).fails_with(2, error);
        assert_eq!(sandbox.files(), state);
        assert_eq!(sandbox.read(".gitattributes"), attributes);
        sandbox.write(".gitattributes", format!("{attributes}{lines}"));
        sandbox.vault(init).succeeds();
        set_one(&sandbox, "dev");
        // Another environment is looked at in the same way.
        if attributes.starts_with('*') {
            let line = ["env", "add", "prod", "--like", "dev"];
            let state = sandbox.read(".vault.yaml");
            let told = sandbox.vault(line).fails(2);
            assert!(told.stderr().contains("`/secrets/prod.yaml !"), "{}", told.stderr());
            assert_eq!(sandbox.read(".vault.yaml"), state);
        }
    }
}

fn set_one(sandbox: &Sandbox, name: &str) {
    sandbox.vault(["set", name, "A", "one"]).succeeds();
    sandbox.commit("a value");
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn files_of_sops_that_attributes_alter_are_not_adopted() {
    let sandbox = altering("*.yaml filter=lfs\n");
    let sealed = "sops/oracle/two_recipients/enc-3.13.2.yaml";
    sandbox.copy(sealed, "dev.yaml");
    sandbox.copy(sealed, "prod.yaml");
    let files = sandbox.files();
    let init = ["init", "--from-sops", "--name", "alice", "--yes"];
    let told = sandbox.vault(init).fails(2);
    let said = "dev.yaml: git's attributes alter it in commits\n";
    let way = "line 1 of .gitattributes has filter=lfs: take that out, or add this line at its end: `/dev.yaml !filter`\n";
    for line in [said, way] {
        assert!(told.stderr().contains(line), "{}", told.stderr());
    }
    assert_eq!(sandbox.files(), files);
    let attributes = sandbox.read(".gitattributes") + "/dev.yaml !filter\n";
    sandbox.write(".gitattributes", &attributes);
    let told = sandbox.vault(init).fails(2);
    let said = "`/.vault.yaml !filter`; then type the command again\n";
    assert!(told.stderr().ends_with(said), "{}", told.stderr());
    assert_eq!(sandbox.files(), files);
    sandbox.write(".gitattributes", attributes + "/.vault.yaml !filter\n");
    let told = sandbox.vault(init).succeeds();
    assert!(
        told.stderr().contains("prod.yaml: git's"),
        "{}",
        told.stderr()
    );
    assert!(!sandbox.read(".vault.yaml").contains("prod.yaml"));
}

#[test]
fn what_the_attributes_make_of_a_config_with_an_id_of_git_counts() {
    let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
    sandbox.write(".gitattributes", "* ident\n");
    sandbox.vault(["list", "dev"]).succeeds();
    let config = sandbox.read(".vault.yaml");
    sandbox.write(".vault.yaml", format!("# $Id$\n{config}"));
    sandbox.vault(["list", "dev"]).fails(3);
}

/// Alice takes bob out, git alters that commit, and bob puts back what was before.
fn remove_behind_attributes(people: &People) {
    remove(people);
    alter(people, "alice", &format!("{DEV} {ENCODING}"));
    people.reset("bob");
    people.git("bob", ["reset", "--quiet", "--hard", "HEAD~2"]);
    put_back_over(people);
}

/// What bob has becomes the newest commit.
fn put_back_over(people: &People) {
    people.git("bob", ["reset", "--quiet", "--soft", "origin/main"]);
    people.push("bob", "an improvement");
}

#[test]
fn a_removal_is_not_undone_behind_attributes_that_are_gone_again() {
    let people = team();
    remove_behind_attributes(&people);
    people.pull("laptop");
    // The laptop knows what is here, and has not seen the removal: of that there is still a commit that can be read.
    let refused = set(&people).fails(3);
    assert!(
        refused.stderr().contains("bob has left since"),
        "{}",
        refused.stderr()
    );
}

#[test]
fn a_version_that_attributes_altered_is_not_taken_for_looked_at() {
    let people = team();
    // The removal and the attributes come in one commit.
    people
        .vault("alice", ["recipients", "remove", "bob", "--yes"])
        .succeeds();
    alter(&people, "alice", &format!("{DEV} {ENCODING}"));
    let commit = people.git("alice", ["rev-parse", "HEAD"])[..10].to_owned();
    people.reset("bob");
    put_back(&people, "HEAD~1");
    people.pull("laptop");
    assert_eq!(people.get("laptop", "A").stdout(), "one");
    let said = format!(
        "dev: there is history that cannot be looked at: in commit {commit}, git's attributes have altered {DEV} ({ENCODING})\n"
    );
    for _ in 0..2 {
        set(&people).fails_with(
            3,
            &format!(
                "vault: error: {said}vault: hint: git log -p -- ':/*.gitattributes' shows who did that
vault: hint: if nobody has left there: vault trust dev goes by what is here
"
            ),
        );
    }
    // Nor on a machine that knows nothing, which says so when it reads.
    people.join_as("new", "alice");
    let read = people.get("new", "A");
    assert!(read.stderr().contains(&said), "{}", read.stderr());
    people.vault("new", ["set", "dev", "B", "two"]).fails(3);
    let checked = people.vault("new", ["check"]).succeeds();
    assert!(checked.stderr().contains(&said), "{}", checked.stderr());
    people.vault("laptop", ["trust", "dev", "--yes"]).succeeds();
    set(&people).succeeds();
}

#[test]
fn a_committed_conflict_and_other_garbage_stop_nobody_later() {
    let people = team();
    let file = people.clone("alice").join(DEV);
    let good = fs::read_to_string(&file).expect("a file");
    for text in [
        format!("<<<<<<< HEAD\n{good}=======\n{good}>>>>>>> side\n"),
        "not YAML: [\n".to_owned(),
    ] {
        fs::write(&file, text).expect("a file");
        people.commit("alice", "hasty");
        fs::write(&file, &good).expect("a file");
        people.push("alice", "mended");
    }
    people.pull("laptop");
    set(&people).succeeds();
}

#[test]
fn files_that_were_encrypted_by_a_filter_before_there_was_a_vault_stop_nobody() {
    let sandbox = Sandbox::with_git();
    sandbox.git(["config", "filter.x.clean", "tr a-y b-z"]);
    sandbox.git(["config", "filter.x.smudge", "tr b-z a-y"]);
    sandbox.write(".gitattributes", "secrets/* filter=x\n");
    sandbox.write("secrets/dev.yaml", "A: one\n");
    sandbox.commit("before");
    sandbox.git(["rm", "--quiet", "secrets/dev.yaml", ".gitattributes"]);
    sandbox.commit("after");
    crate::team::log_in(&sandbox, "alice");
    let line = ["init", "--name", "alice", "--env", "dev", "--yes"];
    sandbox.vault(line).succeeds();
    sandbox.commit("a vault");
    sandbox.vault(["set", "dev", "B", "two"]).succeeds();
}
