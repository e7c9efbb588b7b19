//! Files that a writer signs although they are wrong: what the signature vouches for is checked all the same.

use super::{Case, case};
use crate::{
    edits::{after, enc, exchange, flipped, once, value, with_field, without},
    world::{
        World, age_entries, armor, digest, entries, following, indented, signed_by, with_age,
        with_entries,
    },
};

pub(super) fn cases() -> Vec<Case> {
    [
        recipients(),
        armored(),
        opened(),
        authenticated(),
        logged(),
        linked(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn signed(name: &str, change: impl Fn(&World) -> String + 'static) -> Case {
    case(format!("signed-by-a-writer-{name}"), move |w| {
        signed_by(&change(w), "alice")
    })
}

fn with_armor(world: &World, armored: &str) -> String {
    let mut age = age_entries(world.prod());
    age[0] = once(&age[0], armor(&age[0]), armored);
    with_age(world.prod(), &age)
}

fn recipients() -> Vec<Case> {
    vec![
        signed("recipient-added", |w| {
            let mut age = age_entries(w.prod());
            age.insert(1, age_entries(w.file("prod-with-carol.yaml"))[1].clone());
            with_age(w.prod(), &age)
        }),
        signed("recipient-missing", |w| {
            let mut age = age_entries(w.prod());
            age.remove(1);
            with_age(w.prod(), &age)
        }),
        signed("recipients-in-another-order", |w| {
            let mut age = age_entries(w.prod());
            age.swap(0, 1);
            with_age(w.prod(), &age)
        }),
        signed("recipient-named-otherwise", |w| {
            once(w.prod(), "        # ci\n", "        # carol\n")
        }),
        signed("recipient-without-a-name", |w| {
            once(w.prod(), "        # ci\n", "")
        }),
        signed("recipient-with-a-second-comment", |w| {
            once(
                w.prod(),
                "        # ci\n",
                "        # carol\n        # ci\n",
            )
        }),
    ]
}

fn armored() -> Vec<Case> {
    vec![
        signed("armor-for-another-kind-of-key", |w| {
            let mut age = age_entries(w.prod());
            let (own, other) = (armor(&age[0]).to_owned(), armor(&age[2]).to_owned());
            age[0] = once(&age[0], &own, &other);
            with_age(w.prod(), &age)
        }),
        signed("armor-with-a-passphrase", |w| {
            with_armor(w, &indented(w.file("alice-scrypt.age")))
        }),
        signed("armor-for-two", |w| {
            with_armor(w, &indented(w.file("alice-two-stanzas.age")))
        }),
        signed("armor-of-a-short-key", |w| {
            with_armor(w, &indented(w.file("alice-short-key.age")))
        }),
        signed("armor-twice", |w| {
            let own = age_entries(w.prod())[0].clone();
            with_armor(w, &format!("{0}{0}", armor(&own)))
        }),
        signed("armor-not-armored", |w| {
            with_armor(w, "            YWdlLWVuY3J5cHRpb24ub3JnL3YxCg==\n")
        }),
    ]
}

/// What only an identity shows.
fn opened() -> Vec<Case> {
    vec![
        signed("armors-exchanged", |w| {
            let mut age = age_entries(w.prod());
            let armors = [0, 1].map(|at| armor(&age[at]).to_owned());
            age[0] = once(&age[0], &armors[0], &armors[1]);
            age[1] = once(&age[1], &armors[1], &armors[0]);
            with_age(w.prod(), &age)
        }),
        signed("armor-of-another-data-key", |w| {
            with_armor(w, &indented(w.file("alice-other-key.age")))
        }),
        signed("values-exchanged", |w| {
            exchange(
                w.prod(),
                enc(w.prod(), "DATABASE_URL:"),
                enc(w.prod(), "password:"),
            )
        }),
        signed("value-changed", |w| {
            let old = enc(w.prod(), "PORT:");
            once(
                w.prod(),
                old,
                &flipped(old, old.find("data:").expect("data") + 5),
            )
        }),
        signed("value-of-an-older-version", |w| {
            once(
                w.prod(),
                enc(w.prod(), "DATABASE_URL:"),
                enc(w.file("prod-older.yaml"), "DATABASE_URL:"),
            )
        }),
        signed("value-removed", |w| without(w.prod(), "PORT:")),
        signed("value-retyped", |w| {
            let old = enc(w.prod(), "DATABASE_URL:");
            once(w.prod(), old, &with_field(old, "type", "int"))
        }),
        signed("number-retyped", |w| {
            let old = enc(w.prod(), "PORT:");
            once(w.prod(), old, &with_field(old, "type", "bool"))
        }),
    ]
}

fn authenticated() -> Vec<Case> {
    vec![
        signed("comment-from-elsewhere", |w| {
            let other = enc(w.file("dev.yaml"), "DATABASE_URL:");
            let comment = with_field(other, "type", "comment");
            after(w.prod(), "PORT:", &format!("#{comment}\n"))
        }),
        signed("mac-of-an-older-version", |w| {
            once(
                w.prod(),
                enc(w.prod(), "mac:"),
                enc(w.file("prod-older.yaml"), "mac:"),
            )
        }),
        signed("mac-not-a-ciphertext", |w| value(w.prod(), "mac", "none")),
        signed("time-changed", |w| {
            value(w.prod(), "lastmodified", "\"2026-11-21T08:06:00Z\"")
        }),
        signed("mac-is-a-value", |w| {
            value(w.prod(), "mac", enc(w.prod(), "PORT:"))
        }),
        case("clear-changed-and-signed-by-a-writer", |w| {
            signed_by(&value(w.clear(), "LOG_LEVEL", "debug"), "alice")
        }),
    ]
}

/// The log with an entry more, signed by alice.
fn grown(world: &World, change: &str) -> String {
    let mut log = entries(world.prod());
    log.push(following(&[&log[3]], change, "alice", "alice"));
    with_entries(world.prod(), &log)
}

/// Logs that a writer signs although they are not valid.
fn logged() -> Vec<Case> {
    let with = |name: &str, change: &'static str| signed(name, move |w| grown(w, change));
    vec![
        with("entry-that-changes-nothing", ""),
        with(
            "entry-that-renames-to-the-same",
            "              environment: prod\n",
        ),
        with(
            "entry-that-removes-a-stranger",
            "              remove: [mallory]\n",
        ),
        with(
            "entry-that-removes-somebody-gone",
            "              remove: [carol]\n",
        ),
        with(
            "entry-that-leaves-no-writer",
            "              remove: [alice, dave]\n",
        ),
        with(
            "entry-that-leaves-nobody",
            "              remove: [alice, ci, dave]\n",
        ),
        with(
            "entry-that-names-somebody-twice",
            "              add:\n                  carol: age1h28y4g7r97h8qqqhf5u0pg8xvkqlue8jc8tk5ryrjlt2lmmppdsq74kf0n\n              remove: [carol]\n",
        ),
        with(
            "entry-with-another-rule",
            "              rule:\n                  unencrypted_regex: ^PORT$\n",
        ),
        with(
            "entry-with-a-rule-that-is-a-text",
            "              rule: ^$\n",
        ),
        with(
            "entry-with-the-key-of-another",
            "              add:\n                  eve: age1cfkdyxth2t7h2qqsvzn6t2zhl05pm0z9w5nzpde3v5jpcj0gwuxs6npxps\n",
        ),
        with(
            "entry-with-a-name-in-another-case",
            "              add:\n                  Alice: age1h28y4g7r97h8qqqhf5u0pg8xvkqlue8jc8tk5ryrjlt2lmmppdsq74kf0n\n",
        ),
        with("entry-that-renames", "              environment: live\n"),
    ]
}

fn linked() -> Vec<Case> {
    vec![
        signed("entries-that-fork", |w| {
            let mut log = entries(w.prod());
            log.push(following(
                &[&log[2]],
                "              remove: [ci]\n",
                "alice",
                "alice",
            ));
            with_entries(w.prod(), &log)
        }),
        signed("entry-that-joins-what-is-one", |w| {
            let mut log = entries(w.prod());
            log.push(following(
                &[&log[3], &log[2]],
                "              remove: [ci]\n",
                "alice",
                "alice",
            ));
            with_entries(w.prod(), &log)
        }),
        signed("log-without-its-beginning", |w| {
            with_entries(w.prod(), &entries(w.prod())[1..])
        }),
        signed("log-that-follows-an-entry-of-elsewhere", |w| {
            let mut log = entries(w.prod());
            let own = digest(&log[2]);
            log[3] = once(&log[3], &own, &digest(&entries(w.file("dev.yaml"))[0]));
            with_entries(w.prod(), &log)
        }),
    ]
}
