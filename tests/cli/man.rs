//! `vault man`: pages that real formatters read.

use crate::{
    peers,
    sandbox::{Sandbox, SmallDisk},
};

/// The names of all pages, by their files.
fn pages(sandbox: &Sandbox) -> Vec<String> {
    sandbox.vault(["man", "--output", "man1"]).succeeds_with("");
    let files = sandbox.files();
    let names = files
        .iter()
        .filter_map(|file| file.strip_prefix("man1/")?.strip_suffix(".1"));
    names.map(str::to_owned).collect()
}

#[test]
fn there_is_a_page_for_vault_and_for_every_command() {
    let sandbox = Sandbox::new();
    let pages = pages(&sandbox);
    for page in ["vault", "vault-get", "vault-run", "vault-man"] {
        assert!(pages.contains(&page.to_owned()), "{page}: {pages:?}");
    }
    let help = sandbox.vault(["--help"]).succeeds();
    let listed = help.stdout().split_once("Commands:\n").unwrap().1;
    let commands = listed.lines().take_while(|line| !line.is_empty());
    for command in commands.filter_map(|line| line.split_whitespace().next()) {
        let page = format!("vault-{command}");
        assert_eq!(pages.contains(&page), command != "help", "{command}");
    }
    for page in &pages {
        // Below `git` a command's own name may have a dash.
        let words: Vec<&str> = match page.strip_prefix("vault-git-") {
            Some(below) => vec!["git", below],
            None => page.split('-').skip(1).collect(),
        };
        let printed = sandbox.vault(["man"].iter().chain(&words)).succeeds();
        assert_eq!(
            printed.stdout(),
            sandbox.read(format!("man1/{page}.1")),
            "{page}"
        );
    }
}

#[test]
fn formatters_have_no_complaint() {
    let sandbox = Sandbox::new();
    let Some(groff) = peers::program("groff") else {
        return;
    };
    for page in pages(&sandbox) {
        let file = format!("man1/{page}.1");
        let output = sandbox
            .program(&groff, ["-man", "-Tutf8", "-ww", "-P-c", &file])
            .succeeds();
        assert_eq!(output.stderr(), "", "{page}");
        let shown = output.stdout();
        for heading in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "EXAMPLES",
            "SEE ALSO",
        ] {
            let overstruck: String = heading
                .chars()
                .map(|it| match it {
                    ' ' => " ".to_owned(),
                    it => format!("{it}\u{8}{it}"),
                })
                .collect();
            assert!(
                shown.contains(heading) || shown.contains(&overstruck),
                "{page}: {heading}\n{shown}"
            );
        }
        // The source is plain ASCII, for formatters that read nothing else.
        assert!(sandbox.read(&file).is_ascii(), "{page}");
    }
}

#[test]
fn a_command_that_there_is_not_has_no_page() {
    let sandbox = Sandbox::new();
    for (command, stderr) in [
        (
            "gte",
            "vault: error: there is no command `gte`\nvault: hint: did you mean get?\n",
        ),
        ("help", "vault: error: there is no command `help`\n"),
        ("\u{1b}[7m", "vault: error: there is no such command\n"),
    ] {
        sandbox.vault(["man", command]).fails_with(2, stderr);
    }
    sandbox.write("file", "");
    sandbox
        .vault(["man", "--output", "file"])
        .fails_with(2, "vault: error: file: File exists (os error 17)\n");
}

#[test]
fn a_full_disk_leaves_the_pages_that_were_there() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("man1")).expect("a new folder");
    let Some(disk) = SmallDisk::on(&sandbox.path("man1")) else {
        return peers::note("skipped: no file system can be mounted here");
    };
    sandbox.write("../man1/vault.1", "old");
    sandbox.write("../man1/vault-get.1", "old");
    // Room for the first page.
    disk.fill(8);
    let said = sandbox.vault(["man", "--output", "../man1"]).fails(2);
    let error = "vault: error: cannot write ../man1/vault";
    assert!(said.stderr().starts_with(error), "{}", said.stderr());
    assert!(said.stderr().contains("No space left on device"));
    let pages = std::fs::read_dir(sandbox.path("man1")).expect("a directory");
    let mut names: Vec<_> = pages
        .map(|page| page.expect("a page").file_name())
        .collect();
    names.retain(|name| name != "filler");
    names.sort();
    assert_eq!(names, ["vault-get.1", "vault.1"]);
    for page in ["vault.1", "vault-get.1"] {
        assert_eq!(sandbox.read(format!("../man1/{page}")), "old");
    }
    disk.empty();
    sandbox.vault(["man", "--output", "../man1"]).succeeds();
    assert_ne!(sandbox.read("../man1/vault.1"), "old");
}
