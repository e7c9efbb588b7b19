//! A month of honest work of three people: nobody is asked anything, and what stops them or is told stands in the list of
//! docs/threats.md, with the answer that is typed here.

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
    let document = include_str!("../../docs/threats.md");
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
    one_leaves_and_the_past_is_looked_at(&month);
    keys_change(&month);
    other_places(&month);
    an_environment_gets_another_name(&month);
    one_environment_goes_and_others_come(&month);
    somebody_leaves_by_and_by(&month);
    files_are_lost_and_found(&month);
    somebody_is_taken_out_by_hand(&month);
    a_removal_is_left_to_others(&month);
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

/// Week three: carol leaves; old branches, tags and bisects are read, and get nothing new.
fn one_leaves_and_the_past_is_looked_at(month: &Month) {
    let people = &month.people;
    month.git("alice", "tag before");
    month.git("alice", "push --quiet origin before");
    month.git("bob", "fetch --quiet --tags origin");
    month.works("alice", "recipients remove carol --yes");
    people.push("alice", "carol has left");
    month.works("alice", "set dev REVERTED one");
    people.commit("alice", "a value");
    month.git("alice", "revert --no-edit HEAD");
    month.git("alice", "push --quiet origin main");
    // Bob, who has not pulled, works on the release of before; then everything comes at once.
    month.git("bob", "checkout --quiet -b patch before");
    month.works("bob", "set prod PATCH one");
    people.commit("bob", "a patch");
    month.works("bob", "set prod PATCH two");
    month.git("bob", "checkout --quiet --force main");
    people.pull("bob");
    month.works("bob", "set dev TOKEN new");
    month.git("bob", "checkout --quiet -- .");
    month.works("bob", "get dev TOKEN");
    month.works("bob", "check");
    month.at("alice", "before", || {
        assert_eq!(month.works("alice", "get dev STASHED"), "one");
        month.stops("alice", "set dev TOKEN new", 3);
        month.works("alice", "check prod");
    });
    // What she signed last nothing tells from what she would sign now.
    month.at("alice", "before~1", || {
        month.stops("alice", "get dev TOKEN", 3)
    });
    month.git("bob", "bisect start HEAD HEAD~6");
    month.works("bob", "list prod");
    month.git("bob", "bisect reset");
    // Who has left, and has not pulled, reads what they could read.
    assert_eq!(month.works("carol", "get dev TOKEN"), "one");
    people.pull("carol");
    month.stops("carol", "get dev TOKEN", 2);
}

/// Week four: bob has a new laptop, everything gets new data keys, and two people change members at once.
fn keys_change(month: &Month) {
    let people = &month.people;
    people.pull("alice");
    let key = |name: &str| month.works("alice", &format!("keygen -o ../{name}.txt"));
    let line = key("bob");
    let replace = ["recipients", "replace", "bob", line.trim(), "--yes"];
    people.vault("alice", replace).succeeds();
    month.works("alice", "rekey --all --yes");
    people.push("alice", "bob has another key, and everything new data keys");
    people.pull("bob");
    month.stops("bob", "get dev TOKEN", 2);
    let sandbox = &people.sandbox;
    let new = sandbox.path("alice/bob.txt");
    std::fs::rename(new, sandbox.path("bob/.config/vault/identity.txt")).expect("the same disk");
    month.works("bob", "get dev TOKEN");
    // Each lets somebody in on a branch of their own; whoever goes from one to the other says so once.
    month.git("bob", "checkout --quiet -b other");
    let key = |name: &str| month.works("alice", &format!("keygen -o ../{name}.txt"));
    month.add("bob", "ci", key("ci").trim(), &["dev"]);
    people.commit("bob", "ci");
    month.git("bob", "push --quiet origin other");
    month.add("alice", "deploy", key("deploy").trim(), &["dev"]);
    people.push("alice", "deploy");
    month.git("alice", "fetch --quiet origin");
    month.git("alice", "checkout --quiet other");
    month.stops("alice", "get dev TOKEN", 3);
    month.works("alice", "trust dev --yes");
    month.works("alice", "get dev TOKEN");
    month.git("alice", "checkout --quiet main");
    month.works("alice", "get dev TOKEN");
    // A colleague takes somebody out of the config by hand, and forgets sync.
    let config = people.clone("alice").join(".vault.yaml");
    let text = people.sandbox.read(&config);
    let without = text.replace(", deploy]", "]");
    assert_ne!(without, text);
    people.sandbox.write(&config, without);
    month.stops("alice", "set dev TOKEN new", 3);
    month.works("alice", "sync --yes");
    month.works("alice", "set dev TOKEN new");
    people.push("alice", "deploy has left");
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

fn an_environment_gets_another_name(month: &Month) {
    let people = &month.people;
    month.works("alice", "env rename prod live --yes");
    people.push("alice", "prod is live");
    month.git("bob", "checkout --quiet main");
    people.pull("bob");
    assert_eq!(month.works("bob", "get live TOKEN"), "three");
    // He comes from the other branch of dev's log.
    month.stops("bob", "check", 3);
    month.works("bob", "trust dev --yes");
    month.works("bob", "check");
    people.pull("laptop");
    month.works("laptop", "check");
    month.stops("laptop", "check --history", 1);
    month.git("laptop", "push --quiet --delete origin other");
    month.git("laptop", "remote prune origin");
    month.works("laptop", "check --history");
}

/// One environment ends, and others come that nobody known has signed for: each is asked for once.
fn one_environment_goes_and_others_come(month: &Month) {
    let people = &month.people;
    people.pull("alice");
    month.works("alice", "env add old --recipients alice bob --yes");
    month.works("alice", "set old A one");
    people.push("alice", "old");
    people.pull("bob");
    assert_eq!(month.works("bob", "get old A"), "one");
    month.works("alice", "env remove old --yes");
    // She thinks better of it, and then of that.
    month.stops("alice", "env add old --recipients alice --anew --yes", 3);
    people.push("alice", "old has served");
    // Dave is new, and begins with something of his own; the others he has never looked at.
    people.stranger("dave");
    let line = month.works("dave", "keygen");
    listed(month, "dave", "dave", line.trim());
    month.works("dave", "env add mine --recipients dave --yes");
    month.stops("dave", "check", 3);
    month.works("dave", "trust dev --yes");
    month.works("dave", "check");
    month.works("dave", "env remove mine --yes");
    month.works("dave", "env add lab --recipients dave alice --yes");
    people.push("dave", "a lab");
    for who in ["alice", "bob", "laptop"] {
        people.pull(who);
    }
    month.works("alice", "list lab");
    month.stops("bob", "list lab", 3);
    month.works("bob", "trust lab --yes");
    month.works("bob", "list lab");
    // A new default that only sops will write.
    append(
        month,
        "alice",
        "    shared: {recipients: [alice, bob], signed: false}\n",
    );
    let config = people.clone("alice").join(".vault.yaml");
    let text = people.sandbox.read(&config);
    people
        .sandbox
        .write(&config, text.replace("default: dev", "default: shared"));
    month.works("alice", "set shared A one");
    people.push("alice", "shared");
    people.pull("bob");
    people.pull("laptop");
    month.stops("bob", "get A", 3);
    month.works("bob", "trust shared --yes");
    assert_eq!(month.works("bob", "get A"), "one");
    month.stops("laptop", "get A", 3);
    month.works("laptop", "trust shared --yes");
    assert_eq!(month.works("laptop", "get A"), "one");
    // Bob makes one for himself and a server, of which nothing that he knows has heard.
    let line = month.works("bob", "keygen -o ../server.txt");
    listed(month, "bob", "server", line.trim());
    append(
        month,
        "bob",
        "    edge: {recipients: [alice, bob, server]}\n",
    );
    month.stops("bob", "set edge A one", 3);
    month.works("bob", "trust old --yes");
    month.works("bob", "set edge A one");
    people.push("bob", "edge");
}

/// Somebody types a line into the config.
fn listed(month: &Month, who: &str, name: &str, line: &str) {
    let config = month.people.clone(who).join(".vault.yaml");
    let text = month.people.sandbox.read(&config);
    let (before, after) = text.split_once("\n\n# Groups").expect("its comments");
    let text = format!("{before}\n    {name}: {line}\n\n# Groups{after}");
    month.people.sandbox.write(&config, text);
}

/// Somebody types an environment into the config.
fn append(month: &Month, who: &str, text: &str) {
    let config = month.people.clone(who).join(".vault.yaml");
    let before = month.people.sandbox.read(&config);
    assert!(!before.contains("former:\n") || before.ends_with('\n'));
    let (head, former) = match before.split_once("former:\n") {
        Some((head, former)) => (head.to_owned(), format!("former:\n{former}")),
        None => (before, String::new()),
    };
    month
        .people
        .sandbox
        .write(&config, format!("{}\n{text}\n{former}", head.trim_end()));
}

/// Somebody leaves one environment after the other, and a colleague looks at a branch from before that.
fn somebody_leaves_by_and_by(month: &Month) {
    let people = &month.people;
    people.pull("alice");
    let key = month.works("alice", "keygen -o ../temp.txt");
    month.add("alice", "temp", key.trim(), &["dev", "live"]);
    people.push("alice", "temp");
    month.git("alice", "branch with-temp");
    month.works("alice", "recipients remove temp --env dev --yes");
    people.push("alice", "temp leaves dev first");
    month.at("alice", "with-temp", || {
        assert_eq!(month.works("alice", "get live TOKEN"), "three");
        month.stops("alice", "set live TOKEN new", 3);
    });
    month.works("alice", "sync live --yes");
    month.works("alice", "set live TOKEN new");
    people.push("alice", "temp has left");
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

/// Bob leaves, and alice takes him out of the config by hand; then he comes back.
fn somebody_is_taken_out_by_hand(month: &Month) {
    let people = &month.people;
    people.pull("bob");
    month.works("bob", "set dev HIS four");
    people.push("bob", "his last value");
    people.pull("alice");
    let config = people.clone("alice").join(".vault.yaml");
    let with = people.sandbox.read(&config);
    let is_his = |line: &&str| line.starts_with("    bob: ");
    let line = with.lines().find(is_his).expect("his line").to_owned();
    let without = with.replace(&format!("{line}\n"), "").replace(", bob", "");
    people.sandbox.write(&config, &without);
    month.stops("alice", "get dev TOKEN", 3);
    month.stops("alice", "rekey dev --yes", 3);
    month.works("alice", "sync --yes");
    people.push("alice", "bob has left");
    // An old file is put back.
    month.git("alice", "checkout --quiet HEAD~1 -- secrets/dev.yaml");
    month.stops("alice", "sync --yes", 3);
    month.git("alice", "checkout --quiet HEAD -- secrets/dev.yaml");
    // He is listed again.
    people.sandbox.write(&config, &with);
    month.stops("alice", "sync --yes", 3);
    people.sandbox.write(&config, &without);
    let line = line.trim_start_matches("    bob: ");
    let add = [
        "recipients",
        "add",
        "bob",
        line,
        "--env",
        "dev",
        "live",
        "--yes",
    ];
    let output = people.vault("alice", add).run();
    assert_eq!(output.code(), 3);
    month.heard(&output, true);
    people
        .vault("alice", [&add[..], &["--readmit"]].concat())
        .succeeds();
    people.push("alice", "bob is back");
}

/// Bob leaves again; whoever takes him out of live leaves dev to others, and somebody takes that back.
fn a_removal_is_left_to_others(month: &Month) {
    let people = &month.people;
    let config = people.clone("alice").join(".vault.yaml");
    let with = people.sandbox.read(&config);
    let is_his = |line: &&str| line.starts_with("    bob: ");
    let line = with.lines().find(is_his).expect("his line").to_owned();
    month.works("alice", "recipients remove bob --env live --yes");
    month.stops("alice", "check", 1);
    let line = line.trim_start_matches("    bob: ");
    let add = ["recipients", "add", "bob", line, "--env", "live", "--yes"];
    let output = people.vault("alice", add).run();
    assert_eq!(output.code(), 3);
    month.heard(&output, true);
    let without = people.sandbox.read(&config);
    people.sandbox.write(&config, &with);
    month.stops("alice", "set dev TOKEN new", 3);
    people.sandbox.write(&config, &without);
    month.works("alice", "sync dev --yes");
    month.works("alice", "check");
    people.push("alice", "bob has left for good");
}
