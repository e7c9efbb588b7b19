use proptest::prelude::*;

use super::*;
use crate::vault::sandbox::Sandbox;

fn refusal(sandbox: &Sandbox, relative: &str) -> String {
    sandbox
        .root()
        .resolve(Path::new(relative))
        .unwrap_err()
        .to_string()
}

#[test]
fn a_path_is_resolved_whether_or_not_its_file_exists() {
    let sandbox = Sandbox::new();
    sandbox.write("secrets/dev.yaml", "");
    let root = sandbox.root();
    let dev = root.resolve(Path::new("secrets/dev.yaml")).unwrap();
    assert_eq!(
        (dev.path(), dev.target(), dev.exists(), dev.is_link()),
        (
            &*sandbox.path("secrets/dev.yaml"),
            &*sandbox.path("secrets/dev.yaml"),
            true,
            false
        )
    );
    let new = root.resolve(Path::new("new/deep/x.yaml")).unwrap();
    assert_eq!(
        (new.target(), new.exists()),
        (&*sandbox.path("new/deep/x.yaml"), false)
    );
}

#[test]
fn a_path_that_is_not_plain_is_refused() {
    let sandbox = Sandbox::new();
    for path in [
        "",
        ".",
        "..",
        "/etc/passwd",
        "../x",
        "a/../x",
        "a/../../x",
        "./a",
        "/",
    ] {
        assert_eq!(
            refusal(&sandbox, path),
            format!("{path:?} is not a plain path inside the repository")
        );
    }
}

#[test]
fn no_spelling_of_the_git_directory_is_let_through() {
    let sandbox = Sandbox::new();
    let spellings = [
        ".git",
        ".GIT",
        ".Git",
        "git~1",
        "GIT~1",
        ".git.",
        ".git ",
        ".git . ",
        ".git::$INDEX_ALLOCATION",
        ".g\u{200c}it",
        "\u{feff}.git",
    ];
    for name in spellings {
        for path in [
            format!("{name}/config.yaml"),
            format!("a/{name}/x.yaml"),
            name.to_owned(),
        ] {
            assert!(
                matches!(
                    sandbox.root().resolve(Path::new(&path)),
                    Err(PathError::Git { .. })
                ),
                "{path:?}"
            );
        }
    }
    for path in [
        ".gitignore",
        ".gitattributes",
        "git",
        ".github/x.yaml",
        "a.git",
    ] {
        assert!(sandbox.root().resolve(Path::new(path)).is_ok(), "{path}");
    }
}

#[test]
fn a_git_directory_of_another_name_is_let_alone_too() {
    let sandbox = Sandbox::new();
    std::fs::remove_dir(sandbox.path(".git")).unwrap();
    sandbox.write("real/config", "");
    sandbox.write(".git", "gitdir: real\n");
    sandbox.link("x.yaml", "real/config");
    assert!(matches!(
        sandbox.root().resolve(Path::new("real/y.yaml")),
        Err(PathError::Git { .. })
    ));
    assert!(matches!(
        sandbox.root().resolve(Path::new("x.yaml")),
        Err(PathError::Git { .. })
    ));
}

#[test]
fn a_directory_that_is_a_link_is_refused_wherever_it_leads() {
    let sandbox = Sandbox::new();
    sandbox.write("real/x.yaml", "");
    for (link, to) in [
        ("inside", "real"),
        ("out", ".."),
        ("git", ".git"),
        ("nowhere", "none"),
    ] {
        sandbox.link(link, to);
        assert_eq!(
            refusal(&sandbox, &format!("{link}/x.yaml")),
            format!("{link}/x.yaml leads through the symbolic link {link}")
        );
    }
    sandbox.link("real/deep", "../real");
    assert_eq!(
        refusal(&sandbox, "real/deep/x.yaml"),
        "real/deep/x.yaml leads through the symbolic link real/deep"
    );
}

#[test]
fn a_file_may_be_a_link_to_a_file_inside_only() {
    let sandbox = Sandbox::new();
    sandbox.write("real/x.yaml", "");
    std::fs::write(sandbox.outside().join("out.yaml"), "").unwrap();
    sandbox.write(".git/config", "");
    let links = [
        (
            "out.yaml",
            "../out.yaml",
            "out.yaml is a symbolic link that leads out of the repository",
        ),
        (
            "abs.yaml",
            "/etc/passwd",
            "abs.yaml is a symbolic link that leads out of the repository",
        ),
        (
            "git.yaml",
            ".git/config",
            "git.yaml lies in git's own directory",
        ),
        (
            "none.yaml",
            "none",
            "none.yaml is a symbolic link to nothing",
        ),
        ("dir.yaml", "real", "dir.yaml is not a regular file"),
        (
            "dev.yaml",
            "/dev/null",
            "dev.yaml is a symbolic link that leads out of the repository",
        ),
        ("loop.yaml", "loop.yaml", "cannot look at loop.yaml"),
    ];
    for (link, to, text) in links {
        sandbox.link(link, to);
        assert_eq!(refusal(&sandbox, link), text);
    }
    sandbox.link("good.yaml", "real/x.yaml");
    sandbox.link("chain.yaml", "good.yaml");
    let place = sandbox.root().resolve(Path::new("chain.yaml")).unwrap();
    assert_eq!(
        (place.target(), place.is_link()),
        (&*sandbox.path("real/x.yaml"), true)
    );
}

#[test]
fn something_else_than_a_file_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "");
    sandbox.write("dir/x", "");
    assert_eq!(refusal(&sandbox, "dir"), "dir is not a regular file");
    assert_eq!(
        refusal(&sandbox, "file/x.yaml"),
        "file/x.yaml cannot be: file is not a directory"
    );
}

#[test]
fn a_refused_path_cannot_steer_a_terminal() {
    let sandbox = Sandbox::new();
    let text = refusal(&sandbox, "../\u{1b}[2J");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

proptest! {
    #[test]
    fn what_is_resolved_lies_inside(components in prop::collection::vec(r"(\.\.?|[a-c.]{1,3}|\.git|/)", 0..5)) {
        let sandbox = Sandbox::new();
        let relative = components.join("/");
        if let Ok(place) = sandbox.root().resolve(Path::new(&relative)) {
            prop_assert!(place.target().starts_with(sandbox.path("")));
            prop_assert!(!place.target().starts_with(sandbox.path(".git")));
            prop_assert!(!relative.split('/').any(|name| name == ".."));
        }
    }
}
