//! A month of honest work of three people: nobody is asked anything, and what stops them or is told stands in the list of
//! docs/threats.md, with the answer that is typed here.

mod environments;
mod members;

use std::{cell::RefCell, collections::BTreeSet, path::PathBuf};

use crate::{people::People, sandbox::Output, team};

/// The list in the docs: what vault says, and what to do.
const LIST: &str = "## When vault stops or tells something";

/// What `set` and `unset` say of what they do.
const WORK: [&str; 6] = [
    "vault: writing ",
    "vault: making the file",
    "vault: + ",
    "vault: ~ ",
    "vault: - ",
    "vault: nothing changed",
];

struct Month {
    people: People,
    /// The lines of the list that came up.
    met: RefCell<BTreeSet<String>>,
    rows: Vec<String>,
}

/// The first cells of the list, in which `…` stands for anything.
fn rows() -> Vec<String> {
    let document = include_str!("../../../docs/threats.md");
    let (_, list) = document.split_once(LIST).expect("the list");
    let list = list.split("\n## ").next().expect("its section");
    let cells = list.lines().filter_map(|line| line.strip_prefix("| `"));
    cells
        .map(|line| line.split('`').next().expect("a cell").to_owned())
        .collect()
}

/// Whether a line is one of the list: the parts between the `…` come in their order.
fn is_like(row: &str, line: &str) -> bool {
    let mut rest = line;
    for (at, part) in row.split('…').enumerate() {
        match rest.find(part) {
            Some(0) => rest = &rest[part.len()..],
            Some(found) if at > 0 => rest = &rest[found + part.len()..],
            _ => return false,
        }
    }
    rest.is_empty() || row.ends_with('…')
}

impl Month {
    fn begin() -> Self {
        Month {
            people: People::begin(),
            met: RefCell::default(),
            rows: rows(),
        }
    }

    /// Everything that is said must be work, or stand in the list; what is indented belongs to the line above.
    fn heard(&self, output: &Output, is_plan: bool) {
        for line in output.stderr().lines() {
            let is_work = WORK.iter().any(|work| line.starts_with(work));
            let is_part = line.starts_with("vault:  ") || line.starts_with("vault: hint: ");
            let said = line.strip_prefix("vault: ").unwrap_or(line);
            let said = said.strip_prefix("error: ").unwrap_or(said);
            let said = said.strip_prefix("warning: ").unwrap_or(said);
            match self.rows.iter().find(|row| is_like(row, said)) {
                Some(row) => drop(self.met.borrow_mut().insert(row.clone())),
                None => assert!(
                    is_work || is_part || is_plan,
                    "not in the list: {line}\n{output:?}"
                ),
            }
        }
    }

    /// A command that does what it is for.
    fn works(&self, who: &str, line: &str) -> String {
        let output = self.run(who, line);
        assert_eq!(output.code(), 0, "{who}: {line}: {}", output.stderr());
        let is_plan =
            line.contains("--yes") || line.starts_with("setup") || line.starts_with("keygen");
        self.heard(&output, is_plan);
        output.stdout().to_owned()
    }

    /// A command that stops, with this code.
    fn stops(&self, who: &str, line: &str, code: i32) {
        let output = self.run(who, line);
        assert_eq!(output.code(), code, "{who}: {line}: {}", output.stderr());
        let errors = output
            .stderr()
            .lines()
            .filter(|line| line.starts_with("vault: error: "));
        assert!(errors.count() > 0, "{}", output.stderr());
        self.heard(&output, line.contains("--yes"));
    }

    fn run(&self, who: &str, line: &str) -> Output {
        let words = line.split(' ');
        self.people.vault(who, words).prints_secrets().run()
    }

    fn git(&self, who: &str, line: &str) -> String {
        self.people.git(who, line.split(' '))
    }

    fn add(&self, who: &str, name: &str, line: &str, environments: &[&str]) {
        let mut all = vec!["recipients", "add", name, line, "--yes", "--env"];
        all.extend(environments);
        let output = self.people.vault(who, all).run();
        assert_eq!(output.code(), 0, "{}", output.stderr());
    }

    /// Somebody is at a commit of the past for a moment.
    fn at(&self, who: &str, commit: &str, look: impl FnOnce()) {
        self.git(who, &format!("checkout --quiet {commit}"));
        look();
        self.git(who, "checkout --quiet main");
    }
}

#[test]
fn a_month_of_honest_work_is_stopped_only_by_what_the_list_says() {
    let month = Month::begin();
    the_team_gets_together(&month);
    values_change_on_branches(&month);
    members::one_leaves_and_the_past_is_looked_at(&month);
    members::keys_change(&month);
    other_places(&month);
    environments::an_environment_gets_another_name(&month);
    environments::one_environment_goes_and_others_come(&month);
    members::somebody_leaves_by_and_by(&month);
    files_are_lost_and_found(&month);
    members::somebody_is_taken_out_by_hand(&month);
    members::a_removal_is_left_to_others(&month);
    let met = month.met.borrow();
    let unmet: Vec<&String> = month
        .rows
        .iter()
        .filter(|row| !met.contains(*row))
        .collect();
    assert!(unmet.is_empty(), "in the list, and never said: {unmet:?}");
}

/// Week one: alice begins, bob and carol join; each first look is told once.
fn the_team_gets_together(month: &Month) {
    let people = &month.people;
    people.join("alice");
    month.works("alice", "init --name alice --env dev prod --yes");
    month.works("alice", "set dev TOKEN one");
    month.works("alice", "set prod TOKEN one");
    people.push("alice", "a vault");
    people.join("bob");
    month.works("bob", "setup");
    month.stops("bob", "get dev TOKEN", 2);
    month.add("alice", "bob", team::BOB, &["dev", "prod"]);
    people.push("alice", "bob");
    people.pull("bob");
    assert_eq!(month.works("bob", "get dev TOKEN"), "one");
    month.works("bob", "run dev -- true");
    month.works("bob", "set prod TOKEN two");
    people.push("bob", "a value");
    people.join("carol");
    month.works("carol", "check");
    month.add("bob", "carol", team::CAROL, &["dev"]);
    people.push("bob", "carol");
    people.pull("carol");
    month.works("carol", "set dev HERS three");
    people.push("carol", "a value");
    for who in ["alice", "bob"] {
        people.pull(who);
        month.works(who, "list dev");
        month.works(who, "check");
        month.works(who, "access");
    }
    // Somebody types into the config what is meant; nothing happens before sync.
    let config = people.clone("alice").join(".vault.yaml");
    let text = people.sandbox.read(&config);
    let lists = text.replace("[alice, bob]", "[alice, bob, carol]");
    assert_ne!(lists, text);
    people.sandbox.write(&config, lists);
    month.works("alice", "set prod TOKEN three");
    month.works("alice", "sync --yes");
    people.push("alice", "carol in prod");
    for who in ["bob", "carol"] {
        people.pull(who);
        month.works(who, "check");
    }
}

/// Week two: topic branches, merges, squashes, rebases, cherry-picks, reverts, stashes, work trees.
fn values_change_on_branches(month: &Month) {
    let people = &month.people;
    month.git("alice", "branch release");
    month.git("bob", "checkout --quiet -b topic");
    month.works("bob", "set dev BRANCH one");
    people.commit("bob", "on a branch");
    month.git("bob", "checkout --quiet main");
    month.works("bob", "set prod MAIN one");
    people.push("bob", "on main");
    month.git("bob", "merge --quiet --no-edit topic");
    month.works("bob", "check");
    people.git("bob", ["push", "--quiet", "origin", "main"]);
    people.pull("alice");
    month.git("alice", "checkout --quiet -b squashed");
    month.works("alice", "set dev SQUASHED one");
    people.commit("alice", "one");
    month.works("alice", "set dev SQUASHED two");
    people.commit("alice", "two");
    month.git("alice", "checkout --quiet main");
    month.git("alice", "merge --quiet --squash squashed");
    people.push("alice", "squashed");
    people.pull("carol");
    month.git("carol", "checkout --quiet -b rebased");
    month.works("carol", "set dev REBASED one");
    people.commit("carol", "to be rebased");
    month.works("alice", "set prod MAIN two");
    people.push("alice", "meanwhile");
    month.git("carol", "fetch --quiet origin");
    month.git("carol", "rebase --quiet origin/main");
    month.works("carol", "check");
    month.git("carol", "checkout --quiet main");
    month.git("carol", "merge --quiet --ff-only rebased");
    people.git("carol", ["push", "--quiet", "origin", "main"]);
    people.pull("alice");
    // A fix goes to the release branch, and is taken back there.
    month.git("alice", "checkout --quiet release");
    month.works("alice", "check");
    month.works("alice", "set prod FIX one");
    people.commit("alice", "a fix");
    month.works("alice", "set prod FIX two");
    people.commit("alice", "a better fix");
    month.git("alice", "revert --no-edit HEAD");
    assert_eq!(month.works("alice", "get prod FIX"), "one");
    month.git("alice", "checkout --quiet -b next HEAD~3");
    month.git("alice", "cherry-pick release~2");
    assert_eq!(month.works("alice", "get prod FIX"), "one");
    month.git("alice", "checkout --quiet main");
    month.works("alice", "set dev STASHED one");
    month.git("alice", "stash --quiet");
    month.works("alice", "list dev");
    month.git("alice", "stash pop --quiet");
    assert_eq!(month.works("alice", "get dev STASHED"), "one");
    people.push("alice", "what was stashed");
    month.git("alice", "worktree add --quiet ../tree release");
    let tree = people.sandbox.path("alice/tree");
    let get = people.vault("alice", ["get", "prod", "FIX"]).within(&tree);
    month.heard(&get.prints_secrets().run(), false);
    month.git("alice", "worktree remove --force ../tree");
}

/// Fresh and shallow clones, a tarball, a container that cannot be written to, another directory.
fn other_places(month: &Month) {
    let people = &month.people;
    let sandbox = &people.sandbox;
    let inside = |folder: &PathBuf, line: &str| {
        let run = people.vault("alice", line.split(' ')).within(folder);
        let output = run.prints_secrets().run();
        month.heard(&output, false);
        output
    };
    people.join_as("laptop", "alice");
    month.works("laptop", "check");
    let url = format!("file://{}", sandbox.path("origin.git").display());
    let shallow = people.clone("runner");
    let to = shallow.display().to_string();
    sandbox.git(["clone", "--quiet", "--depth=1", &url, &to]);
    let pin = month.works("alice", "trust --export");
    let check = people
        .vault("runner", ["check", "--keyless"])
        .variable("CI", "true");
    check
        .variable("VAULT_TRUST", pin.trim())
        .succeeds()
        .says("");
    assert_eq!(inside(&shallow, "log dev").code(), 0);
    let tarball = sandbox.path("tarball");
    std::fs::create_dir(&tarball).expect("a new folder");
    let archive = sandbox.path("vault.tar").display().to_string();
    people.git("alice", ["archive", "--output", &archive, "HEAD"]);
    sandbox
        .program(
            "/bin/tar",
            ["-xf", &archive, "-C", tarball.to_str().expect("text")],
        )
        .succeeds();
    assert_eq!(inside(&tarball, "get dev TOKEN").stdout(), "new");
    assert_eq!(inside(&tarball, "check").code(), 0);
    assert_eq!(inside(&tarball, "log dev").code(), 2);
    // Where nobody makes a directory, root neither.
    let nowhere = "/proc/nowhere";
    let get = people.vault("alice", ["get", "dev", "TOKEN"]);
    let output = get
        .variable("XDG_STATE_HOME", nowhere)
        .prints_secrets()
        .run();
    assert_eq!(output.stdout(), "new");
    month.heard(&output, false);
    let moved = sandbox.path("alice/moved");
    std::fs::rename(people.clone("alice"), &moved).expect("the same disk");
    assert_eq!(inside(&moved, "get dev TOKEN").stdout(), "new");
    std::fs::rename(moved, people.clone("alice")).expect("the same disk");
}

/// A file is deleted, edited with sops, merged by halves.
fn files_are_lost_and_found(month: &Month) {
    let people = &month.people;
    let file = people.clone("alice").join("secrets/dev.yaml");
    people.pull("alice");
    std::fs::remove_file(&file).expect("a file");
    month.stops("alice", "set dev TOKEN new", 3);
    people.commit("alice", "dev is gone");
    month.stops("alice", "set dev TOKEN new", 3);
    month.git("alice", "checkout --quiet HEAD~1 -- secrets/dev.yaml");
    month.works("alice", "set dev TOKEN new");
    people.commit("alice", "dev is back");
    // sops leaves no block.
    let text = people.sandbox.read(&file);
    let (rest, _) = text.split_once("    x-vault:\n").expect("a block");
    people.sandbox.write(&file, rest);
    month.stops("alice", "get dev TOKEN", 3);
    month.works("alice", "sign dev --yes");
    people.commit("alice", "signed again");
    month.git("alice", "checkout --quiet -b one");
    month.works("alice", "set dev TOKEN one");
    people.commit("alice", "one");
    month.git("alice", "checkout --quiet main");
    month.works("alice", "set dev TOKEN two");
    people.commit("alice", "two");
    let folder = people.clone("alice").display().to_string();
    let merge = ["-C", &folder, "merge", "--quiet", "one"];
    people.sandbox.git_run(merge).fails(1);
    month.stops("alice", "set dev OTHER new", 3);
    month.stops("alice", "get dev TOKEN", 3);
    month.git("alice", "merge --abort");
    month.git("alice", "push --quiet origin HEAD:main");
}
