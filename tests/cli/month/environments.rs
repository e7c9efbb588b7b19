//! Environments that get other names, go and come.

use super::*;

pub(super) fn an_environment_gets_another_name(month: &Month) {
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
pub(super) fn one_environment_goes_and_others_come(month: &Month) {
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
