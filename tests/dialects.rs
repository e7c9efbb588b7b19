//! `.env` files as people write them, good and bad, given to the programs that read them: what `import` says that a program reads is
//! exactly what it reads. Where the program cannot be told for certain, `import` has to refuse, and mostly must not.
//!
//! A program that is not here is skipped with a line that says so, or fails the test where `VAULT_TEST_PEERS=required`.

mod peers;

use std::{
    collections::BTreeMap,
    fs,
    process::{Command, Stdio},
};

use proptest::{
    prelude::*,
    strategy::ValueTree,
    string::string_regex,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tempfile::TempDir;
use vault::{
    import::dotenv::{Dialect, Survey},
    secret::ExposeSecret,
    value::Selection,
};

/// Files made up for each reader.
const FILES: usize = 1_500;

/// Of these at least so many have to be taken: else nothing would be compared.
const TAKEN: usize = 300;

type Values = BTreeMap<String, String>;

#[test]
fn python_dotenv_reads_what_import_says() {
    let script = "import sys, json, logging, dotenv
logging.disable(logging.CRITICAL)
for at in range(int(sys.argv[1])):
    read = dotenv.dotenv_values('%d.env' % at, encoding='utf-8')
    print(json.dumps(read))";
    let Some(python) = peers::python() else {
        return;
    };
    let has_it = Command::new(&python)
        .args(["-c", "import dotenv.main"])
        .stderr(Stdio::null())
        .status();
    if !has_it.is_ok_and(|status| status.success()) {
        return peers::skip("python-dotenv is not here");
    }
    let sample = Sample::of(Dialect::Python);
    sample.compare(sample.objects(Command::new(python).args(["-c", script])));
}

#[test]
fn node_reads_what_import_says() {
    let Some(node) = node() else { return };
    let script = "const { readFileSync } = require('fs'), { parseEnv } = require('util');
        for (let at = 0; at < +process.argv[1]; at++)
            console.log(JSON.stringify(parseEnv(readFileSync(at + '.env', 'utf8'))));";
    let sample = Sample::of(Dialect::Node);
    sample.compare(sample.objects(Command::new(node).args(["-e", script])));
}

#[test]
fn dotenv_of_npm_reads_what_import_says() {
    let Some(node) = node() else { return };
    let script = "const { readFileSync } = require('fs'), { parse } = require(process.argv[1]);
        for (let at = 0; at < +process.argv[2]; at++)
            console.log(JSON.stringify(parse(readFileSync(at + '.env'))));";
    for package in ["dotenv-16", "dotenv-18"] {
        let Some(package) = peers::reader(&format!("node/node_modules/{package}")) else {
            return;
        };
        let sample = Sample::of(Dialect::Node);
        let mut command = Command::new(&node);
        sample.compare(sample.objects(command.args(["-e", script]).arg(package)));
    }
}

#[test]
fn compose_reads_what_import_says() {
    let Some(program) = peers::reader("readers") else {
        return;
    };
    let sample = Sample::of(Dialect::Compose);
    for (at, said) in sample.said.iter().enumerate() {
        // The program prints the values of K0, K1, …, and only if there are no others.
        let keys: Vec<String> = (0..said.len()).map(|at| format!("K{at}")).collect();
        if !said.keys().eq(keys.iter()) {
            continue;
        }
        let output = Command::new(&program)
            .args([
                "all",
                "compose",
                &format!("{at}.env"),
                &keys.len().to_string(),
            ])
            .current_dir(sample.place.path())
            .output()
            .expect("it was there");
        let values: Vec<String> = output
            .stdout
            .split(|byte| *byte == 0)
            .map(|value| String::from_utf8_lossy(value).into_owned())
            .take(keys.len())
            .collect();
        assert_eq!(
            &keys.into_iter().zip(values).collect::<Values>(),
            said,
            "{}",
            sample.text(at)
        );
    }
}

#[test]
fn bash_reads_what_import_says() {
    shell_reads_what_import_says(&["bash", "--norc"]);
}

#[test]
fn dash_reads_what_import_says() {
    shell_reads_what_import_says(&["dash"]);
}

#[test]
fn busybox_reads_what_import_says() {
    shell_reads_what_import_says(&["busybox", "ash"]);
}

#[test]
fn mksh_reads_what_import_says() {
    shell_reads_what_import_says(&["mksh"]);
}

#[test]
fn zsh_reads_what_import_says() {
    shell_reads_what_import_says(&["zsh", "-f"]);
}

fn shell_reads_what_import_says(shell: &[&str]) {
    let Some(program) = peers::program(shell[0]) else {
        return;
    };
    let sample = Sample::of(Dialect::Shell);
    let mut script = String::new();
    for (at, said) in sample.said.iter().enumerate() {
        let names: String = said.keys().map(|name| format!(" \"${name}\"")).collect();
        script += &format!("(set -a; . ./{at}.env; printf '%s\\0'{names})\n");
    }
    fs::write(sample.place.path().join("read.sh"), script).expect("the directory is ours");
    let output = Command::new(program)
        .args(&shell[1..])
        .arg("read.sh")
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .env("PATH", "/usr/bin:/bin")
        .current_dir(sample.place.path())
        .stdin(Stdio::null())
        .output()
        .expect("it was there");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{shell:?}");
    let mut values = output.stdout.split(|byte| *byte == 0);
    for (at, said) in sample.said.iter().enumerate() {
        for (name, value) in said {
            let read = String::from_utf8_lossy(values.next().expect("one for each name"));
            assert_eq!(&read, value, "{shell:?}: {name} of {}", sample.text(at));
        }
    }
    let files = fs::read_dir(sample.place.path())
        .expect("the directory is ours")
        .count();
    assert_eq!(files, sample.said.len() + 1, "{shell:?} ran a value");
}

/// Node with `util.parseEnv`: 20.12, 21.7 and later.
fn node() -> Option<std::path::PathBuf> {
    let node = peers::program("node")?;
    let script = "process.exit(require('util').parseEnv ? 0 : 1)";
    let status = Command::new(&node).args(["-e", script]).status();
    if !status.is_ok_and(|status| status.success()) {
        peers::skip("node has no util.parseEnv");
        return None;
    }
    Some(node)
}

/// Files that `import` takes in one dialect, and what it says that they hold.
struct Sample {
    /// `0.env`, `1.env`, …
    place: TempDir,
    said: Vec<Values>,
}

impl Sample {
    fn of(dialect: Dialect) -> Self {
        let place = TempDir::new().expect("there is a place for temporary files");
        let mut said = Vec::new();
        for text in texts() {
            let survey = Survey::of(&text);
            let Ok(entries) = survey.in_dialect(dialect, &Selection::default()) else {
                continue;
            };
            fs::write(place.path().join(format!("{}.env", said.len())), &text)
                .expect("the directory is ours");
            let value = |entry: &vault::import::dotenv::Entry| {
                (entry.key.clone(), entry.value.expose_secret().to_owned())
            };
            said.push(entries.iter().map(value).collect());
        }
        assert!(
            said.len() >= TAKEN,
            "{dialect} takes {} of {FILES}",
            said.len()
        );
        Sample { place, said }
    }

    fn text(&self, at: usize) -> String {
        let text = fs::read_to_string(self.place.path().join(format!("{at}.env")));
        format!("{:?}", text.expect("it was written"))
    }

    /// Runs a reader in the folder of the files; it prints a JSON object for each.
    fn objects(&self, command: &mut Command) -> Vec<Values> {
        let output = command
            .arg(self.said.len().to_string())
            .env_clear()
            .current_dir(self.place.path())
            .stdin(Stdio::null())
            .output()
            .expect("it was there");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        let text = String::from_utf8(output.stdout).expect("JSON is text");
        let parse = |line| serde_json::from_str(line).expect("an object of texts");
        text.lines().map(parse).collect()
    }

    fn compare(&self, read: Vec<Values>) {
        assert_eq!(read.len(), self.said.len());
        for (at, (read, said)) in read.iter().zip(&self.said).enumerate() {
            assert_eq!(read, said, "{}", self.text(at));
        }
    }
}

/// The same ones in every run.
fn texts() -> Vec<String> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let files = proptest::collection::vec((0_usize..5, value(), 0_usize..12), 1..4);
    let ends = ["\n", "\n", "", "\r\n"];
    let mut next = || {
        let mut tree = || {
            files
                .new_tree(&mut runner)
                .expect("nothing is filtered")
                .current()
        };
        let lines = tree();
        let end = ends[lines.len() * lines[0].2 % ends.len()];
        let lines = lines.iter().enumerate();
        lines
            .map(|(at, parts)| line(at, parts) + end)
            .collect::<String>()
    };
    (0..FILES).map(|_| next()).collect()
}

fn line(at: usize, (before, value, behind): &(usize, String, usize)) -> String {
    let before = ["", "", "export ", "# a comment\n", "\n"][*before];
    let behind = [
        "", "", "", "", "", "", " # c", "  ", " #", "\t# c", " x", "#c",
    ][*behind];
    format!("{before}K{at}={value}{behind}")
}

/// What stands behind `KEY=`, in every kind of quotes, and mostly of characters that some reader takes for its own.
fn value() -> impl Strategy<Value = String> {
    let live = "[ \t\n#=$(){}\\[\\]<>|&;*?~!%^,:./@+`\\\\aAnrx01_é\u{a0}\u{2028}-]";
    let made = |pattern: &str| string_regex(pattern).expect("it is a regular expression");
    prop_oneof![
        3 => made("[abXY019_./@%+,:=-]{0,8}"),
        2 => made(&format!("'({live}|\"|\\\\'){{0,6}}'")),
        2 => made(&format!("\"({live}|'|\\\\\"|\\\\n|\\\\\\$){{0,6}}\"")),
        1 => made(&format!("({live}|'|\"){{0,6}}")),
        1 => made(r"(\$[aA1$]|\$\{A\}|\$\{A:-x\}|\$\(x\)|`x`|a b|a#b|a;b|~|:~|\\ |x){1,3}".replace("\\\\", "\\").as_str()),
    ]
}

#[test]
fn the_sample_is_the_same_in_every_run() {
    assert_eq!(texts(), texts());
}
