//! What the program needs for a long history: 10,000 commits, of which 1,000 change each of three environments with 200 keys.
//!
//! `cargo bench --bench history`. The repository is made first, which takes about as long as all the rest; `VAULT_BENCH_COMMITS` makes a shorter
//! one (a tenth of the commits changes the vault), to see that the cost is linear.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

use divan::Bencher;
use tempfile::TempDir;
use vault::{
    keys::{Identity, Member},
    members::Origin,
    sealed::{Expected, Opened, Sealed, Signer},
    secret::ExposeSecret,
    value::{EnvName, KeyPath, Name, Node, Scalar},
    yaml::Document,
};

const NOW: &str = "2026-01-01T00:00:00Z";
const REPOSITORY: &str = "00112233445566778899aabbccddeeff";
const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "prod"];
const KEYS: usize = 200;
const COMMITS: usize = 10_000;
/// One commit in so many changes the vault.
const EVERY: usize = 10;

fn main() {
    divan::main();
}

/// The first revision that has the vault.
const FIRST: &str = "first";

static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// A repository with its history, and an identity that opens all of it.
struct World {
    place: TempDir,
    identity: PathBuf,
}

impl World {
    fn new() -> Self {
        let place = tempfile::tempdir().expect("a temporary folder");
        let work = place.path().join("work");
        fs::create_dir_all(place.path().join("home")).expect("a folder");
        let identity = Identity::generate();
        let path = place.path().join("identity.txt");
        let text = identity.secret_text().expect("it was generated");
        fs::write(&path, format!("{}\n", text.expose_secret())).expect("a file");
        private(&path);
        git(
            place.path(),
            &["init", "--quiet", "--initial-branch=main", "work"],
            None,
        );
        let history = history(&identity);
        git(&work, &["fast-import", "--quiet"], Some(&history));
        git(&work, &["checkout", "--quiet", "--force", "main"], None);
        World {
            place,
            identity: path,
        }
    }

    /// Runs the program to its end, and counts the lines of its answer.
    fn vault(&self, line: &[&str]) -> usize {
        let output = Command::new(env!("CARGO_BIN_EXE_vault"))
            .args(line)
            .current_dir(self.place.path().join("work"))
            .env_clear()
            .env("HOME", self.place.path().join("home"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .expect("the program was built for this bench");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout.iter().filter(|byte| **byte == b'\n').count()
    }

    fn with_identity(&self, line: &[&str]) -> usize {
        let identity = self.identity.to_str().expect("text");
        self.vault(&[&["-i", identity], line].concat())
    }
}

fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("a mode");
}

fn git(folder: &Path, line: &[&str], input: Option<&[u8]>) {
    let mut git = Command::new("git")
        .args(line)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::piped())
        .spawn()
        .expect("git, which every developer's machine has");
    let mut stdin = git.stdin.take().expect("a pipe");
    stdin
        .write_all(input.unwrap_or_default())
        .expect("git reads");
    drop(stdin);
    assert!(
        git.wait().expect("a child of ours").success(),
        "git {line:?}"
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "a bench is no part of the program"
)]
fn commits() -> usize {
    let asked = std::env::var("VAULT_BENCH_COMMITS").ok();
    asked.map_or(COMMITS, |text| text.parse().expect("a number of commits"))
}

/// All commits, as `git fast-import` reads them.
fn history(identity: &Identity) -> Vec<u8> {
    let members = members(identity);
    let mut files = ENVIRONMENTS.map(|name| File::new(name, identity, &members));
    let mut out = Vec::new();
    for at in 0..commits() {
        let message = format!("commit {at}\n");
        let head = format!(
            "commit refs/heads/main\ncommitter Bench <bench@example.org> {} +0000\ndata {}\n{message}",
            1_767_225_600 + at,
            message.len()
        );
        out.extend_from_slice(head.as_bytes());
        if at == 0 {
            put(&mut out, ".vault.yaml", &config(&members));
        }
        match at % EVERY {
            0 => {
                for file in &mut files {
                    file.change(at);
                    put(&mut out, &format!("secrets/{}.yaml", file.name), &file.text);
                }
            }
            _ => put(&mut out, "README", &format!("{at}\n")),
        }
        if at == 0 {
            out.extend_from_slice(
                format!("reset refs/tags/{FIRST}\nfrom refs/heads/main\n\n").as_bytes(),
            );
        }
    }
    out
}

fn put(out: &mut Vec<u8>, path: &str, text: &str) {
    out.extend_from_slice(format!("M 100644 inline {path}\ndata {}\n", text.len()).as_bytes());
    out.extend_from_slice(text.as_bytes());
    out.push(b'\n');
}

fn members(identity: &Identity) -> BTreeMap<Name, Member> {
    let name = |text: &str| text.parse::<Name>().expect("a name");
    let others = ["bob", "carol"].map(|who| (name(who), Identity::generate().member()));
    let mut members = BTreeMap::from(others);
    members.insert(name("alice"), identity.member());
    members
}

fn config(members: &BTreeMap<Name, Member>) -> String {
    let lines = members
        .iter()
        .map(|(name, member)| format!("  {name}: {member}\n"));
    let lines: String = lines.collect();
    let environments =
        ENVIRONMENTS.map(|name| format!("  {name}: {{ recipients: [alice, bob, carol] }}\n"));
    format!(
        "version: 1\nrepository: {REPOSITORY}\nrecipients:\n{lines}environments:\n{}",
        environments.concat()
    )
}

/// An environment's file as it is at some commit.
struct File<'f> {
    name: &'static str,
    identity: &'f Identity,
    members: &'f BTreeMap<Name, Member>,
    text: String,
}

impl<'f> File<'f> {
    fn new(
        name: &'static str,
        identity: &'f Identity,
        members: &'f BTreeMap<Name, Member>,
    ) -> Self {
        let plain: String = (0..KEYS)
            .map(|at| format!("KEY_{at}: value {at} of a usual length, forty\n"))
            .collect();
        let origin = Origin {
            repository: REPOSITORY.to_owned(),
            environment: name.parse().expect("a name"),
            rule: vec![("unencrypted_regex".to_owned(), "^$".to_owned())],
            extends: Vec::new(),
        };
        let document = Document::parse(&plain).expect("valid");
        let opened = Opened::create_from(origin, members.clone(), &document, NOW).expect("a file");
        let mut file = File {
            name,
            identity,
            members,
            text: String::new(),
        };
        file.seal(opened);
        file
    }

    fn seal(&mut self, opened: Opened) {
        let signer = Signer::among(std::slice::from_ref(self.identity), self.members);
        let sealed = opened.seal(signer.as_ref(), NOW).expect("sealed");
        self.text = sealed.text().to_string();
    }

    /// Changes one value.
    fn change(&mut self, at: usize) {
        let environment: EnvName = self.name.parse().expect("a name");
        let verified = Sealed::parse(self.text.as_bytes())
            .expect("well-formed")
            .verify(&Expected {
                repository: REPOSITORY,
                environment: &environment,
                signed: true,
            })
            .expect("signed");
        let key = verified.data_key(std::slice::from_ref(self.identity));
        let key = key.expect("an entry").expect("a recipient");
        let mut opened = verified.open(key).expect("it opens");
        let path = KeyPath::key(&format!("KEY_{}", at / EVERY % KEYS));
        let value = Node::Scalar(Scalar::str(&format!("value of commit {at}")));
        opened.set(&path, &value).expect("set");
        self.seal(opened);
    }
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn log_without_a_key(bencher: Bencher<'_, '_>) {
    let world = &*WORLD;
    bencher.bench_local(|| world.vault(&["log", "prod", "--keyless"]));
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn log_with_an_identity(bencher: Bencher<'_, '_>) {
    let world = &*WORLD;
    bencher.bench_local(|| world.with_identity(&["log", "prod"]));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn diff_of_the_ends_without_a_key(bencher: Bencher<'_, '_>) {
    let world = &*WORLD;
    bencher.bench_local(|| world.vault(&["diff", FIRST, "HEAD", "--keyless"]));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn diff_of_the_ends_with_an_identity(bencher: Bencher<'_, '_>) {
    let world = &*WORLD;
    bencher.bench_local(|| world.with_identity(&["diff", FIRST, "HEAD"]));
}

/// From where a branch left, which git has to look for.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn diff_since_the_merge_base(bencher: Bencher<'_, '_>) {
    let world = &*WORLD;
    bencher.bench_local(|| world.vault(&["diff", "first...HEAD", "--keyless"]));
}

#[divan::bench(sample_count = 100, sample_size = 1)]
fn textconv_of_one_version(bencher: Bencher<'_, '_>) {
    let world = &*WORLD;
    bencher.bench_local(|| world.vault(&["git", "textconv", "secrets/prod.yaml"]));
}
