//! Who comes and goes, and whose keys change.

use super::*;
use crate::{sandbox::Sandbox, team::BOB};

/// Week three: carol leaves; old branches, tags and bisects are read, and get nothing new.
pub(super) fn one_leaves_and_the_past_is_looked_at(month: &Month) {
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
pub(super) fn keys_change(month: &Month) {
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

/// Somebody leaves one environment after the other, and a colleague looks at a branch from before that.
pub(super) fn somebody_leaves_by_and_by(month: &Month) {
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

/// Bob leaves, and alice takes him out of the config by hand; then he comes back.
pub(super) fn somebody_is_taken_out_by_hand(month: &Month) {
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
pub(super) fn a_removal_is_left_to_others(month: &Month) {
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
    // A colleague's `.sops.yaml` still has him.
    let new = people.clone("alice").join("new.yaml");
    let of_sops = Sandbox::fixture("sops/oracle/two_recipients/enc-3.13.2.yaml");
    let of_sops = std::fs::read_to_string(of_sops).expect("a fixture");
    let [was, is] = [BOB, line].map(|line| line.split(' ').next().unwrap_or_default());
    people.sandbox.write(&new, of_sops.replace(was, is));
    month.stops("alice", "env add new --file new.yaml", 3);
    std::fs::remove_file(new).expect("it is there");
    people.push("alice", "bob has left for good");
}
