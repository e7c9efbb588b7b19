use std::os::unix::fs::symlink;

use super::*;
use crate::vault::sandbox::Sandbox;

fn error(start: &Path) -> String {
    Root::find(start).unwrap_err().to_string()
}

#[test]
fn the_root_is_found_from_any_directory_below_it() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("a/b")).unwrap();
    let root = Root::find(&sandbox.path("a/b")).unwrap();
    assert_eq!(root.directory(), sandbox.outside().join("repo"));
    assert_eq!(root.config_path(), sandbox.path(".vault.yaml"));
    assert_eq!(root.git_directory(), Some(&*sandbox.path(".git")));
}

#[test]
fn a_configuration_above_the_top_of_the_repository_does_not_count() {
    let sandbox = Sandbox::new();
    let inner = sandbox.path("inner");
    fs::create_dir_all(inner.join(".git")).unwrap();
    let text = error(&inner);
    assert_eq!(
        text,
        format!(
            "there is no .vault.yaml in {} or above it in the repository",
            inner.display()
        )
    );
}

#[test]
fn a_git_file_ends_the_way_up_like_a_directory() {
    let sandbox = Sandbox::new();
    let inner = sandbox.path("inner");
    fs::create_dir_all(&inner).unwrap();
    fs::write(inner.join(".git"), "gitdir: ../.git/worktrees/inner\n").unwrap();
    assert!(matches!(Root::find(&inner), Err(RootError::Missing { .. })));
    fs::write(inner.join(CONFIG), "").unwrap();
    let root = Root::find(&inner).unwrap();
    assert_eq!(
        root.git_directory(),
        Some(&*inner.join("../.git/worktrees/inner"))
    );
    fs::create_dir_all(sandbox.path(".git/worktrees/inner")).unwrap();
    let root = Root::find(&inner).unwrap();
    assert_eq!(
        root.git_directory(),
        Some(&*sandbox.path(".git/worktrees/inner"))
    );
}

#[test]
fn a_broken_git_entry_does_not_open_the_way_up() {
    let sandbox = Sandbox::new();
    let inner = sandbox.path("inner");
    fs::create_dir_all(&inner).unwrap();
    symlink("nowhere", inner.join(".git")).unwrap();
    assert!(matches!(Root::find(&inner), Err(RootError::Missing { .. })));
}

#[test]
fn without_git_only_the_directory_itself_counts() {
    let sandbox = Sandbox::new();
    fs::remove_dir(sandbox.path(".git")).unwrap();
    fs::create_dir_all(sandbox.path("a")).unwrap();
    let root = Root::find(&sandbox.path("")).unwrap();
    assert_eq!(root.git_directory(), None);
    assert!(matches!(
        Root::find(&sandbox.path("a")),
        Err(RootError::Missing { .. })
    ));
}

#[test]
fn r55_a_second_configuration_on_the_way_up_is_refused_with_both_names() {
    let sandbox = Sandbox::new();
    sandbox.write("a/b/c.txt", "");
    sandbox.write("a/.vault.yaml", "");
    let (inner, outer) = (sandbox.path("a/.vault.yaml"), sandbox.path(".vault.yaml"));
    let text = format!(
        "there are two configurations: {} and {}",
        inner.display(),
        outer.display()
    );
    assert_eq!(error(&sandbox.path("a/b")), text);
    assert_eq!(error(&sandbox.path("a")), text);
    assert!(Root::find(&sandbox.path("")).is_ok());
}

#[test]
fn a_configuration_that_is_no_file_inside_is_refused() {
    let sandbox = Sandbox::new();
    let config = sandbox.path(CONFIG);
    fs::remove_file(&config).unwrap();
    fs::create_dir(&config).unwrap();
    assert!(matches!(
        Root::find(&sandbox.path("")),
        Err(RootError::Config(PathError::NotAFile { .. }))
    ));
    fs::remove_dir(&config).unwrap();
    fs::write(sandbox.outside().join("other.yaml"), "").unwrap();
    sandbox.link(CONFIG, "../other.yaml");
    assert!(matches!(
        Root::find(&sandbox.path("")),
        Err(RootError::Config(PathError::LeadsOut { .. }))
    ));
    fs::remove_file(&config).unwrap();
    sandbox.link(CONFIG, "nowhere");
    assert!(matches!(
        Root::find(&sandbox.path("")),
        Err(RootError::Config(PathError::Dangling { .. }))
    ));
    fs::remove_file(&config).unwrap();
    sandbox.link(CONFIG, "inside.yaml");
    sandbox.write("inside.yaml", "");
    assert!(Root::find(&sandbox.path("")).is_ok());
}

#[test]
fn a_first_configuration_belongs_at_the_top_of_the_work_tree() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("a")).unwrap();
    assert!(matches!(
        Root::plan(&sandbox.path("a")),
        Err(RootError::Exists { .. })
    ));
    fs::remove_file(sandbox.path(CONFIG)).unwrap();
    let planned = Root::plan(&sandbox.path("a")).unwrap();
    assert_eq!(planned.directory(), sandbox.outside().join("repo"));
    fs::remove_dir(sandbox.path(".git")).unwrap();
    assert_eq!(
        Root::plan(&sandbox.path("a")).unwrap().directory(),
        sandbox.path("a")
    );
}
