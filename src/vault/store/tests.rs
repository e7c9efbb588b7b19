use std::thread;

use super::*;
use crate::vault::sandbox::Sandbox;

#[test]
fn a_new_file_is_written_with_its_directories() {
    let sandbox = Sandbox::new();
    let saved = sandbox
        .store()
        .save(&sandbox.change("deploy/secrets/prod.yaml", "new"))
        .unwrap();
    assert_eq!(saved.written, [PathBuf::from("deploy/secrets/prod.yaml")]);
    assert_eq!(saved.notices, []);
    assert_eq!(sandbox.text("deploy/secrets/prod.yaml").unwrap(), "new");
    assert_eq!(sandbox.mode("deploy/secrets/prod.yaml"), 0o644);
    assert!(sandbox.leftovers().is_empty());
}

#[test]
fn r39_mode_and_link_are_kept() {
    let sandbox = Sandbox::new();
    sandbox.write("real/x.yaml", "old");
    sandbox.set_mode("real/x.yaml", 0o600);
    sandbox.link("x.yaml", "real/x.yaml");
    sandbox
        .store()
        .save(&sandbox.change("x.yaml", "new"))
        .unwrap();
    assert_eq!(
        std::fs::read_link(sandbox.path("x.yaml")).unwrap(),
        Path::new("real/x.yaml")
    );
    assert_eq!(
        (
            sandbox.text("real/x.yaml").unwrap().as_str(),
            sandbox.mode("real/x.yaml")
        ),
        ("new", 0o600)
    );
}

#[test]
fn what_is_as_wanted_is_not_touched() {
    let sandbox = Sandbox::new();
    sandbox.write("x", "same");
    let before = std::fs::metadata(sandbox.path("x")).unwrap();
    let saved = sandbox.store().save(&sandbox.change("x", "same")).unwrap();
    assert_eq!(saved, Saved::default());
    let after = std::fs::metadata(sandbox.path("x")).unwrap();
    assert!(
        system::is_same(&before, &after) && before.modified().unwrap() == after.modified().unwrap()
    );
}

#[test]
fn what_a_killed_writer_left_beside_a_file_that_stays_as_it_is_goes_with_the_next_write() {
    let sandbox = Sandbox::new();
    sandbox.write("config", "same");
    sandbox.write("x", "old");
    for left in [".config.vault-aBc123", ".x.vault-aBc123"] {
        sandbox.write(left, "left behind");
    }
    sandbox.write(".other.vault-aBc123", "of another file");
    let changes = [sandbox.change("config", "same"), sandbox.change("x", "new")];
    sandbox.store().save_all(&changes).unwrap();
    assert_eq!(sandbox.leftovers(), [sandbox.path(".other.vault-aBc123")]);
    // What is not to be written is not cleaned up either.
    sandbox.write(".config.vault-aBc123", "left behind");
    sandbox.write("config", "another one's");
    sandbox.store().save_all(&changes).unwrap_err();
    assert_eq!(sandbox.leftovers().len(), 2);
}

#[test]
fn r10_a_file_that_changed_since_it_was_read_is_not_replaced() {
    let sandbox = Sandbox::new();
    sandbox.write("x.yaml", "read");
    let change = sandbox.change("x.yaml", "mine");
    sandbox.write("x.yaml", "theirs");
    let Err(SaveError::Changed { now }) = sandbox.store().save(&change) else {
        panic!("not refused")
    };
    assert_eq!(now.text().unwrap(), "theirs");
    assert_eq!(now.path(), sandbox.path("x.yaml"));
    let retried = Change {
        expected: Some(now.digest()),
        ..change
    };
    sandbox.store().save(&retried).unwrap();
    assert_eq!(sandbox.text("x.yaml").unwrap(), "mine");
}

#[test]
fn a_file_that_came_or_went_meanwhile_is_no_ones_to_write() {
    let sandbox = Sandbox::new();
    let change = sandbox.change("x", "mine");
    sandbox.write("x", "theirs");
    assert!(matches!(
        sandbox.store().save(&change),
        Err(SaveError::Changed { .. })
    ));
    let change = sandbox.change("x", "mine");
    std::fs::remove_file(sandbox.path("x")).unwrap();
    assert!(matches!(
        sandbox.store().save(&change),
        Err(SaveError::Vanished { .. })
    ));
    assert_eq!(sandbox.text("x"), None);
}

#[test]
fn one_change_that_does_not_fit_stops_all_of_them() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "old");
    sandbox.write("b", "old");
    let changes = [
        sandbox.change("a", "new"),
        sandbox.change("b", "new"),
        sandbox.change("c", "new"),
    ];
    sandbox.write("c", "theirs");
    assert!(matches!(
        sandbox.store().save_all(&changes),
        Err(SaveError::Changed { .. })
    ));
    assert_eq!(
        (sandbox.text("a").unwrap(), sandbox.text("b").unwrap()),
        ("old".into(), "old".into())
    );
    assert!(sandbox.leftovers().is_empty());
}

#[test]
fn two_changes_of_one_file_are_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("x", "old");
    sandbox.link("y", "x");
    let changes = [sandbox.change("x", "one"), sandbox.change("y", "two")];
    let error = sandbox.store().save_all(&changes).unwrap_err();
    assert_eq!(error.to_string(), "y is named twice");
    assert_eq!(sandbox.text("x").unwrap(), "old");
}

#[test]
fn nothing_is_written_while_another_process_writes() {
    let sandbox = Sandbox::new();
    sandbox.write("x", "old");
    let store = sandbox.impatient();
    for locked in [sandbox.outside().join("repo"), sandbox.path("x")] {
        let _held = store.locks.acquire(&locked).unwrap();
        let error = store.save(&sandbox.change("x", "new")).unwrap_err();
        assert!(matches!(error, SaveError::Lock(LockError::Busy { .. })));
    }
    assert_eq!(sandbox.text("x").unwrap(), "old");
}

#[test]
fn a_path_is_checked_again_when_it_is_written() {
    let sandbox = Sandbox::new();
    let change = sandbox.change("secrets/x.yaml", "new");
    sandbox.write("real/y", "");
    sandbox.link("secrets", "real");
    assert!(matches!(
        sandbox.store().save(&change),
        Err(SaveError::Path(PathError::ThroughLink { .. }))
    ));
    let git = Change {
        path: ".git/hooks/pre-commit".into(),
        ..change
    };
    assert!(matches!(
        sandbox.store().save(&git),
        Err(SaveError::Path(PathError::Git { .. }))
    ));
}

#[test]
fn e22_what_cannot_be_written_is_found_before_anything_is_typed() {
    let sandbox = Sandbox::new();
    sandbox.write("real", "old");
    sandbox.link("x", "real");
    let store = sandbox.store();
    store.check_writable(Path::new("x")).unwrap();
    store.check_writable(Path::new("new/deep/y")).unwrap();
    sandbox.set_mode("real", 0o400);
    let refused = store.check_writable(Path::new("x"));
    assert!(matches!(
        refused,
        Err(SaveError::Write(WriteError::ReadOnly { .. }))
    ));
    assert!(!sandbox.path("new").exists());
}

/// Writers that merge when somebody was faster, as the commands do.
#[test]
fn e16_of_many_writers_at_once_nobody_loses_a_line() {
    let sandbox = Sandbox::new();
    sandbox.write("x", "");
    let store = sandbox.store();
    let append = &|line: usize| {
        let mut now = store.root().read(Path::new("x")).unwrap();
        loop {
            let change = Change {
                path: "x".into(),
                expected: Some(now.digest()),
                bytes: format!("{}{line}\n", now.text().unwrap()).into_bytes(),
            };
            match store.save(&change) {
                Ok(_) => return,
                Err(SaveError::Changed { now: newer }) => now = *newer,
                Err(error) => panic!("{error}"),
            }
        }
    };
    thread::scope(|scope| {
        for writer in 0..4 {
            scope.spawn(move || (0..5).for_each(|at| append(writer * 5 + at)));
        }
    });
    let text = sandbox.text("x").unwrap();
    let mut lines: Vec<usize> = text.lines().map(|line| line.parse().unwrap()).collect();
    lines.sort_unstable();
    assert_eq!(lines, (0..20).collect::<Vec<_>>());
}
