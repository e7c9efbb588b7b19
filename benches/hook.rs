//! What a commit pays for being checked: `vault git pre-commit` as a process, by number of staged files and of known values, with an identity and
//! without; and the search alone.
//!
//! `cargo bench --bench hook`. A file has about 4 KB; the index of each case is another one in the same repository.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use divan::{Bencher, black_box, counter::BytesCount};
use tempfile::TempDir;
use vault::{leak::Search, secret::ExposeSecret, value::Scalar};

#[expect(dead_code, reason = "other benches open and verify it themselves")]
mod sample;

use sample::{REPOSITORY, Sample};

/// Files that are staged: none of interest, one, many.
const STAGED: [usize; 4] = [0, 1, 1_000, 4_000];
/// Values that are known.
const KEYS: [usize; 2] = [30, 3_000];

fn main() {
    divan::main();
}

static FEW: LazyLock<World> = LazyLock::new(|| World::new(KEYS[0]));
static MANY: LazyLock<World> = LazyLock::new(|| World::new(KEYS[1]));

/// A repository with a vault, everything committed.
struct World {
    place: TempDir,
    identity: PathBuf,
}

impl World {
    fn new(keys: usize) -> Self {
        let place = tempfile::tempdir().expect("a temporary folder");
        let sample = Sample::new(keys, 3);
        let work = place.path().join("work");
        fs::create_dir_all(place.path().join("home")).expect("a folder");
        fs::create_dir_all(work.join("secrets")).expect("a folder");
        fs::write(work.join(".vault.yaml"), config(&sample)).expect("a file");
        fs::write(work.join("secrets/dev.yaml"), &sample.bytes).expect("a file");
        let identity = place.path().join("identity.txt");
        let text = sample.identity.secret_text().expect("it was generated");
        fs::write(&identity, format!("{}\n", text.expose_secret())).expect("a file");
        private(&identity);
        let world = World { place, identity };
        let index = world.work().join(".git/index");
        world.git(&["init", "--quiet"], &index);
        world.git(&["add", "--all"], &index);
        world.git(&["commit", "--quiet", "--message", "start"], &index);
        for count in STAGED {
            world.stage(count);
        }
        world
    }

    fn work(&self) -> PathBuf {
        self.place.path().join("work")
    }

    fn index(&self, count: usize) -> PathBuf {
        self.place.path().join(format!("index-{count}"))
    }

    /// An index with so many new files.
    fn stage(&self, count: usize) {
        fs::copy(self.work().join(".git/index"), self.index(count)).expect("an index");
        let folder = self.work().join(format!("new-{count}"));
        fs::create_dir(&folder).expect("a new folder");
        for at in 0..count {
            fs::write(folder.join(format!("{at}.rs")), source(at)).expect("a file");
        }
        if count > 0 {
            let folder = folder.to_str().expect("text");
            self.git(&["add", folder], &self.index(count));
        }
    }

    fn git(&self, line: &[&str], index: &Path) {
        let git = Command::new("git")
            .args([
                "-c",
                "user.name=Bench",
                "-c",
                "user.email=bench@example.org",
            ])
            .args(line)
            .current_dir(self.work())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_INDEX_FILE", index)
            .status();
        let status = git.expect("git, which every developer's machine has");
        assert!(status.success(), "git {line:?}");
    }

    /// Checks an index as git's hook does.
    fn check(&self, count: usize, is_keyless: bool) {
        let mut vault = Command::new(env!("CARGO_BIN_EXE_vault"));
        match is_keyless {
            true => vault.args(["git", "pre-commit", "--keyless"]),
            false => vault
                .arg("-i")
                .arg(&self.identity)
                .args(["git", "pre-commit"]),
        };
        let output = vault
            .current_dir(self.work())
            .env_clear()
            .env("HOME", self.place.path().join("home"))
            .env("GIT_INDEX_FILE", self.index(count))
            .output()
            .expect("the program was built for this bench");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert_eq!(said.is_empty(), !is_keyless || count == 0, "{said}");
    }
}

fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("a mode");
}

fn config(sample: &Sample) -> String {
    let lines = sample.members.iter();
    let lines: String = lines
        .map(|(name, member)| format!("  {name}: {member}\n"))
        .collect();
    let names: Vec<&str> = sample.members.keys().map(|name| name.as_str()).collect();
    format!(
        "version: 1\nrepository: {REPOSITORY}\nrecipients:\n{lines}environments:\n  dev: {{ recipients: [{}] }}\n",
        names.join(", ")
    )
}

/// About 4 KB that look like a program.
fn source(at: usize) -> String {
    let line = |number: usize| {
        format!("    let value_{number} = other({at}, \"https://example.org/{number}\");\n")
    };
    (0..64).map(line).collect()
}

#[divan::bench(args = STAGED)]
fn without_a_key(bencher: Bencher<'_, '_>, staged: usize) {
    let world = &*FEW;
    bencher.bench_local(|| world.check(staged, true));
}

#[divan::bench(args = STAGED)]
fn with_30_values(bencher: Bencher<'_, '_>, staged: usize) {
    let world = &*FEW;
    bencher.bench_local(|| world.check(staged, false));
}

#[divan::bench(args = STAGED)]
fn with_3000_values(bencher: Bencher<'_, '_>, staged: usize) {
    let world = &*MANY;
    bencher.bench_local(|| world.check(staged, false));
}

/// What the others cannot be faster than.
#[divan::bench]
fn start_of_the_process(bencher: Bencher<'_, '_>) {
    let version = || {
        Command::new(env!("CARGO_BIN_EXE_vault"))
            .arg("--version")
            .output()
    };
    bencher.bench_local(|| version().expect("the program was built for this bench"));
}

fn values(count: usize) -> Vec<Scalar> {
    let value = |at: usize| Scalar::str(&format!("s3cret-{at}-of-a-usual-length-forty-by{at}"));
    (0..count).map(value).collect()
}

#[divan::bench(args = [0, 30, 3_000])]
fn search_is_made(bencher: Bencher<'_, '_>, count: usize) {
    let values = values(count);
    bencher.bench_local(|| Search::of(black_box(&values)).expect("few enough"));
}

#[divan::bench(args = [0, 30, 3_000])]
fn search_through_4_mb(bencher: Bencher<'_, '_>, count: usize) {
    let search = Search::of(&values(count)).expect("few enough");
    let text: String = (0..1_000).map(source).collect();
    let bencher = bencher.counter(BytesCount::of_str(&text));
    bencher.bench_local(|| search.all(black_box(text.as_bytes())));
}
