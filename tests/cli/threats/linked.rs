//! Somebody commits a symbolic link in the place of a file of the vault: what is compared and searched goes by what git has at that path.

use std::{fs, os::unix::fs::symlink, path::Path};

use crate::{
    people::People,
    team::{BOB, CAROL},
    vaults::dev,
};

const DEV: &str = "secrets/dev.yaml";
const REFUSED: &str = "vault: error: secrets/dev.yaml: it is a symbolic link in git; history and other people's checks cannot look through it
vault: hint: git log --stat -1 -- secrets/dev.yaml shows who made it one
vault: hint: git mv -f secrets/d2.yaml secrets/dev.yaml puts the file in its place; then git add secrets/dev.yaml, and git commit
";

/// Alice, bob and carol write dev.
fn team() -> People {
    let people = People::begin();
    people.join("alice");
    for line in [
        &["init", "--name", "alice", "--env", "dev", "--yes"][..],
        &["set", "dev", "A", "one"],
        &["recipients", "add", "bob", BOB, "--env", "dev", "--yes"],
        &["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"],
    ] {
        people.vault("alice", line).succeeds();
    }
    people.push("alice", "the team");
    people.join("bob");
    people.join("carol");
    assert_eq!(people.get("carol", "A").stdout(), "one");
    people
}

/// Bob moves a file, leaves a link to it in its place, and pushes that.
fn link(people: &People, file: &str, to: &str, target: &str) {
    let folder = people.clone("bob").join(to);
    std::fs::create_dir_all(folder.parent().expect("a folder")).expect("a folder");
    people.git("bob", ["mv", file, to]);
    symlink(target, people.clone("bob").join(file)).expect("a link");
    people.commit("bob", "tidied up");
    people.git("bob", ["push", "--quiet", "origin", "HEAD:main"]);
    people.pull("alice");
    people.pull("carol");
}

#[test]
fn a_secret_file_that_git_has_as_a_link_is_no_file_of_the_vault() {
    let people = team();
    link(&people, DEV, "secrets/d2.yaml", "d2.yaml");
    for line in [
        &["set", "dev", "B", "two"][..],
        &["get", "dev", "A"],
        &["recipients", "remove", "bob", "--yes"],
    ] {
        let output = people.vault("carol", line).run();
        assert_eq!(output.code(), 3, "{line:?}: {}", output.stderr());
        let said = output.stderr();
        assert!(said.contains(REFUSED), "{line:?}: {said}");
    }
    let line = ["check", "--base", "origin/main", "--keyless"];
    let checked = people.vault("carol", line).fails(3);
    assert!(checked.stderr().contains(REFUSED), "{}", checked.stderr());
    let line = ["diff", "HEAD~1", "HEAD", "--exit-code"];
    let told = people.vault("carol", line).fails(3);
    let unread = "    ! it cannot be read: it is a symbolic link in git; history";
    assert!(told.stdout().contains(unread), "{}", told.stdout());
    assert_eq!(people.git("carol", ["status", "--porcelain"]), "");
}

#[test]
fn a_file_is_put_back_in_the_place_of_a_link_by_the_hint() {
    let people = team();
    link(&people, DEV, "secrets/d2.yaml", "d2.yaml");
    people.git("alice", ["mv", "-f", "secrets/d2.yaml", DEV]);
    people.git("alice", ["add", DEV]);
    people.vault("alice", ["set", "dev", "B", "two"]).succeeds();
    people.push("alice", "a file again");
    people.pull("carol");
    assert_eq!(people.get("carol", "B").stdout(), "two");
    people.vault("carol", ["check"]).succeeds();
}

#[test]
fn a_removal_is_not_undone_behind_a_link() {
    let people = team();
    link(&people, DEV, "secrets/d2.yaml", "d2.yaml");
    people.git("alice", ["mv", "-f", "secrets/d2.yaml", DEV]);
    let line = ["recipients", "remove", "bob", "--yes"];
    people.vault("alice", line).succeeds();
    people.push("alice", "bob has left");
    people.reset("bob");
    people.git("bob", ["checkout", "--quiet", "HEAD~1", "--", "."]);
    people.commit("bob", "an improvement");
    people.git("bob", ["push", "--quiet", "origin", "HEAD:main"]);
    people.pull("carol");
    let refused = people.vault("carol", ["set", "dev", "B", "two"]).fails(3);
    assert!(refused.stderr().contains(REFUSED), "{}", refused.stderr());
}

#[test]
fn a_config_that_git_has_as_a_link_is_none() {
    let people = team();
    link(&people, ".vault.yaml", "conf/v.yaml", "conf/v.yaml");
    let refused = "vault: error: .vault.yaml: it is a symbolic link in git; history and other people's checks cannot look through it
vault: hint: git log --stat -1 -- .vault.yaml shows who made it one
vault: hint: git mv -f conf/v.yaml .vault.yaml puts the file in its place; then git add .vault.yaml, and git commit
";
    for line in [
        &["set", "dev", "B", "two"][..],
        &["get", "dev", "A"],
        &["check", "--base", "origin/main", "--keyless"],
    ] {
        let output = people.vault("carol", line).fails(3);
        assert!(output.stderr().starts_with(refused), "{}", output.stderr());
    }
    people.git("carol", ["mv", "-f", "conf/v.yaml", ".vault.yaml"]);
    people.git("carol", ["add", ".vault.yaml"]);
    let line = ["check", "--base", "origin/main", "--keyless"];
    people.vault("carol", line).fails_with(
        3,
        "vault: error: .vault.yaml of the revision: it is a symbolic link in git; history and other people's checks cannot look through it\n",
    );
    let line = ["diff", "HEAD~1", "HEAD", "--exit-code"];
    let told = people.vault("carol", line).fails(3);
    let unread = "    ! it cannot be read: it is a symbolic link in git; history";
    assert!(told.stdout().contains(unread), "{}", told.stdout());
}

#[test]
fn a_link_of_ones_own_that_git_does_not_have_stays_usable() {
    let people = team();
    let clone = people.clone("carol");
    people.git("carol", ["mv", DEV, "secrets/d2.yaml"]);
    people.git("carol", ["rm", "--quiet", "--cached", "secrets/d2.yaml"]);
    people.commit("carol", "no file");
    symlink("d2.yaml", clone.join(DEV)).expect("a link");
    people.vault("carol", ["set", "dev", "B", "two"]).succeeds();
    assert_eq!(people.get("carol", "B").stdout(), "two");
}

#[test]
fn whatever_lies_in_the_place_of_a_file_is_replaced_by_the_hint() {
    let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
    sandbox.commit("all");
    let first = sandbox.git(["rev-parse", "HEAD"]);
    let inner = sandbox.path("inner").display().to_string();
    sandbox.git(["clone", "--quiet", ".", &inner]);
    let outside = sandbox.path("outside");
    fs::write(&outside, "x").expect("a file");
    type Make<'m> = &'m dyn Fn(&Path);
    let makes: [(&str, Make<'_>); 4] = [
        ("is not a regular file", &|place| {
            fs::create_dir(place).expect("a folder");
            fs::write(place.join("x"), "").expect("a file");
        }),
        ("is not a regular file", &|place| {
            let place = place.display().to_string();
            sandbox.git(["clone", "--quiet", &inner, &place]);
        }),
        ("is a symbolic link to nothing", &|place| {
            symlink("nothing", place).expect("a link");
        }),
        (
            "is a symbolic link that leads out of the repository",
            &|place| {
                symlink(&outside, place).expect("a link");
            },
        ),
    ];
    for (file, (what, make)) in [DEV, ".vault.yaml"]
        .into_iter()
        .flat_map(|file| makes.iter().map(move |make| (file, make)))
    {
        fs::remove_file(sandbox.work(file)).expect("a file");
        make(&sandbox.work(file));
        sandbox.commit("something else");
        fs::create_dir_all(sandbox.work("sub")).expect("a folder");
        let told = sandbox.vault(["list", "dev"]).within("sub").fails(2);
        let back = match file != DEV && what.contains("link") {
            true => "the last one that could be read",
            false => "the file that was there",
        };
        let said = format!(
            "{file} {what}\nvault: hint: git checkout {} -- :/{file} brings back {back}\n",
            &first[..10]
        );
        assert!(told.stderr().ends_with(&said), "{}", told.stderr());
        let code = if file == DEV { 3 } else { 2 };
        sandbox.vault(["access", "dev"]).fails(code);
        sandbox.git(["checkout", &first[..10], "--", file]);
        sandbox.vault(["list", "dev"]).succeeds();
        sandbox.git(["reset", "--quiet", "--hard", first.trim()]);
    }
}

#[test]
fn a_link_to_another_file_of_the_vault_moves_none() {
    let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
    sandbox
        .vault(["env", "add", "live", "--like", "dev", "--yes"])
        .succeeds();
    sandbox.commit("all");
    for (file, target, behind) in [
        (DEV, "live.yaml", "secrets/live.yaml"),
        (".vault.yaml", DEV, DEV),
    ] {
        let before = sandbox.read(behind);
        fs::remove_file(sandbox.work(file)).expect("a file");
        symlink(target, sandbox.work(file)).expect("a link");
        sandbox.commit("a link");
        let told = sandbox.vault(["list", "dev"]).fails(3);
        let said = format!(
            "vault: hint: git log --stat -1 -- {file} shows who made it one
vault: hint: it leads to another file of the vault, which stays where it is: git checkout COMMIT~1 -- {file} brings back what was there before that commit
"
        );
        assert!(told.stderr().contains(&said), "{}", told.stderr());
        assert!(!told.stderr().contains("git mv"), "{}", told.stderr());
        sandbox.git(["checkout", "HEAD~1", "--", file]);
        sandbox.vault(["list", "dev"]).succeeds();
        assert_eq!(sandbox.read(behind), before);
        sandbox.commit("as it was");
    }
}

#[test]
fn the_hints_for_a_link_and_for_a_file_that_is_gone_are_for_where_they_are_typed() {
    let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
    sandbox.commit("all");
    let first = sandbox.git(["rev-parse", "HEAD"]);
    fs::create_dir(sandbox.work("sub")).expect("a folder");
    sandbox.git(["mv", DEV, "./-f"]);
    symlink("../-f", sandbox.work(DEV)).expect("a link");
    sandbox.commit("a link");
    for (folder, line) in [
        ("sub", "git mv -f ../-f ../secrets/dev.yaml"),
        (".", "git mv -f ./-f secrets/dev.yaml"),
    ] {
        let told = sandbox.vault(["list", "dev"]).within(folder).fails(3);
        assert!(told.stderr().contains(line), "{}", told.stderr());
        let typed = sandbox.program("sh", ["-c", line]).within(folder);
        assert_eq!(typed.run().code(), 0);
        sandbox.git(["add", DEV]);
        sandbox.vault(["list", "dev"]).succeeds();
        sandbox.git(["reset", "--quiet", "--hard"]);
    }
    sandbox.git(["reset", "--quiet", "--hard", first.trim()]);
    sandbox.git(["rm", "--quiet", DEV]);
    sandbox.commit("gone");
    let told = sandbox.vault(["list", "dev"]).within("sub").fails(3);
    let said = format!(
        "vault: error: dev has no file here, but had a signed one in earlier commits
vault: hint: git log --diff-filter=D -- :/secrets/dev.yaml shows who took it away
vault: hint: git checkout {} -- :/secrets/dev.yaml brings it back
",
        &first[..10]
    );
    assert_eq!(told.stderr(), said);
    sandbox.git(["checkout", &first[..10], "--", DEV]);
    sandbox.vault(["list", "dev"]).succeeds();
}

#[test]
fn files_behind_a_link_in_the_place_of_their_folder_come_back_one_after_the_other() {
    let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
    sandbox
        .vault(["env", "add", "prod", "--like", "dev", "--copy", "--yes"])
        .succeeds();
    sandbox.commit("all");
    let first = sandbox.git(["rev-parse", "HEAD"])[..10].to_owned();
    sandbox.git(["mv", "secrets", "s2"]);
    symlink("s2", sandbox.work("secrets")).expect("a link");
    sandbox.commit("tidied up");
    let typed = |line: &str| {
        let typed = sandbox.program("sh", ["-c", line]).run();
        assert_eq!(typed.code(), 0, "{line}: {}", typed.stderr());
    };
    let back = format!("git checkout {first} -- secrets/dev.yaml");
    let said = format!(
        "vault: error: secrets/dev.yaml leads through the symbolic link secrets\nvault: hint: {back} brings back the file that was there\n"
    );
    sandbox.vault(["list", "dev"]).fails_with(2, &said);
    typed(&back);
    sandbox.vault(["list", "dev"]).succeeds();
    let back = "git mv s2/prod.yaml secrets/prod.yaml";
    let said = format!(
        "vault: error: prod has no file here, but the last commit has one: s2/prod.yaml\nvault: hint: {back} puts it where .vault.yaml has it\n"
    );
    sandbox.vault(["list", "prod"]).fails_with(3, &said);
    typed(back);
    sandbox.vault(["list", "prod"]).succeeds();
    sandbox.commit("as it was");
    sandbox.vault(["check"]).succeeds();
}
