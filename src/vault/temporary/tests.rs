use std::path::PathBuf;

use super::*;

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn path_of(temporary: &Temporary) -> PathBuf {
    match temporary {
        Temporary::Named(file) => file.path().to_owned(),
        Temporary::Unnamed(_) => unreachable!("it was made with a name"),
    }
}

fn abandoned(directory: &Path, name: &str) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, "").unwrap();
    path
}

#[test]
fn a_temporary_is_named_after_its_target_and_goes_when_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let temporary = Temporary::beside(&directory.path().join("prod.yaml")).unwrap();
    let name = names(directory.path()).remove(0);
    assert!(
        name.starts_with(".prod.yaml.vault-") && name.len() == ".prod.yaml.vault-".len() + 6,
        "{name}"
    );
    drop(temporary);
    assert!(names(directory.path()).is_empty());
}

#[test]
fn the_longest_name_gets_a_temporary_too() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["x".repeat(255), format!("x{}", "é".repeat(127))] {
        let target = directory.path().join(&name);
        Temporary::beside(&target).unwrap().place(&target).unwrap();
        assert!(names(directory.path()).contains(&name));
        Temporary::hidden(&target)
            .unwrap()
            .replace(&target)
            .unwrap();
    }
}

#[test]
fn only_what_a_dead_process_left_of_this_file_is_swept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let living = Temporary::beside(&path.join("x.yaml")).unwrap();
    let kept = [
        abandoned(path, ".y.yaml.vault-aBc123"),
        abandoned(path, ".x.yaml.vault-aBc12"),
        abandoned(path, ".x.yaml.vault-aBc12!"),
        abandoned(path, "x.yaml.vault-aBc123"),
        abandoned(path, ".x.yaml"),
        abandoned(path, ".x.yaml.vault-backup"),
        abandoned(path, ".x.yaml.vault-Backup"),
        abandoned(path, ".x.yaml.vault-202611"),
        path_of(&living),
    ];
    fs::create_dir(path.join(".x.yaml.vault-aaaaaa")).unwrap();
    std::os::unix::fs::symlink("none", path.join(".x.yaml.vault-bbbbbb")).unwrap();
    let gone = abandoned(path, ".x.yaml.vault-aBc123");
    sweep(path, [OsStr::new("x.yaml")]);
    assert!(!gone.exists());
    assert!(kept.iter().all(|path| path.exists()));
    assert_eq!(names(path).len(), kept.len() + 2);
}

#[test]
fn yaml_files_that_nobody_knows_by_name_any_more_are_swept_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let living = Temporary::beside(&path.join("new.yaml")).unwrap();
    let kept = [
        abandoned(path, "..env.vault-aBc123"),
        abandoned(path, ".x.yaml.vault-backup"),
        path_of(&living),
    ];
    let gone =
        [".late.yaml", ".x.yml"].map(|stem| abandoned(path, &format!("{stem}.vault-aBc123")));
    sweep_yaml(path);
    assert!(gone.iter().all(|path| !path.exists()));
    assert!(kept.iter().all(|path| path.exists()));
}

#[test]
fn a_temporary_that_takes_no_ones_place_leaves_a_file_that_appeared_meanwhile() {
    for make in [Temporary::beside, Temporary::hidden] {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("x");
        let temporary = make(&target).unwrap();
        fs::write(&target, "theirs").unwrap();
        assert_eq!(
            temporary.place(&target).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        assert_eq!(fs::read_to_string(&target).unwrap(), "theirs");
        assert_eq!(names(directory.path()), ["x"]);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_hidden_temporary_has_no_name_before_it_takes_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("x");
    let taken = |text: &str, take: fn(Temporary, &Path) -> io::Result<()>| {
        let before = names(directory.path());
        let mut temporary = Temporary::hidden(&target).unwrap();
        io::Write::write_all(temporary.file_mut(), text.as_bytes()).unwrap();
        assert_eq!(names(directory.path()), before);
        take(temporary, &target).unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), text);
        assert_eq!(names(directory.path()), ["x"]);
    };
    taken("new", Temporary::place);
    taken("newer", Temporary::replace);
}

#[test]
#[cfg(target_os = "linux")]
fn a_hidden_temporary_that_cannot_take_its_place_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("x");
    fs::create_dir(&target).unwrap();
    assert!(
        Temporary::hidden(&target)
            .unwrap()
            .replace(&target)
            .is_err()
    );
    assert_eq!(names(directory.path()), ["x"]);
}
