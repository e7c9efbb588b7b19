//! A write of several files is stopped at each of its steps, by an error and by the death of its process.

use std::{
    io::{self, ErrorKind},
    process::ExitStatus,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::*;
use crate::vault::{
    Change, Gone, Saved,
    sandbox::{DIED, Sandbox, order, steps_to_death, store_in},
    steps::Steps,
};

const NAMES: [&str; 5] = [
    ".vault.yaml",
    "link.yaml",
    "new/deep.yaml",
    "z.yaml",
    "old/gone.yaml",
];
const OLD: [Option<&str>; 5] = [Some("config"), Some("a"), None, Some("z"), Some("g")];
const NEW: [Option<&str>; 5] = [Some("CONFIG"), Some("A"), Some("N"), Some("Z"), None];

fn prepared() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(".vault.yaml", "config");
    sandbox.write("real/a.yaml", "a");
    sandbox.link("link.yaml", "real/a.yaml");
    sandbox.write("z.yaml", "z");
    sandbox.write("old/gone.yaml", "g");
    sandbox
}

fn changes() -> Vec<Change> {
    let files = NAMES.iter().zip(OLD).zip(NEW);
    let change = |((name, old), new): ((&&str, Option<&str>), Option<&str>)| {
        Some(Change {
            path: name.into(),
            expected: old.map(|old| Digest::of(old.as_bytes())),
            bytes: new?.into(),
        })
    };
    files.filter_map(change).collect()
}

fn gone() -> [Gone; 1] {
    [Gone {
        path: "old/gone.yaml".into(),
        expected: Digest::of(b"g"),
    }]
}

fn save(store: &Store) -> Result<Saved, SaveError> {
    store.save_and_remove(&changes(), &gone())
}

fn texts(sandbox: &Sandbox) -> [Option<String>; 5] {
    NAMES.map(|name| sandbox.text(name))
}

fn is(sandbox: &Sandbox, wanted: [Option<&str>; 5]) -> bool {
    texts(sandbox).iter().map(Option::as_deref).eq(wanted)
}

fn fails_at(stop: usize) -> Steps {
    let count = AtomicUsize::new(0);
    Steps::observed(move |_, _| match count.fetch_add(1, Ordering::Relaxed) {
        at if at == stop => Err(ErrorKind::StorageFull.into()),
        _ => Ok(()),
    })
}

/// Runs [`victim`] in a process of its own, which dies at a step of what it is told to do.
fn die(sandbox: &Sandbox, act: &str, stop: usize) -> ExitStatus {
    sandbox.order("vault::several::tests::victim", &format!("{act} {stop}"))
}

#[test]
#[ignore = "the process that dies; the other tests start it"]
fn victim() {
    let Some(order) = order() else { return };
    let (act, stop) = order.split_once(' ').unwrap();
    let steps = steps_to_death(stop.parse().unwrap());
    let store = Store {
        steps,
        ..store_in(Path::new("."))
    };
    match act {
        "save" => drop(save(&store).unwrap()),
        _ => drop(store.recover().unwrap()),
    }
}

fn assert_nothing_is_left(sandbox: &Sandbox) {
    assert_eq!(sandbox.leftovers(), Vec::<PathBuf>::new());
    assert_eq!(sandbox.store().recover().unwrap(), None);
}

#[test]
fn several_files_are_written_and_nothing_else_is_left() {
    let sandbox = prepared();
    let saved = save(&sandbox.store()).unwrap();
    assert_eq!(
        saved.written,
        NAMES[..4].iter().map(PathBuf::from).collect::<Vec<_>>()
    );
    assert_eq!(saved.removed, [PathBuf::from("old/gone.yaml")]);
    assert_eq!(saved.notices, []);
    assert!(is(&sandbox, NEW));
    assert_eq!(sandbox.text("real/a.yaml").unwrap(), "A");
    assert_nothing_is_left(&sandbox);
}

#[test]
fn e20_after_an_error_at_any_step_everything_is_old_or_will_be_new() {
    for stop in 0.. {
        let sandbox = prepared();
        match save(&sandbox.observed(fails_at(stop))) {
            Ok(_) if stop > 20 => return assert!(is(&sandbox, NEW)),
            // The flush of a directory or the end of the journal: told, but done.
            Ok(_) => assert!(is(&sandbox, NEW), "{stop}"),
            Err(SaveError::Interrupted { written, all, .. }) => {
                assert!(
                    all == 5 && !is(&sandbox, OLD) && !is(&sandbox, NEW),
                    "{stop}"
                );
                assert!((1..5).contains(&written));
                let recovery = sandbox.store().recover().unwrap().unwrap();
                assert_eq!(recovery.finished.len(), 5);
                assert!(is(&sandbox, NEW), "{stop}");
            }
            Err(_) => assert!(is(&sandbox, OLD), "{stop}: {:?}", texts(&sandbox)),
        }
        sandbox.store().recover().unwrap();
        assert_nothing_is_left(&sandbox);
    }
}

#[test]
fn r58_after_a_death_at_any_step_the_next_run_leaves_everything_old_or_new() {
    let mut seen = (0, 0);
    for stop in 0.. {
        let sandbox = prepared();
        let status = die(&sandbox, "save", stop);
        if status.success() {
            assert!(seen.0 >= 16 && seen.1 >= 8, "{seen:?}");
            return;
        }
        assert_eq!(status.code(), Some(DIED), "{stop}");
        let interrupted = sandbox.store().is_interrupted().unwrap();
        let recovered = sandbox.store().recover().unwrap();
        assert_eq!(interrupted, recovered.is_some());
        assert!(
            is(&sandbox, NEW) || is(&sandbox, OLD),
            "{stop}: {:?}",
            texts(&sandbox)
        );
        if is(&sandbox, OLD) {
            seen.0 += 1;
            // Before the journal nobody knows of the temporaries; the next write removes them.
            save(&sandbox.store()).unwrap();
            assert!(is(&sandbox, NEW));
        } else {
            seen.1 += 1;
        }
        assert_nothing_is_left(&sandbox);
    }
}

#[test]
fn r58_a_death_at_any_step_of_the_recovery_is_recovered_from() {
    let half_done = (0..)
        .find(|stop| {
            let sandbox = prepared();
            assert_eq!(die(&sandbox, "save", *stop).code(), Some(DIED));
            !is(&sandbox, OLD)
        })
        .unwrap();
    for stop in 0.. {
        let sandbox = prepared();
        die(&sandbox, "save", half_done);
        let status = die(&sandbox, "recover", stop);
        sandbox.store().recover().unwrap();
        assert!(is(&sandbox, NEW), "{stop}: {:?}", texts(&sandbox));
        assert_nothing_is_left(&sandbox);
        if status.success() {
            assert!(stop > 10);
            return;
        }
    }
}

/// Leaves a journal, and as many of the files new as were renamed before the error.
fn interrupted(renames: usize) -> Sandbox {
    let sandbox = prepared();
    let seen = Arc::new(AtomicUsize::new(0));
    let steps = Steps::observed(move |step, path: &Path| {
        let is_file = !path.to_string_lossy().ends_with(".journal");
        let stops = step == Step::RemoveJournal
            || ((step == Step::Rename || step == Step::Remove)
                && is_file
                && seen.fetch_add(1, Ordering::Relaxed) == renames);
        if stops {
            Err(io::Error::other("stopped"))
        } else {
            Ok(())
        }
    });
    let saved = save(&sandbox.observed(steps));
    assert!(matches!(saved, Err(SaveError::Interrupted { written, .. }) if written == renames));
    sandbox
}

#[test]
fn a_write_that_replaced_nothing_yet_is_finished_if_nobody_came_between() {
    let sandbox = interrupted(0);
    assert!(is(&sandbox, OLD));
    let recovery = sandbox.store().recover().unwrap().unwrap();
    assert_eq!(recovery.finished, NAMES.map(PathBuf::from));
    assert!(is(&sandbox, NEW));
    assert_nothing_is_left(&sandbox);
}

#[test]
fn a_write_that_replaced_nothing_yet_is_undone_if_somebody_changed_a_file() {
    let sandbox = interrupted(0);
    sandbox.write("z.yaml", "theirs");
    let recovery = sandbox.store().recover().unwrap().unwrap();
    assert_eq!((recovery.finished.len(), recovery.undone.len()), (0, 4));
    assert_eq!(recovery.foreign, [PathBuf::from("z.yaml")]);
    assert!(is(
        &sandbox,
        [Some("config"), Some("a"), None, Some("theirs"), Some("g")]
    ));
    assert_nothing_is_left(&sandbox);
}

#[test]
fn a_write_that_began_is_taken_back_where_somebody_changed_a_file() {
    for written in 1..5 {
        let sandbox = interrupted(written);
        sandbox.write("old/gone.yaml", "theirs");
        let recovery = sandbox.store().recover().unwrap().unwrap();
        assert_eq!(
            recovery.to_string(),
            "an earlier run was interrupted; undone: .vault.yaml, link.yaml, new/deep.yaml, z.yaml; changed by somebody else and left alone: old/gone.yaml"
        );
        let wanted = [Some("config"), Some("a"), None, Some("z"), Some("theirs")];
        assert!(is(&sandbox, wanted), "{written}: {:?}", texts(&sandbox));
        assert_nothing_is_left(&sandbox);
    }
}

#[test]
fn r58_a_death_at_any_step_of_taking_back_is_recovered_from() {
    for stop in 0.. {
        let sandbox = interrupted(3);
        sandbox.write("z.yaml", "theirs");
        let status = die(&sandbox, "recover", stop);
        sandbox.store().recover().unwrap();
        let wanted = [Some("config"), Some("a"), None, Some("theirs"), Some("g")];
        assert!(is(&sandbox, wanted), "{stop}: {:?}", texts(&sandbox));
        assert_nothing_is_left(&sandbox);
        if status.success() {
            assert!(stop > 8, "{stop}");
            return;
        }
    }
}

#[test]
fn a_write_whose_last_files_are_gone_is_finished_around_what_somebody_changed() {
    let sandbox = interrupted(4);
    std::fs::remove_file(sandbox.path("old/gone.yaml")).unwrap();
    std::fs::remove_file(sandbox.path("link.yaml")).unwrap();
    sandbox.link("link.yaml", "../outside");
    let recovery = sandbox.store().recover().unwrap().unwrap();
    assert_eq!(recovery.foreign, [PathBuf::from("link.yaml")]);
    assert_eq!(
        recovery.to_string(),
        "an earlier run was interrupted; finished: .vault.yaml, new/deep.yaml, z.yaml, old/gone.yaml; changed by somebody else and left alone: link.yaml"
    );
    assert!(is(
        &sandbox,
        [Some("CONFIG"), None, Some("N"), Some("Z"), None]
    ));
    assert_eq!(sandbox.text("real/a.yaml").unwrap(), "A");
    assert_nothing_is_left(&sandbox);
}

#[test]
fn a_file_that_was_to_go_and_is_gone_before_anything_was_written_was_taken_by_somebody_else() {
    let sandbox = interrupted(0);
    std::fs::remove_file(sandbox.path("old/gone.yaml")).unwrap();
    let recovery = sandbox.store().recover().unwrap().unwrap();
    assert_eq!((recovery.finished.len(), recovery.undone.len()), (0, 4));
    assert_eq!(recovery.foreign, [PathBuf::from("old/gone.yaml")]);
    assert!(is(
        &sandbox,
        [Some("config"), Some("a"), None, Some("z"), None]
    ));
    assert_nothing_is_left(&sandbox);
}

#[test]
fn a_file_that_was_to_go_and_has_other_bytes_stays() {
    let sandbox = interrupted(4);
    sandbox.write("old/gone.yaml", "theirs");
    let recovery = sandbox.store().recover().unwrap().unwrap();
    assert_eq!(recovery.foreign, [PathBuf::from("old/gone.yaml")]);
    assert_eq!(sandbox.text("old/gone.yaml").unwrap(), "theirs");
    assert_nothing_is_left(&sandbox);
}

#[test]
fn nothing_is_written_if_a_file_that_is_to_go_was_changed_or_is_a_link() {
    let sandbox = prepared();
    sandbox.write("old/gone.yaml", "theirs");
    let error = save(&sandbox.store()).unwrap_err();
    assert!(matches!(error, SaveError::Changed { .. }));
    let link = Gone {
        path: "link.yaml".into(),
        expected: Digest::of(b"a"),
    };
    let error = sandbox.store().save_and_remove(&[], &[link]).unwrap_err();
    assert!(matches!(
        error,
        SaveError::Write(WriteError::NotAFile { .. })
    ));
    assert_eq!(sandbox.text("link.yaml").unwrap(), "a");
    assert_nothing_is_left(&sandbox);
}

#[test]
fn several_files_that_only_go_do_so_together() {
    let sandbox = prepared();
    let gone = ["z.yaml", "old/gone.yaml"].map(|path| Gone {
        path: path.into(),
        expected: Digest::of(sandbox.text(path).unwrap().as_bytes()),
    });
    let steps = Steps::observed(|step, path: &Path| {
        match step == Step::Remove && path.ends_with("gone.yaml") {
            true => Err(io::Error::other("stopped")),
            false => Ok(()),
        }
    });
    let error = sandbox
        .observed(steps)
        .save_and_remove(&[], &gone)
        .unwrap_err();
    assert!(matches!(error, SaveError::Interrupted { written: 1, .. }));
    sandbox.store().recover().unwrap().unwrap();
    assert!(!sandbox.path("z.yaml").exists() && !sandbox.path("old/gone.yaml").exists());
    assert_nothing_is_left(&sandbox);
}

#[test]
fn a_work_tree_that_was_cleaned_meanwhile_is_finished_all_the_same() {
    let sandbox = interrupted(2);
    for leftover in sandbox.leftovers() {
        if leftover.starts_with(sandbox.path("")) {
            std::fs::remove_file(leftover).unwrap();
        }
    }
    std::fs::remove_dir_all(sandbox.path("new")).unwrap();
    sandbox.store().recover().unwrap().unwrap();
    assert!(is(&sandbox, NEW));
}

#[test]
fn the_next_write_recovers_first_and_says_so() {
    let sandbox = interrupted(2);
    let change = Change {
        path: "z.yaml".into(),
        expected: Some(Digest::of(b"Z")),
        bytes: b"later".to_vec(),
    };
    let saved = sandbox.store().save(&change).unwrap();
    assert!(
        matches!(&saved.notices[..], [Notice::Recovered(recovery)] if recovery.finished.len() == 5)
    );
    assert!(is(
        &sandbox,
        [Some("CONFIG"), Some("A"), Some("N"), Some("later"), None]
    ));
    assert_nothing_is_left(&sandbox);
}

#[test]
fn two_recoveries_at_once_do_not_disturb_each_other() {
    let sandbox = interrupted(1);
    let held = sandbox
        .store()
        .locks
        .acquire(&sandbox.outside().join("repo"))
        .unwrap();
    assert!(matches!(
        sandbox.impatient().recover(),
        Err(SaveError::Lock(_))
    ));
    drop(held);
    sandbox.store().recover().unwrap().unwrap();
    assert_nothing_is_left(&sandbox);
}

#[test]
fn a_damaged_journal_stops_every_write_and_says_where_it_is() {
    let sandbox = interrupted(1);
    let journal = sandbox.store().journal_path();
    let whole = std::fs::read(&journal).unwrap();
    for damaged in [&whole[..whole.len() - 1], &whole[1..], b""] {
        std::fs::write(&journal, damaged).unwrap();
        let error = save(&sandbox.store()).unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "{} is damaged, or from another version of vault",
                journal.display()
            )
        );
    }
}

#[test]
fn a_journal_is_for_us_only() {
    let sandbox = interrupted(1);
    let journal = sandbox.store().journal_path();
    assert_eq!(crate::vault::sandbox::mode(&journal), 0o600);
    assert_eq!(
        crate::vault::sandbox::mode(journal.parent().unwrap()),
        0o700
    );
}
