//! The ways in which one's own work comes together with what others have pushed: in each of them nobody's value and nobody's member is lost,
//! and no hint leads in a circle. Which side git calls ours differs from way to way.

mod hints;
mod histories;
mod members;
mod names;
mod unsigned;

use crate::{
    people::People,
    sandbox::{Output, Run},
    team,
};

/// How somebody brings their work together with what is in main.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Merge,
    /// `vault git update`.
    Update,
    Rebase,
    Stash,
    Pick,
    Squash,
}

const WAYS: [Way; 6] = [
    Way::Merge,
    Way::Update,
    Way::Rebase,
    Way::Stash,
    Way::Pick,
    Way::Squash,
];

/// git as somebody runs it, with the drivers that vault has set up; it may fail.
fn git(people: &People, who: &str, line: &str) -> Output {
    as_somebody(people, who, people.sandbox.program("git", line.split(' '))).run()
}

fn as_somebody<'p>(people: &'p People, who: &str, run: Run<'p>) -> Run<'p> {
    let names = ["AUTHOR", "COMMITTER"];
    let run = names.iter().fold(run, |run, role| {
        run.variable(format!("GIT_{role}_NAME"), who)
            .variable(format!("GIT_{role}_EMAIL"), "test@example.invalid")
    });
    run.within(people.clone(who))
        .variable("HOME", people.sandbox.path(who))
        .variable("GIT_EDITOR", "true")
        .without("XDG_CONFIG_HOME")
        .without("XDG_STATE_HOME")
}

/// A command that does what it is for.
fn works(people: &People, who: &str, line: &str) {
    let output = people.vault(who, line.split(' ')).run();
    assert_eq!(output.code(), 0, "{who}: {line}: {}", output.stderr());
}

fn passes(people: &People, who: &str, line: &str) {
    let output = git(people, who, line);
    assert_eq!(output.code(), 0, "{who}: {line}: {output:?}");
}

fn add(people: &People, who: &str, name: &str, key: &str) {
    let line = ["recipients", "add", name, key, "--env", "dev", "--yes"];
    people.vault(who, line).succeeds();
}

/// Everything that somebody has changed, as one commit.
fn commit(people: &People, who: &str) {
    passes(people, who, "commit --quiet --all --message work");
}

/// Brings somebody's work, which is committed but for a stash, together with main, as far as git does it alone.
fn begin(people: &People, who: &str, way: Way) {
    passes(people, who, "fetch --quiet origin");
    let aside = || {
        passes(people, who, "branch --force mine");
        passes(people, who, "reset --quiet --hard origin/main");
    };
    let output = match way {
        Way::Merge => git(people, who, "merge --no-edit origin/main"),
        Way::Update => {
            let run = people.vault(who, ["git", "update", "origin/main"]);
            as_somebody(people, who, run).run()
        }
        Way::Rebase => git(people, who, "rebase origin/main"),
        Way::Stash => {
            passes(people, who, "stash --quiet");
            passes(people, who, "merge --quiet --ff-only origin/main");
            git(people, who, "stash pop")
        }
        Way::Pick => {
            let base = people.git(who, ["merge-base", "HEAD", "origin/main"]);
            aside();
            git(people, who, &format!("cherry-pick {}..mine", base.trim()))
        }
        Way::Squash => {
            aside();
            git(people, who, "merge --squash mine")
        }
    };
    assert!(output.code() < 2, "{way:?}: {output:?}");
}

fn is_unmerged(people: &People, who: &str) -> bool {
    !people.git(who, ["ls-files", "--unmerged"]).is_empty()
}

/// Does what vault and git say is next, until nothing is.
fn finish(people: &People, who: &str, way: Way) {
    // As often as there are commits.
    for _ in 0..10 {
        if is_unmerged(people, who) {
            works(people, who, "git resolve --yes");
        }
        assert!(!is_unmerged(people, who), "{way:?}");
        let is_there = |name: &str| people.clone(who).join(".git").join(name).exists();
        let line = if is_there("rebase-merge") {
            "rebase --continue"
        } else if is_there("sequencer") || is_there("CHERRY_PICK_HEAD") {
            "cherry-pick --continue"
        } else if is_there("MERGE_HEAD") || git(people, who, "diff --quiet HEAD").code() != 0 {
            "commit --quiet --all --message together"
        } else {
            return;
        };
        // It stops where the next commit does not go on top by itself.
        let _ = git(people, who, line);
    }
    panic!("{way:?}: it goes on for ever");
}

/// The same, all of it.
fn bring_together(people: &People, who: &str, way: Way) {
    if way != Way::Stash {
        commit(people, who);
    }
    begin(people, who, way);
    finish(people, who, way);
}

/// Somebody has these values, and what is there is in order and in line with the config.
fn holds(people: &People, who: &str, values: &[(&str, &str)]) {
    works(people, who, "check dev");
    for (key, value) in values {
        let output = people.get(who, key);
        assert_eq!(output.stdout(), *value, "{who} {key}: {}", output.stderr());
    }
}

/// Who is a member of dev, by the config, with which `check` says that the file is in line.
fn members(people: &People, who: &str) -> Vec<String> {
    let output = people.vault(who, ["access", "dev", "--json"]).run();
    let is_there = |name: &&str| output.stdout().contains(&format!("\"{name}\""));
    let all = ["alice", "bob", "carol", "dave"];
    let there = all.into_iter().filter(is_there);
    there.map(str::to_owned).collect()
}

/// Carol, who is to come, and dave, who is to come or to go.
const CAROL: (&str, &str) = ("carol", team::CAROL);
const DAVE: (&str, &str) = ("dave", team::DAVE);
