//! Files of sops that a sparse checkout leaves out: git knows them, and nobody sees them.

use super::{opened, repository, sealed};

/// Two files of YAML and one of JSON, of which one is there.
const PLAIN: [(&str, &str); 3] = [
    ("c.yaml", "C: 1\n"),
    ("s/a.yaml", "A: 1\n"),
    ("s/b.json", "{\"B\": 1}"),
];

#[test]
fn what_a_sparse_checkout_leaves_out_is_told_with_what_brings_it() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    for (path, text) in PLAIN {
        if !sealed(&sandbox, path, text) {
            return;
        }
    }
    sandbox.write("s/other.yaml", "a: 1\n");
    sandbox.commit("sops");
    sandbox.git([
        "sparse-checkout",
        "set",
        "--no-cone",
        "/*",
        "!/s/",
        "!/c.yaml",
    ]);
    sandbox.vault(["init", "--from-sops", "--yes"]).fails_with(
        2,
        "vault: error: no file of sops here can be adopted
vault:   c.yaml: the sparse checkout leaves it out
vault:       git sparse-checkout add /c.yaml
vault:   s/a.yaml: the sparse checkout leaves it out
vault:       git sparse-checkout add /s/a.yaml
vault:   s/b.json: the sparse checkout leaves it out
vault:       git sparse-checkout add /s/b.json
vault: hint: do what stands below one of them, and type the command again
",
    );
    sandbox.git(["sparse-checkout", "add", "/c.yaml"]);
    let said = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let left_out = "vault: warning: these files of sops cannot be environments, and stay with sops alone:
vault:   s/a.yaml: the sparse checkout leaves it out
vault:       git sparse-checkout add /s/a.yaml
vault:       vault env add NAME --file s/a.yaml says how it comes in then
vault:   s/b.json: the sparse checkout leaves it out
vault:       git sparse-checkout add /s/b.json
vault:       vault import NAME s/b.json && git update-index --force-remove -- s/b.json && rm s/b.json
vault: wrote .vault.yaml, .gitattributes, .gitignore
";
    assert!(said.stderr().contains(left_out), "{}", said.stderr());
    let lines: Vec<String> = said
        .stderr()
        .lines()
        .filter_map(|line| line.strip_prefix("vault:       "))
        .map(|line| line.replace("NAME", "c"))
        .collect();
    for line in [&lines[0], &lines[2]] {
        let typed = sandbox.program("sh", ["-c", line]).run();
        assert_eq!(typed.code(), 0, "{line}: {}", typed.stderr());
    }
    let way = sandbox
        .vault(["env", "add", "a", "--file", "s/a.yaml"])
        .fails(2);
    let said =
        "this line under `environments` in .vault.yaml makes it an environment as it is: a: {";
    assert!(way.stderr().contains(said), "{}", way.stderr());
    let import = lines[3].replace("vault ", concat!(env!("CARGO_BIN_EXE_vault"), " "));
    let typed = sandbox.program("sh", ["-c", &import]).run();
    assert_eq!(typed.code(), 0, "{}", typed.stderr());
    assert_eq!(opened(&sandbox, "c.yaml")["B"], 1);
    assert!(!sandbox.exists("s/b.json"));
    assert_eq!(sandbox.git(["ls-files", "s/b.json"]), "");
}

#[test]
fn what_a_partial_clone_lacks_besides_is_counted() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    for (path, text) in PLAIN {
        if !sealed(&sandbox, path, text) {
            return;
        }
    }
    sandbox.commit("sops");
    sandbox.git(["config", "uploadpack.allowFilter", "true"]);
    let origin = format!("file://{}", sandbox.work("").display());
    let clone = sandbox.path("clone");
    let to = clone.display().to_string();
    sandbox.git([
        "clone",
        "--quiet",
        "--filter=blob:none",
        "--sparse",
        &origin,
        &to,
    ]);
    let said = sandbox
        .vault(["init", "--from-sops"])
        .within(&clone)
        .fails(2);
    let warning = "vault: warning: not looked at: 2 files that the sparse checkout leaves out and the clone does not have (git sparse-checkout disable brings all files)\n";
    assert!(said.stderr().contains(warning), "{}", said.stderr());
    assert!(
        said.stderr().contains("c: c.yaml (1 key)"),
        "{}",
        said.stderr()
    );
}
