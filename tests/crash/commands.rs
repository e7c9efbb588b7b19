//! The commands that write, each with a beginning.

use std::fs;

use crate::{
    sandbox::Sandbox,
    team::{ALICE, BOB, DAVE, config, configured, log_in, reconfigure},
};

/// The values before and after: no output but those that are asked for may hold any of them.
pub(crate) const OLD: &str = "hunter2-before-the-write";
pub(crate) const NEW: &str = "correct-horse-after-the-write";

/// One command that writes.
pub(crate) struct Command {
    pub(crate) name: &'static str,
    pub(crate) prepare: fn() -> Sandbox,
    pub(crate) line: &'static [&'static str],
    pub(crate) stdin: &'static str,
    /// Environments to look into afterwards.
    pub(crate) environments: &'static [&'static str],
    /// Files in clear that it is asked to write; below the work tree.
    pub(crate) outputs: &'static [&'static str],
    /// Files in clear that it takes over and deletes; below the work tree.
    pub(crate) inputs: &'static [&'static str],
    /// Whether the private key that it makes lies in a file of its own.
    pub(crate) makes_identity: bool,
}

const PLAIN: Command = Command {
    name: "",
    prepare: Sandbox::new,
    line: &[],
    stdin: "",
    environments: &[],
    outputs: &[],
    inputs: &[],
    makes_identity: false,
};

/// All of them; a new command that writes gets a line here.
pub(crate) static COMMANDS: [Command; 24] = [
    Command {
        name: "set of a key that is there",
        prepare: vault,
        line: &["set", "dev", "TOKEN"],
        stdin: NEW,
        environments: &["dev", "prod"],
        ..PLAIN
    },
    Command {
        name: "set of a new key",
        prepare: vault,
        line: &["set", "dev", "db.password"],
        stdin: NEW,
        environments: &["dev", "prod"],
        ..PLAIN
    },
    Command {
        name: "set in a new environment",
        prepare: with_an_environment_without_file,
        line: &["set", "deep/stage", "TOKEN"],
        stdin: NEW,
        environments: &["dev", "deep/stage"],
        ..PLAIN
    },
    Command {
        name: "the first set of all",
        prepare: without_files,
        line: &["set", "dev", "TOKEN"],
        stdin: NEW,
        environments: &["dev", "prod"],
        ..PLAIN
    },
    Command {
        name: "unset",
        prepare: vault,
        line: &["unset", "dev", "TOKEN"],
        environments: &["dev", "prod"],
        ..PLAIN
    },
    Command {
        name: "sync of somebody who leaves",
        prepare: without_bob,
        line: &["sync", "--yes"],
        environments: &["dev", "prod"],
        ..PLAIN
    },
    Command {
        name: "recipients add",
        prepare: vault,
        line: &["recipients", "add", "ci", DAVE, "--env", "dev", "--yes"],
        environments: &["dev", "prod"],
        ..PLAIN
    },
    Command {
        name: "recipients remove of five environments",
        prepare: of_five,
        line: &["recipients", "remove", "bob", "--yes"],
        environments: &["a", "b", "c", "d", "e"],
        ..PLAIN
    },
    Command {
        name: "recipients replace",
        prepare: vault,
        line: &["recipients", "replace", "bob", DAVE, "--yes"],
        environments: &["dev", "prod"],
        ..PLAIN
    },
    Command {
        name: "rekey of all",
        prepare: vault,
        line: &["rekey", "--all", "--yes"],
        environments: &["dev", "prod"],
        ..PLAIN
    },
    Command {
        name: "sign of all",
        prepare: unsigned,
        line: &["sign", "--all", "--yes"],
        environments: &["dev", "prod"],
        ..PLAIN
    },
    Command {
        name: "set for oneself",
        prepare: with_overrides,
        line: &["set", "dev", "TOKEN", "--local"],
        stdin: NEW,
        environments: &["dev", "prod"],
        ..PLAIN
    },
    Command {
        name: "import",
        prepare: with_a_source,
        line: &["import", "dev", ".env.old", "--overwrite"],
        environments: &["dev", "prod"],
        ..PLAIN
    },
    Command {
        name: "import that deletes its source",
        prepare: with_a_source,
        line: &[
            "import",
            "dev",
            ".env.old",
            "--overwrite",
            "--delete-source",
        ],
        environments: &["dev", "prod"],
        inputs: &[".env.old"],
        ..PLAIN
    },
    Command {
        name: "env add of a copy",
        prepare: vault,
        line: &["env", "add", "stage", "--like", "dev", "--copy", "--yes"],
        environments: &["dev", "prod", "stage"],
        ..PLAIN
    },
    Command {
        name: "env rename",
        prepare: vault,
        line: &["env", "rename", "dev", "local", "--yes"],
        environments: &["dev", "local", "prod"],
        ..PLAIN
    },
    Command {
        name: "env remove",
        prepare: vault,
        line: &["env", "remove", "dev", "--yes"],
        environments: &["dev", "prod"],
        ..PLAIN
    },
    Command {
        name: "init",
        prepare: empty,
        line: &["init", "--name", "alice", "--env", "dev", "prod", "--yes"],
        environments: &["dev", "prod"],
        makes_identity: true,
        ..PLAIN
    },
    Command {
        name: "keygen",
        prepare: empty,
        line: &["keygen"],
        makes_identity: true,
        ..PLAIN
    },
    Command {
        name: "render to a new file",
        prepare: vault,
        line: &["render", "dev", "-o", ".env"],
        environments: &["dev"],
        outputs: &[".env"],
        ..PLAIN
    },
    Command {
        name: "render over its own file",
        prepare: rendered,
        line: &["render", "dev", "-o", ".env"],
        environments: &["dev"],
        outputs: &[".env"],
        ..PLAIN
    },
    Command {
        name: "render over the file of somebody else",
        prepare: rendered_by_others,
        line: &["render", "dev", "-o", ".env", "--force", "--mode", "600"],
        environments: &["dev"],
        outputs: &[".env"],
        ..PLAIN
    },
    Command {
        name: "render of secret files",
        prepare: vault,
        line: &[
            "render",
            "dev",
            "--format",
            "docker-secrets",
            "-o",
            "run/secrets",
        ],
        environments: &["dev"],
        outputs: &["run/secrets/TOKEN", "run/secrets/OTHER"],
        ..PLAIN
    },
    Command {
        name: "render over a set of secret files",
        prepare: rendered,
        line: &[
            "render",
            "dev",
            "--format",
            "docker-secrets",
            "-o",
            "run/secrets",
        ],
        environments: &["dev"],
        outputs: &["run/secrets/TOKEN", "run/secrets/OTHER", "run/secrets/MORE"],
        ..PLAIN
    },
];

/// Alice and bob, with a value in dev and in prod, all committed.
fn vault() -> Sandbox {
    let environments =
        "    dev: {recipients: [alice, bob]}\n    prod: {recipients: [alice, bob]}\n";
    let sandbox = configured(&[("alice", ALICE), ("bob", BOB)], environments);
    sandbox.write(".gitignore", ".env\nrun/secrets/\n");
    sandbox.secret(OLD);
    sandbox.secret(NEW);
    for environment in ["dev", "prod"] {
        put(&sandbox, environment, "TOKEN", OLD);
        put(&sandbox, environment, "OTHER", "of no interest");
    }
    sandbox.commit("secrets");
    without_samples(&sandbox);
    sandbox
}

/// The same people in five environments.
fn of_five() -> Sandbox {
    let names = ["a", "b", "c", "d", "e"];
    let environments: String = names
        .iter()
        .map(|name| format!("    {name}: {{recipients: [alice, bob]}}\n"))
        .collect();
    let sandbox = configured(&[("alice", ALICE), ("bob", BOB)], &environments);
    sandbox.secret(OLD);
    for name in names {
        put(&sandbox, name, "TOKEN", OLD);
    }
    sandbox.commit("secrets");
    without_samples(&sandbox);
    sandbox
}

fn put(sandbox: &Sandbox, environment: &str, key: &str, value: &str) {
    sandbox
        .vault(["set", environment, key])
        .stdin(value)
        .succeeds();
}

/// The sample hooks of git are of no interest and take time to lay again.
fn without_samples(sandbox: &Sandbox) {
    fs::remove_dir_all(sandbox.work(".git/hooks")).expect("git made them");
}

fn with_an_environment_without_file() -> Sandbox {
    let sandbox = vault();
    let text = sandbox.read(".vault.yaml");
    sandbox.write(
        ".vault.yaml",
        text + "    deep/stage: {recipients: [alice]}\n",
    );
    sandbox
}

fn without_files() -> Sandbox {
    let sandbox = Sandbox::with_git();
    log_in(&sandbox, "alice");
    sandbox.secret(NEW);
    let environments = "    dev: {recipients: [alice]}\n    prod: {recipients: [alice]}\n";
    sandbox.write(".vault.yaml", config(&[("alice", ALICE)], environments));
    without_samples(&sandbox);
    sandbox
}

fn without_bob() -> Sandbox {
    let sandbox = vault();
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    sandbox
}

fn with_overrides() -> Sandbox {
    let sandbox = vault();
    reconfigure(&sandbox, "dev: {", "dev: {local: true, ");
    let ignored = sandbox.read(".gitignore");
    sandbox.write(".gitignore", ignored + "*.local.yaml\n");
    sandbox
}

fn with_a_source() -> Sandbox {
    let sandbox = vault();
    sandbox.write(".gitignore", ".env*\n");
    sandbox.write(".env.old", format!("TOKEN='{NEW}'\nADDED='{NEW}'\n"));
    sandbox.chmod(".env.old", 0o600);
    sandbox
}

/// As after edits by sops: the block that vault adds is gone.
fn unsigned() -> Sandbox {
    let sandbox = vault();
    for file in ["secrets/dev.yaml", "secrets/prod.yaml"] {
        let text = sandbox.read(file);
        let (kept, _) = text.split_once("    x-vault:\n").expect("it is signed");
        sandbox.write(file, kept);
    }
    sandbox
}

fn empty() -> Sandbox {
    let sandbox = Sandbox::with_git();
    without_samples(&sandbox);
    sandbox
}

/// With outputs that hold another value, lack a key, and have one that is gone since.
fn rendered() -> Sandbox {
    let sandbox = vault();
    sandbox.vault(["render", "dev", "-o", ".env"]).succeeds();
    let files = ["--format", "docker-secrets", "-o", "run/secrets"];
    let line = ["render", "dev"].into_iter().chain(files);
    sandbox.vault(line).succeeds();
    put(&sandbox, "dev", "TOKEN", NEW);
    put(&sandbox, "dev", "MORE", "of some interest");
    sandbox.vault(["unset", "dev", "OTHER"]).succeeds();
    sandbox
}

fn rendered_by_others() -> Sandbox {
    let sandbox = vault();
    sandbox.write(".env", "BY_HAND=1\n");
    sandbox
}
