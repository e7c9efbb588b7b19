//! The tampering corpus through the program: every file is refused, nothing is printed or written, nothing leaks.

use std::fs;

use crate::sandbox::{Output, Run, Sandbox};

/// A case of `fixtures/tampered/manifest.txt`.
struct Case {
    name: String,
    code: i32,
    needs_identity: bool,
    reason: String,
}

impl Case {
    fn of(line: &str) -> Self {
        let (name, rest) = line.split_once(": expect: ").expect("NAME: expect: …");
        let (code, reason) = rest.split_once(": ").expect("a code and a reason");
        Case {
            name: name.to_owned(),
            code: code[..1].parse().expect("a digit"),
            needs_identity: code.ends_with("with an identity"),
            reason: reason.to_owned(),
        }
    }

    /// The environment whose file it replaces.
    fn environment(&self) -> &'static str {
        let is_of = |environment: &&str| self.name.starts_with(&format!("{environment}-"));
        ["clear", "unsigned"]
            .into_iter()
            .find(is_of)
            .unwrap_or("prod")
    }

    /// A key that the environment has.
    fn key(&self) -> &'static str {
        match self.environment() {
            "clear" => "LOG_LEVEL",
            "unsigned" => "PORT",
            _ => "DATABASE_URL",
        }
    }

    fn put(&self, sandbox: &Sandbox) -> Vec<u8> {
        let bytes =
            fs::read(Sandbox::fixture(format!("tampered/{}.yaml", self.name))).expect("a fixture");
        sandbox.write(self.file(), &bytes);
        bytes
    }

    fn file(&self) -> String {
        format!("{}.yaml", self.environment())
    }
}

fn cases() -> Vec<Case> {
    let manifest =
        fs::read_to_string(Sandbox::fixture("tampered/manifest.txt")).expect("the manifest");
    let lines = manifest.lines().filter(|line| !line.starts_with('#'));
    lines.map(Case::of).collect()
}

const ENVIRONMENTS: [&str; 4] = ["prod", "dev", "clear", "unsigned"];

/// A clone in which everything is in order.
fn clone() -> Sandbox {
    let sandbox = Sandbox::with_git();
    sandbox.copy("tampered/base/.vault.yaml", ".vault.yaml");
    for environment in ENVIRONMENTS {
        restore(&sandbox, environment);
    }
    // Or outputs would be refused before the file is looked at.
    sandbox.write(".gitignore", "out/\nout.env\n");
    sandbox.commit("secrets");
    let secrets =
        fs::read_to_string(Sandbox::fixture("tampered/base/secrets.txt")).expect("the secrets");
    for secret in secrets.lines() {
        sandbox.secret(secret);
    }
    sandbox
}

fn restore(sandbox: &Sandbox, environment: &str) {
    let file = format!("{environment}.yaml");
    sandbox.copy(format!("tampered/base/{file}"), &file);
}

#[test]
fn the_files_that_are_changed_are_in_order() {
    let sandbox = clone();
    sandbox.vault(["check", "--keyless"]).succeeds_with(
        "prod: ok (signed by alice)\ndev: ok (signed by alice)\nclear: ok (signed by alice)\n\
         unsigned: ok (not signed, as .vault.yaml says)\n",
    );
    sandbox.identity("alice");
    sandbox.vault(["check"]).succeeds();
    for environment in ENVIRONMENTS {
        sandbox
            .vault(["render", environment])
            .prints_secrets()
            .succeeds();
    }
}

/// How the names of unsigned files begin that are for one recipient less.
const FOR_OTHERS: &str = "unsigned-armor-";

#[test]
fn every_tampered_file_is_found_by_a_keyless_check() {
    let sandbox = clone();
    for case in cases() {
        case.put(&sandbox);
        let output = sandbox
            .vault(["check", case.environment(), "--keyless"])
            .run();
        let code = match (case.needs_identity, case.code, case.environment()) {
            // For whom it is encrypted the config says, too.
            (true, ..) if case.name.starts_with(FOR_OTHERS) => 1,
            // Nobody's signature stands under these: who has no key cannot tell.
            (true, ..) => 0,
            (false, 2, "unsigned") => 1,
            // What is no YAML where a signed file must be is a matter of integrity.
            (false, ..) => 3,
        };
        assert_eq!(output.code(), code, "{}: {}", case.name, output.stderr());
        assert!(
            case.needs_identity || output.stderr().contains(&case.reason),
            "{}: {}",
            case.name,
            output.stderr()
        );
        restore(&sandbox, case.environment());
    }
}

#[test]
fn every_tampered_file_is_found_by_a_check_with_an_identity() {
    let sandbox = clone();
    sandbox.identity("alice");
    for case in cases().iter().filter(|case| case.needs_identity) {
        case.put(&sandbox);
        let output = sandbox.vault(["check", case.environment()]).run().fails(3);
        assert!(
            output.stderr().contains(&case.reason),
            "{}: {}",
            case.name,
            output.stderr()
        );
        restore(&sandbox, case.environment());
    }
}

/// What somebody may type who does not know that the file was changed.
fn command<'s>(sandbox: &'s Sandbox, case: &Case, turn: usize) -> Run<'s> {
    let (of, key) = (case.environment(), case.key());
    match turn % 10 {
        0 => sandbox.vault(["get", of, key]),
        1 => sandbox.vault(["render", of]),
        2 => sandbox.vault(["list", of, "--reveal"]),
        3 => sandbox.vault(["run", of, "--", "touch", "ran"]),
        4 => sandbox
            .vault(["set", of, "NEW"])
            .stdin("typed-by-a-person-x"),
        5 => sandbox.vault(["render", of, "-o", "out.env"]),
        6 => sandbox.vault(["render", of, "--format", "docker-secrets", "-o", "out"]),
        7 => sandbox.vault(["unset", of, key]),
        8 => sandbox.vault(["render", of, "--format", "json"]),
        _ => sandbox.vault(["get", of, key, "--json"]),
    }
}

#[test]
fn no_tampered_file_is_read_printed_or_written_by_any_command() {
    let sandbox = clone();
    sandbox.identity("alice");
    sandbox.secret("typed-by-a-person-x");
    let files = sandbox.files();
    for (turn, case) in cases().iter().enumerate() {
        let bytes = case.put(&sandbox);
        let output = command(&sandbox, case, turn).run();
        refused(case, turn, &output);
        let now = fs::read(sandbox.work(case.file())).expect("the file");
        assert!(now == bytes, "{} was written to", case.name);
        assert_eq!(sandbox.files(), files, "{}", case.name);
        restore(&sandbox, case.environment());
    }
}

fn refused(case: &Case, turn: usize, output: &Output) {
    // `run` keeps 2 for its child.
    let code = match (case.code, turn % 10) {
        (2, 3) => 125,
        (code, _) => code,
    };
    let said = output.stderr();
    assert_eq!(output.code(), code, "{}: {said}", case.name);
    assert_eq!(output.stdout(), "", "{}", case.name);
    assert!(said.contains(&case.reason), "{}: {said}", case.name);
}

#[test]
fn no_tampered_file_that_has_its_block_is_signed_over_or_brought_in_line() {
    let sandbox = clone();
    sandbox.identity("alice");
    let is_meant =
        |case: &Case| case.environment() != "unsigned" && case.reason != "the file is not signed";
    for (turn, case) in cases().into_iter().filter(is_meant).enumerate() {
        let bytes = case.put(&sandbox);
        let of = case.environment();
        let output = match turn % 2 {
            0 => sandbox.vault(["sync", of, "--yes"]).run(),
            _ => sandbox.vault(["sign", of, "--yes"]).run(),
        };
        // Signature and log of some are in order; a file of another kind may be bad input to who wants to sign it.
        let codes = if case.needs_identity { [0, 0] } else { [2, 3] };
        assert!(
            codes.contains(&output.code()),
            "{}: {}",
            case.name,
            output.stderr()
        );
        let now = fs::read(sandbox.work(case.file())).expect("the file");
        assert!(now == bytes, "{} was written to", case.name);
        restore(&sandbox, of);
    }
}
