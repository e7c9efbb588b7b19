//! The unit of systemd in the guide to Compose: its line runs with its variables, and with no others.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

use super::{console, read};

/// What the deployment machine has, by the owner of the vault.
const BEFORE: &str = "
git init --quiet --initial-branch=main && git config user.name Alice && git config user.email a@example.com
vault init --name alice --env prod --yes
vault set prod DATABASE_URL=one && vault set prod API_TOKEN=one
git add --all && git commit --quiet --message 'our secrets'
";

struct Machine {
    world: TempDir,
    words: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Machine {
    fn new() -> Self {
        let page = read("docs/docker-compose.md");
        let unit = page.split_once("```ini\n").expect("a unit").1;
        let unit = unit.split("```").next().expect("its end");
        let lines = |key: &str| -> Vec<String> {
            let lines = unit.lines().filter_map(|line| line.strip_prefix(key));
            lines.map(str::to_owned).collect()
        };
        let mut machine = Machine {
            world: console::world(),
            words: Vec::new(),
            variables: Vec::new(),
        };
        machine.owner(BEFORE);
        let line = machine.here(&lines("ExecStart=")[0]);
        machine.words = line.split(' ').map(str::to_owned).collect();
        let variables = lines("Environment=").into_iter();
        let variables = variables.map(|line| {
            let (name, value) = line.split_once('=').expect("a variable");
            (name.to_owned(), machine.here(value))
        });
        machine.variables = variables.collect();
        machine
    }

    fn place(&self, name: &str) -> PathBuf {
        self.world.path().join(name)
    }

    /// The places of the guide are in the world of the test, and the files are for whoever runs it.
    fn here(&self, text: &str) -> String {
        let own = fs::metadata(self.world.path()).expect("a folder");
        let owner = {
            use std::os::unix::fs::MetadataExt;
            format!("{}:{}", own.uid(), own.gid())
        };
        let place = |name: &str| self.place(name).display().to_string();
        text.replace("/usr/local/bin/vault", env!("CARGO_BIN_EXE_vault"))
            .replace(
                "/etc/vault/identity.txt",
                &place("home/.config/vault/identity.txt"),
            )
            .replace("/srv/app", &place("work"))
            .replace("/run/app", &place("run"))
            .replace("/root", &place("root"))
            .replace("65534:65534", &owner)
    }

    fn owner(&self, script: &str) {
        let path = self.place("script");
        fs::write(&path, format!("set -e\n{script}")).expect("a file of our own");
        let output = console::shell(self.world.path(), &path).output();
        let output = output.expect("a shell");
        assert!(output.status.success(), "{}", said(&output));
    }

    /// What systemd does at a start.
    fn start(&self, without: &str) -> Output {
        let (program, arguments) = self.words.split_first().expect("a program");
        let mut line = Command::new(program);
        line.args(arguments).current_dir("/").env_clear();
        let variables = self.variables.iter();
        line.envs(
            variables
                .filter(|(name, _)| name != without)
                .map(|(name, value)| (name, value)),
        );
        line.output().expect("the program")
    }

    fn secrets(&self) -> Vec<(String, String)> {
        let folder = fs::read_dir(self.place("run/secrets")).expect("the output");
        let paths = folder.map(|entry| entry.expect("a file").path());
        let mut files: Vec<(String, String)> = paths.map(|path| named(&path)).collect();
        files.sort();
        files
    }
}

fn named(path: &Path) -> (String, String) {
    let name = path.file_name().expect("a name").to_string_lossy();
    (name.into_owned(), fs::read_to_string(path).expect("text"))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn each_start_remembers_the_one_before() {
    let machine = Machine::new();
    let first = machine.start("");
    assert!(first.status.success(), "{}", said(&first));
    assert!(
        said(&first).contains("first use here: prod"),
        "{}",
        said(&first)
    );
    assert!(
        !said(&first).contains("cannot remember"),
        "{}",
        said(&first)
    );
    machine.owner("vault set prod API_TOKEN=two && vault unset prod DATABASE_URL");
    let second = machine.start("");
    assert!(second.status.success(), "{}", said(&second));
    assert!(!said(&second).contains("first use"), "{}", said(&second));
    assert_eq!(machine.secrets(), [pair("api_token", "two")]);
}

#[test]
fn without_a_home_nothing_is_remembered_and_the_words_say_so() {
    let machine = Machine::new();
    let first = machine.start("HOME");
    assert!(first.status.success(), "{}", said(&first));
    assert!(
        said(&first).contains("set HOME, or XDG_STATE_HOME, to a directory of yours"),
        "{}",
        said(&first)
    );
    machine.owner("vault set prod API_TOKEN=two");
    let second = machine.start("HOME");
    let words = said(&second);
    assert_eq!(second.status.code(), Some(2), "{words}");
    for line in [
        "vault:   vault remembers nothing that it wrote here: neither XDG_STATE_HOME nor HOME is an absolute path\n",
        "vault: hint: set HOME, or XDG_STATE_HOME, to a directory of yours\n",
    ] {
        assert!(words.contains(line), "{words}");
    }
}
