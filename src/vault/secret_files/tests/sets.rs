//! A set is replaced as a whole: also where the system fails or the process dies at any of its steps.

use std::{
    io::ErrorKind,
    os::unix::fs::PermissionsExt,
    process::ExitStatus,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use super::*;
use crate::vault::{
    LockError, Locks, Mode,
    sandbox::{DIED, mode, order, steps_to_death},
    steps::{Step, Steps},
};

const DIRECTORY: &str = "run/secrets";

/// `KEPT` has the same bytes in both, `GONE` is in the old set only, `NEW` in the new one only.
const OLD: &[NamedBytes<'_>] = &[("CHANGED", b"old"), ("GONE", b"gone"), ("KEPT", b"kept")];
const NEW: &[NamedBytes<'_>] = &[("CHANGED", b"new"), ("KEPT", b"kept"), ("NEW", b"fresh")];

fn wish(overwrite: Overwrite) -> Wish {
    Wish {
        overwrite,
        permissions: Permissions::default(),
    }
}

fn outputs_in(outside: &Path) -> Outputs {
    Outputs::new(&outside.join("repo")).remembering_in(&outside.join("state/outputs"))
}

fn outputs(sandbox: &Sandbox) -> Outputs {
    outputs_in(&sandbox.outside())
}

fn write(sandbox: &Sandbox, files: &[NamedBytes<'_>]) -> Result<WrittenFiles, OutputError> {
    let wish = wish(Overwrite::Never);
    outputs(sandbox).write_files(&sandbox.path(DIRECTORY), files, &wish)
}

/// The old set is written, and somebody else has a file beside it.
fn prepared() -> Sandbox {
    let sandbox = Sandbox::new();
    write(&sandbox, OLD).unwrap();
    sandbox.write("run/secrets/README", "theirs");
    sandbox
}

fn text(sandbox: &Sandbox, name: &str) -> Option<String> {
    sandbox.text(&format!("{DIRECTORY}/{name}"))
}

/// Everything in the directory, sorted.
fn names(sandbox: &Sandbox) -> Vec<String> {
    let entries = fs::read_dir(sandbox.path(DIRECTORY)).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn assert_is_new(sandbox: &Sandbox) {
    assert_eq!(names(sandbox), ["CHANGED", "KEPT", "NEW", "README"]);
    for (name, bytes) in NEW {
        assert_eq!(text(sandbox, name).unwrap().as_bytes(), *bytes);
    }
    assert_eq!(text(sandbox, "README").unwrap(), "theirs");
}

/// Whatever has happened: no file holds anything but what somebody meant it to hold.
fn assert_nothing_is_mangled(sandbox: &Sandbox, stop: usize) {
    let is_one_of = |name: &str, texts: &[Option<&str>]| {
        assert!(texts.contains(&text(sandbox, name).as_deref()), "{stop}");
    };
    is_one_of("CHANGED", &[Some("old"), Some("new")]);
    is_one_of("GONE", &[Some("gone"), None]);
    is_one_of("KEPT", &[Some("kept")]);
    is_one_of("NEW", &[Some("fresh"), None]);
    is_one_of("README", &[Some("theirs")]);
}

#[test]
fn a_set_replaces_the_one_before_and_touches_nothing_else() {
    let sandbox = prepared();
    let done = write(&sandbox, NEW).unwrap();
    assert_eq!(done.removed, ["GONE"]);
    assert_eq!(done.notices, []);
    let written: Vec<_> = done.files.iter().map(|(_, written)| *written).collect();
    assert_eq!(
        written,
        [Written::Replaced, Written::Unchanged, Written::New]
    );
    assert_is_new(&sandbox);
    let again = write(&sandbox, NEW).unwrap();
    assert!(again.removed.is_empty() && again.notices.is_empty());
    assert!(
        again
            .files
            .iter()
            .all(|(_, written)| *written == Written::Unchanged)
    );
}

#[test]
fn an_empty_set_removes_all_of_ours() {
    let sandbox = prepared();
    let done = write(&sandbox, &[]).unwrap();
    assert_eq!(done.removed, ["CHANGED", "GONE", "KEPT"]);
    assert_eq!(names(&sandbox), ["README"]);
}

#[test]
fn a_file_that_somebody_changed_stops_the_set_and_all_such_are_named() {
    let sandbox = prepared();
    sandbox.write("run/secrets/CHANGED", "by hand");
    sandbox.write("run/secrets/NEW", "by hand");
    let Err(OutputError::Others { names, .. }) = write(&sandbox, NEW) else {
        panic!("it must stop");
    };
    assert_eq!(names, ["CHANGED", "NEW"]);
    assert_eq!(text(&sandbox, "CHANGED").unwrap(), "by hand");
    assert_eq!(text(&sandbox, "GONE").unwrap(), "gone");
    let forced = wish(Overwrite::Force);
    outputs(&sandbox)
        .write_files(&sandbox.path(DIRECTORY), NEW, &forced)
        .unwrap();
    assert_is_new(&sandbox);
}

#[test]
fn a_stale_file_that_somebody_changed_stays_and_is_theirs_from_then_on() {
    for by_hand in ["by hand", ""] {
        let sandbox = prepared();
        sandbox.write("run/secrets/GONE", by_hand);
        let done = write(&sandbox, NEW).unwrap();
        let path = sandbox.path("run/secrets/GONE");
        assert_eq!(done.notices, [Notice::Kept { path }]);
        assert_eq!(write(&sandbox, NEW).unwrap().notices, []);
        assert_eq!(text(&sandbox, "GONE").unwrap(), by_hand);
    }
    let sandbox = prepared();
    fs::remove_file(sandbox.path("run/secrets/GONE")).unwrap();
    sandbox.link("run/secrets/GONE", "README");
    write(&sandbox, NEW).unwrap();
    assert_eq!(
        names(&sandbox),
        ["CHANGED", "GONE", "KEPT", "NEW", "README"]
    );
    assert_eq!(text(&sandbox, "README").unwrap(), "theirs");
}

#[test]
fn a_link_to_our_own_bytes_is_not_removed() {
    let sandbox = prepared();
    fs::rename(
        sandbox.path("run/secrets/GONE"),
        sandbox.path("run/secrets/elsewhere"),
    )
    .unwrap();
    sandbox.link("run/secrets/GONE", "elsewhere");
    write(&sandbox, NEW).unwrap();
    assert_eq!(text(&sandbox, "GONE").unwrap(), "gone");
}

#[test]
fn r58_after_an_error_at_any_step_the_next_run_makes_the_set_whole() {
    for stop in 0.. {
        let sandbox = prepared();
        let count = AtomicUsize::new(0);
        let steps = Steps::observed(move |_, _| match count.fetch_add(1, Ordering::Relaxed) {
            at if at == stop => Err(ErrorKind::StorageFull.into()),
            _ => Ok(()),
        });
        let observed = outputs(&sandbox).observed(steps);
        let directory = sandbox.path(DIRECTORY);
        let done = observed.write_files(&directory, NEW, &wish(Overwrite::Never));
        assert_nothing_is_mangled(&sandbox, stop);
        assert!(sandbox.leftovers().is_empty(), "{stop}");
        // What could not be remembered is told; then only what looks as it should can be taken for ours.
        let is_forgotten = |notice: &Notice| matches!(notice, Notice::NotRemembered { .. });
        match &done {
            Ok(done) if done.notices.iter().any(is_forgotten) => assert_is_new(&sandbox),
            Ok(done) if stop > 30 && done.notices.is_empty() => return assert_is_new(&sandbox),
            _ => drop(write(&sandbox, NEW).unwrap()),
        }
        assert_is_new(&sandbox);
    }
}

/// Runs [`victim`] in a process of its own, which dies at a step.
fn die(sandbox: &Sandbox, stop: usize) -> ExitStatus {
    sandbox.order(
        "vault::secret_files::tests::sets::victim",
        &stop.to_string(),
    )
}

#[test]
#[ignore = "the process that dies; the other tests start it"]
fn victim() {
    let Some(order) = order() else { return };
    let steps = steps_to_death(order.parse().unwrap());
    let here = fs::canonicalize(".").unwrap();
    let outputs = outputs_in(&here).observed(steps);
    let directory = here.join("repo").join(DIRECTORY);
    outputs
        .write_files(&directory, NEW, &wish(Overwrite::Never))
        .unwrap();
}

#[test]
fn r58_after_a_death_at_any_step_the_next_run_makes_the_set_whole() {
    let mut half = 0;
    for stop in 0.. {
        let sandbox = prepared();
        let status = die(&sandbox, stop);
        if status.success() {
            assert!(half >= 3 && stop > 20, "{half} of {stop}");
            return;
        }
        assert_eq!(status.code(), Some(DIED), "{stop}");
        assert_nothing_is_mangled(&sandbox, stop);
        let began = text(&sandbox, "CHANGED").as_deref() == Some("new");
        let is_half = began && text(&sandbox, "GONE").is_some();
        half += usize::from(is_half);
        let done = write(&sandbox, NEW).unwrap();
        let is_told = |notice: &Notice| matches!(notice, Notice::Finished { .. });
        assert!(!is_half || done.notices.iter().any(is_told), "{stop}");
        assert_is_new(&sandbox);
        assert!(
            sandbox.leftovers().is_empty(),
            "{stop}: {:?}",
            sandbox.leftovers()
        );
        assert_eq!(write(&sandbox, NEW).unwrap().notices, [], "{stop}");
    }
}

#[test]
fn after_a_death_the_next_run_may_as_well_go_back() {
    for stop in 0.. {
        let sandbox = prepared();
        if die(&sandbox, stop).success() {
            assert!(stop > 20);
            return;
        }
        let done = write(&sandbox, OLD).unwrap();
        assert_eq!(
            names(&sandbox),
            ["CHANGED", "GONE", "KEPT", "README"],
            "{stop} {done:?}"
        );
        assert_eq!(text(&sandbox, "CHANGED").unwrap(), "old");
    }
}

#[test]
fn what_is_remembered_is_for_us_only_and_holds_no_value_and_no_plain_digest() {
    let sandbox = prepared();
    let state = sandbox.outside().join("state/outputs");
    assert_eq!(mode(&state), 0o700);
    let mut found = 0;
    for entry in fs::read_dir(&state).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600);
        let bytes = fs::read(&path).unwrap();
        for (_, value) in OLD {
            let digest = crate::vault::Digest::of(value);
            for secret in [*value, digest.as_bytes()] {
                assert!(!bytes.windows(secret.len()).any(|part| part == secret));
            }
        }
        found += 1;
    }
    assert_eq!(found, 2);
}

#[test]
fn a_memory_that_is_damaged_foreign_or_gone_loses_nothing() {
    let manifest = |sandbox: &Sandbox| {
        let mut entries = fs::read_dir(sandbox.outside().join("state/outputs")).unwrap();
        entries
            .find_map(|entry| {
                let path = entry.unwrap().path();
                (path.extension() == Some("manifest".as_ref())).then_some(path)
            })
            .unwrap()
    };
    let key = |sandbox: &Sandbox| sandbox.outside().join("state/outputs/key");
    let damages: [fn(&Path, &Path); 6] = [
        |manifest, _| fs::write(manifest, "vault output 1\n").unwrap(),
        |manifest, _| fs::write(manifest, "").unwrap(),
        |manifest, _| fs::remove_file(manifest).unwrap(),
        |_, key| fs::write(key, [7; 32]).unwrap(),
        |_, key| fs::write(key, "short").unwrap(),
        |_, key| fs::remove_file(key).unwrap(),
    ];
    for (at, damage) in damages.into_iter().enumerate() {
        let sandbox = prepared();
        damage(&manifest(&sandbox), &key(&sandbox));
        let Err(OutputError::Others { names, .. }) = write(&sandbox, NEW) else {
            panic!("{at}");
        };
        assert_eq!(names, ["CHANGED"]);
        assert_eq!(text(&sandbox, "GONE").unwrap(), "gone");
        // A new place is written and remembered as ever.
        let elsewhere = sandbox.path("elsewhere");
        let write =
            |files| outputs(&sandbox).write_files(&elsewhere, files, &wish(Overwrite::Never));
        write(OLD).unwrap();
        assert_eq!(write(NEW).unwrap().removed, ["GONE"], "{at}");
    }
}

#[test]
fn a_memory_that_cannot_be_kept_is_told_and_stops_nothing() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.outside().join("state")).unwrap();
    fs::write(sandbox.outside().join("state/outputs"), "no directory").unwrap();
    let done = write(&sandbox, OLD).unwrap();
    assert!(matches!(&done.notices[..], [Notice::NotRemembered { .. }]));
    assert_eq!(names(&sandbox), ["CHANGED", "GONE", "KEPT"]);
    assert!(matches!(
        write(&sandbox, NEW),
        Err(OutputError::Others { .. })
    ));
    assert!(write(&sandbox, OLD).is_ok());
}

#[test]
fn what_another_repository_wrote_is_not_ours() {
    let sandbox = prepared();
    let other = Outputs::new(&sandbox.outside().join("other"))
        .remembering_in(&sandbox.outside().join("state/outputs"));
    let refused = other.write_files(&sandbox.path(DIRECTORY), NEW, &wish(Overwrite::Never));
    assert!(matches!(refused, Err(OutputError::Others { .. })));
    assert_eq!(text(&sandbox, "GONE").unwrap(), "gone");
}

#[test]
fn two_writers_do_not_mix_their_sets() {
    let sandbox = prepared();
    let locks = Locks::new(&sandbox.outside().join("locks")).with_timeout(Duration::ZERO);
    let held = locks.acquire(&sandbox.path(DIRECTORY)).unwrap();
    let outputs = outputs(&sandbox).with_locks(locks);
    let write = || outputs.write_files(&sandbox.path(DIRECTORY), NEW, &wish(Overwrite::Never));
    assert!(matches!(
        write(),
        Err(OutputError::Lock(LockError::Busy { .. }))
    ));
    drop(held);
    write().unwrap();
    assert_is_new(&sandbox);
}

#[test]
fn modes_are_set_before_a_file_has_its_name_and_the_directory_follows() {
    let sandbox = Sandbox::new();
    let permissions = Permissions {
        mode: Some("0440".parse::<Mode>().unwrap()),
        ..Permissions::default()
    };
    let wish = Wish {
        overwrite: Overwrite::Never,
        permissions,
    };
    let directory = sandbox.path(DIRECTORY);
    let seen = directory.clone();
    let steps = Steps::observed(move |step, path: &Path| {
        // With or without a name, a temporary is open; `/proc` leads to what is open by number.
        let temporaries = || {
            let entries = fs::read_dir("/proc/self/fd").unwrap();
            let paths = entries.map(|entry| entry.unwrap().path());
            let is_here = |path: &PathBuf| {
                let place = fs::read_link(path);
                place.is_ok_and(|place| place.starts_with(&seen)) && path.is_file()
            };
            let modes = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            paths.filter(is_here).map(modes)
        };
        match step {
            Step::Write | Step::Attributes if path.starts_with(&seen) => {
                assert!(temporaries().any(|mode| mode == 0o600));
            }
            Step::Rename if path.starts_with(&seen) => {
                assert!(temporaries().any(|mode| mode == 0o440));
                assert!(temporaries().all(|mode| mode == 0o440));
            }
            _ => {}
        }
        Ok(())
    });
    let observed = outputs(&sandbox).observed(steps);
    observed.write_files(&directory, OLD, &wish).unwrap();
    for (name, _) in OLD {
        assert_eq!(mode(&directory.join(name)), 0o440);
    }
    assert_eq!(mode(&directory), 0o750);
    assert_eq!(mode(&sandbox.path("run")), 0o711);
    // Read-only, but ours: it can be replaced, and go back to what is usual.
    outputs(&sandbox)
        .write_files(&directory, NEW, &wish)
        .unwrap();
    write(&sandbox, OLD).unwrap();
    assert_eq!(mode(&directory.join("CHANGED")), 0o600);
    assert_eq!(mode(&directory), 0o700);
}

#[test]
fn a_survey_tells_what_a_write_would_do_and_does_nothing() {
    let sandbox = prepared();
    sandbox.set_mode("run/secrets/KEPT", 0o644);
    let survey = || {
        outputs(&sandbox)
            .survey(&sandbox.path(DIRECTORY), NEW, &Permissions::default())
            .unwrap()
    };
    let strings = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let expected = Survey {
        missing: strings(&["NEW"]),
        changed: strings(&["CHANGED"]),
        stale: strings(&["GONE"]),
        permissions: vec![("KEPT".to_owned(), "mode 0644, not 0600".to_owned())],
    };
    assert_eq!(survey(), expected);
    assert_eq!(names(&sandbox), ["CHANGED", "GONE", "KEPT", "README"]);
    write(&sandbox, NEW).unwrap();
    assert_eq!(survey(), Survey::default());
    let nowhere = sandbox.path("nowhere");
    let survey = outputs(&sandbox).survey(&nowhere, NEW, &Permissions::default());
    assert_eq!(survey.unwrap().missing.len(), 3);
    assert!(!nowhere.exists());
}

#[test]
fn to_take_back_what_was_never_expected_forgets_nothing() {
    let sandbox = prepared();
    let (outputs, directory) = (outputs(&sandbox), sandbox.path(DIRECTORY));
    outputs.recall(&directory, &directory).take_back();
    let mut memory = outputs.recall(&directory, &directory);
    memory.expect(NEW, None);
    memory.take_back();
    let memory = outputs.recall(&directory, &directory);
    assert_eq!(
        memory.names().collect::<Vec<_>>(),
        ["CHANGED", "GONE", "KEPT"]
    );
    assert!(memory.wrote("CHANGED", b"old") && !memory.wrote("CHANGED", b"new"));
}
