//! The `.env` files that vault writes, given to the programs that read them.
//!
//! Every nasty value of `fixtures/nasty-values.json` that has a form, 500 random ones, and some that would leave a file
//! behind if a shell ran them: each must come back byte for byte. A program that is not here is skipped with a line that
//! says so, or fails the test where `VAULT_TEST_PEERS=required`.

#![allow(clippy::print_stderr, reason = "a test says what it skipped")]

mod peers;

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use vault::{
    render::{Dotenv, Reader, dotenv},
    secret::ExposeSecret,
    value::{Node, Scalar},
};

/// Values made up in addition to the ones picked by hand.
const RANDOM_VALUES: usize = 500;

#[test]
fn bash_reads_back_every_value() {
    shell_reads_back_every_value(&["bash", "--norc"]);
}

#[test]
fn dash_reads_back_every_value() {
    shell_reads_back_every_value(&["dash"]);
}

#[test]
fn busybox_reads_back_every_value() {
    shell_reads_back_every_value(&["busybox", "ash"]);
}

#[test]
fn mksh_reads_back_every_value() {
    shell_reads_back_every_value(&["mksh"]);
}

#[test]
fn zsh_reads_back_every_value() {
    shell_reads_back_every_value(&["zsh", "-f"]);
}

#[test]
fn node_reads_back_every_value() {
    let script = "const all = +process.argv[1]; let text = '';
        for (let at = 0; at < all; at++) text += process.env['K' + at] + '\\0';
        process.stdout.write(text);";
    let Some(version) = run(Command::new("node").arg("--version")) else {
        return skip("node");
    };
    if !String::from_utf8_lossy(&version.stdout)
        .trim_start_matches('v')
        .split('.')
        .next()
        .is_some_and(is_20_or_later)
    {
        return skip("node 20 or later");
    }
    let sample = Sample::new();
    let count = sample.values.len().to_string();
    let mut node = Command::new("node");
    node.current_dir(sample.place.path())
        .args(["--env-file=.env", "-e", script, &count]);
    sample.must_equal(&run(&mut node).expect("node was there"), |_| true);
}

#[test]
fn python_dotenv_reads_back_every_value() {
    let sample = Sample::new();
    let Some(output) = python_dotenv(&sample, "False") else {
        return skip("python3 with python-dotenv");
    };
    sample.must_equal(&output, |_| true);
}

#[test]
fn python_dotenv_by_default_misreads_only_values_that_are_warned_about() {
    let sample = Sample::new();
    let Some(output) = python_dotenv(&sample, "True") else {
        return skip("python3 with python-dotenv");
    };
    let misread = |wrong: &vault::render::Misreading| wrong.reader == Reader::PythonDotenv;
    let warned = &sample
        .file
        .misreadings
        .iter()
        .find(|wrong| misread(wrong))
        .expect("some hold `${`")
        .names;
    sample.must_equal(&output, |name| !warned.iter().any(|warned| warned == name));
}

fn is_20_or_later(major: &str) -> bool {
    major.parse::<u32>().is_ok_and(|major| major >= 20)
}

fn python_dotenv(sample: &Sample, interpolate: &str) -> Option<Output> {
    let script = format!(
        "import sys, dotenv\n\
         read = dotenv.dotenv_values('.env', interpolate={interpolate})\n\
         sys.stdout.buffer.write(b''.join(value.encode() + b'\\0' for value in read.values()))"
    );
    let python = peers::python()?;
    run(Command::new(&python).args(["-c", "import dotenv.main"]))
        .filter(|output| output.status.success())?;
    run(Command::new(&python)
        .current_dir(sample.place.path())
        .args(["-c", &script]))
}

fn shell_reads_back_every_value(shell: &[&str]) {
    let sample = Sample::new();
    let names: String = (0..sample.values.len())
        .map(|at| format!(" \"$K{at}\""))
        .collect();
    let script = format!("set -a; . ./.env; set +a; printf '%s\\0'{names}");
    fs::write(sample.place.path().join("read.sh"), script).expect("the directory is ours");
    let mut command = Command::new(shell[0]);
    command
        .args(&shell[1..])
        .arg("read.sh")
        .current_dir(sample.place.path());
    // Names are set by the file alone, and `$HOME` and the like have nothing to expand to.
    let Some(output) = run(command.env_remove("ENV").env_remove("BASH_ENV")) else {
        return skip(shell[0]);
    };
    sample.must_equal(&output, |_| true);
    let left = fs::read_dir(sample.place.path())
        .expect("the directory is ours")
        .count();
    assert_eq!(left, 2, "{shell:?} ran a value");
}

/// `None` if there is no such program.
fn run(command: &mut Command) -> Option<Output> {
    command.stdin(Stdio::null()).output().ok()
}

#[allow(clippy::disallowed_methods, reason = "a test has no `Context`")]
fn skip(program: &str) {
    let is_required = std::env::var("VAULT_TEST_PEERS").is_ok_and(|peers| peers == "required");
    assert!(
        !is_required,
        "VAULT_TEST_PEERS=required, but there is no {program}"
    );
    eprintln!("skipped: there is no {program}");
}

/// A directory with a `.env`, and the values that it holds as `K0`, `K1`, ….
struct Sample {
    place: tempfile::TempDir,
    values: Vec<String>,
    file: Dotenv,
}

impl Sample {
    fn new() -> Self {
        let mut values = nasty_values();
        assert_eq!(values.len(), 94);
        values.extend(
            [
                "$(touch ran)",
                "`touch ran`",
                "; touch ran",
                "\ntouch ran\n",
                "' touch ran",
            ]
            .map(str::to_owned),
        );
        values.extend(random_values());
        let named = values
            .iter()
            .enumerate()
            .map(|(at, value)| (format!("K{at}"), scalar(value)));
        let file = dotenv(&Node::Map(named.collect()), "_").expect("each has a form");
        let place = tempfile::tempdir().expect("there is a place for temporary files");
        write(place.path(), &file);
        Sample {
            place,
            values,
            file,
        }
    }

    fn must_equal(&self, output: &Output, is_compared: impl Fn(&str) -> bool) {
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        let read: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
        assert_eq!(read.len(), self.values.len() + 1, "{errors}");
        for (at, value) in self.values.iter().enumerate() {
            let same = read[at] == value.as_bytes() || !is_compared(&format!("K{at}"));
            assert!(
                same,
                "{value:?} was read as {:?}",
                String::from_utf8_lossy(read[at])
            );
        }
    }
}

fn write(place: &Path, file: &Dotenv) {
    fs::write(place.join(".env"), file.text.expose_secret()).expect("the directory is ours");
}

fn scalar(value: &str) -> Node {
    Node::Scalar(Scalar::str(value))
}

fn has_form(value: &str) -> bool {
    dotenv(
        &Node::Map([("K".to_owned(), scalar(value))].into_iter().collect()),
        "_",
    )
    .is_ok()
}

/// Those that have a form; the one that is not UTF-8 has no `utf8` at all.
fn nasty_values() -> Vec<String> {
    let text = include_str!("../fixtures/nasty-values.json");
    let entries: Vec<serde_json::Value> = serde_json::from_str(text).expect("the fixture is JSON");
    let values = entries.iter().filter_map(|entry| entry["utf8"].as_str());
    values
        .filter(|value| has_form(value))
        .map(str::to_owned)
        .collect()
}

/// The same ones in every run, mostly of characters that some reader takes for its own.
fn random_values() -> Vec<String> {
    let live = "[ \t\n#=$(){}\\[\\]<>|&;*?~!%^,:./@+'\"`\\\\aAnrx01_-]{1,16}";
    let any = prop_oneof![4 => live, 1 => "[^\0\r]{1,12}", 1 => "(KEY|A|export A)=[ -~\n]{0,9}"];
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut next = || {
        any.new_tree(&mut runner)
            .expect("nothing is filtered")
            .current()
    };
    std::iter::repeat_with(&mut next)
        .filter(|value| has_form(value))
        .take(RANDOM_VALUES)
        .collect()
}
