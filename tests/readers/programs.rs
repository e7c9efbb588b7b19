//! The readers: how each is run, once for all values of a sample.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use vault::render::Reader;

use crate::{
    peers,
    sample::{Sample, alone},
};

/// What a reader made of each value.
pub(crate) type Read = Vec<Vec<u8>>;

/// A program that reads `.env` files.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// Under which name vault warns about it.
    pub(crate) warned: Option<Reader>,
    pub(crate) version: fn() -> String,
    /// `None` if it is not here.
    pub(crate) read: fn(&Sample) -> Option<Read>,
}

const fn right(
    name: &'static str,
    version: fn() -> String,
    read: fn(&Sample) -> Option<Read>,
) -> Program {
    Program {
        name,
        warned: None,
        version,
        read,
    }
}

/// All of them.
pub(crate) static PROGRAMS: [Program; 16] = [
    right(
        "bash",
        || debian("bash"),
        |sample| shell(sample, &["bash", "--norc"]),
    ),
    right(
        "busybox",
        || debian("busybox"),
        |sample| shell(sample, &["busybox", "ash"]),
    ),
    right("dash", || debian("dash"), |sample| shell(sample, &["dash"])),
    right("mksh", || debian("mksh"), |sample| shell(sample, &["mksh"])),
    right(
        "zsh",
        || debian("zsh"),
        |sample| shell(sample, &["zsh", "-f"]),
    ),
    right(
        "node --env-file",
        || said(Command::new("node").arg("--version")),
        node,
    ),
    right(
        "npm dotenv 16",
        || npm_version("dotenv-16"),
        |sample| npm(sample, "dotenv-16"),
    ),
    right(
        "npm dotenv 18",
        || npm_version("dotenv-18"),
        |sample| npm(sample, "dotenv-18"),
    ),
    right(
        "python-dotenv, interpolate=False",
        || pip_version("python-dotenv"),
        |sample| python_dotenv(sample, "False"),
    ),
    Program {
        name: "python-dotenv",
        warned: Some(Reader::PythonDotenv),
        version: || pip_version("python-dotenv"),
        read: |sample| python_dotenv(sample, "True"),
    },
    Program {
        name: "pydantic-settings",
        warned: Some(Reader::PythonDotenv),
        version: || pip_version("pydantic-settings"),
        read: pydantic_settings,
    },
    Program {
        name: "django-environ",
        warned: Some(Reader::DjangoEnviron),
        version: || pip_version("django-environ"),
        read: django_environ,
    },
    right(
        "compose-go",
        || go_version("github.com/compose-spec/compose-go/v2"),
        |sample| go(sample, "compose"),
    ),
    right(
        "godotenv",
        || go_version("github.com/joho/godotenv"),
        |sample| go(sample, "godotenv"),
    ),
    Program {
        name: "docker/cli",
        warned: Some(Reader::RawLines),
        version: || go_version("github.com/docker/cli"),
        read: docker,
    },
    right("systemd", systemd_version, systemd),
];

fn shell(sample: &Sample, shell: &[&str]) -> Option<Read> {
    let count = sample.values.len();
    let names: String = (0..count).map(|at| format!(" \"$K{at}\"")).collect();
    let script = format!("set -a; . ./.env; set +a; printf '%s\\0'{names}");
    fs::write(sample.folder().join("read.sh"), script).expect("ours");
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg("read.sh");
    // Names are set by the file alone, and `$HOME` and the like have nothing to expand to.
    let read = read(sample, command.env_remove("ENV").env_remove("BASH_ENV"));
    fs::remove_file(sample.folder().join("read.sh")).expect("ours");
    let left = fs::read_dir(sample.folder()).expect("ours").count();
    assert_eq!(left, 1, "{shell:?} ran a value");
    read
}

fn node(sample: &Sample) -> Option<Read> {
    let script = "const all = +process.argv[1]; let text = '';
        for (let at = 0; at < all; at++) text += process.env['K' + at] + '\\0';
        process.stdout.write(text);";
    // Older ones have no `--env-file`.
    let major = version(&said(Command::new("node").arg("--version")));
    let is_new = major
        .split('.')
        .next()?
        .parse::<u32>()
        .is_ok_and(|major| major >= 20);
    let mut command = Command::new("node");
    command.args(["--env-file=.env", "-e", script]);
    is_new.then(|| read(sample, command.arg(count(sample))))?
}

fn npm(sample: &Sample, package: &str) -> Option<Read> {
    let script = "const read = require(process.argv[1]).parse(require('fs').readFileSync('.env'));
        const all = +process.argv[2]; let text = '';
        for (let at = 0; at < all; at++) text += read['K' + at] + '\\0';
        if (Object.keys(read).length !== all) process.exit(1);
        process.stdout.write(text);";
    let package = npm_package(package)?;
    let mut command = Command::new("node");
    command.args(["-e", script]).arg(package);
    read(sample, command.arg(count(sample)))
}

fn npm_package(package: &str) -> Option<PathBuf> {
    peers::reader(&format!("node/node_modules/{package}"))
}

fn python_dotenv(sample: &Sample, interpolate: &str) -> Option<Read> {
    let script = format!(
        "import sys, dotenv
read = dotenv.dotenv_values('.env', interpolate={interpolate})
sys.stdout.buffer.write(b''.join(value.encode() + b'\\0' for value in read.values()))"
    );
    python(sample, "dotenv.main", &script)
}

fn pydantic_settings(sample: &Sample) -> Option<Read> {
    let script = "import sys, pydantic, pydantic_settings
class Base(pydantic_settings.BaseSettings):
    model_config = pydantic_settings.SettingsConfigDict(env_file='.env', case_sensitive=True, extra='forbid')
names = ['K%d' % at for at in range(int(sys.argv[1]))]
read = pydantic.create_model('Settings', __base__=Base, **{name: (str, ...) for name in names})()
sys.stdout.buffer.write(b''.join(getattr(read, name).encode() + b'\\0' for name in names))";
    python(sample, "pydantic_settings", script)
}

/// It sets variables; one that it loses is none.
fn django_environ(sample: &Sample) -> Option<Read> {
    let script = "import environ, logging, os, sys
logging.disable(logging.CRITICAL)
environ.Env.read_env('.env')
names = ['K%d' % at for at in range(int(sys.argv[1]))]
sys.stdout.buffer.write(b''.join(os.environb.get(name.encode(), b'\\xffmissing') + b'\\0' for name in names))";
    python(sample, "environ", script)
}

/// What `EnvironmentFile=` of a unit does, by systemd's own code.
fn systemd(sample: &Sample) -> Option<Read> {
    let script = "import ctypes, os, sys
systemd = ctypes.CDLL(sys.argv[2])
lines = ctypes.POINTER(ctypes.c_char_p)()
code = systemd.load_env_file(None, os.path.abspath('.env').encode(), ctypes.byref(lines))
assert code >= 0, code
read, at = {}, 0
while lines[at]:
    assert systemd.env_assignment_is_valid(lines[at])
    name, value = lines[at].split(b'=', 1)
    read[name] = value
    at += 1
assert at == int(sys.argv[1]), at
sys.stdout.buffer.write(b''.join(read[b'K%d' % at] + b'\\0' for at in range(len(read))))";
    let library = systemd_library()?;
    let mut command = Command::new(peers::python()?);
    read(
        sample,
        command.args(["-c", script]).arg(count(sample)).arg(library),
    )
}

fn systemd_library() -> Option<PathBuf> {
    let machine = std::env::consts::ARCH;
    let folders = [
        format!("/usr/lib/{machine}-linux-gnu/systemd"),
        "/usr/lib/systemd".to_owned(),
    ];
    let files = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .flatten();
    let mut paths = files.map(|file| file.path());
    paths.find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libsystemd-shared-") && name.ends_with(".so")
    })
}

fn systemd_version() -> String {
    let library = systemd_library().unwrap_or_default();
    version(&library.file_name().unwrap_or_default().to_string_lossy())
}

fn go(sample: &Sample, reader: &str) -> Option<Read> {
    let mut command = Command::new(peers::reader("readers")?);
    read(
        sample,
        command.args(["all", reader, ".env"]).arg(count(sample)),
    )
}

/// Each value in a file of its own: one that is wrong would take others with it.
fn docker(sample: &Sample) -> Option<Read> {
    let files = tempfile::tempdir().expect("there is a place for temporary files");
    for (at, value) in sample.values.iter().enumerate() {
        let line = alone(value).expect("it is taken");
        let text = format!("BEFORE=1\n{line}AFTER=2\n");
        fs::write(files.path().join(at.to_string()), text).expect("ours");
    }
    let mut command = Command::new(peers::reader("readers")?);
    read(
        sample,
        command
            .args(["each", "docker"])
            .arg(files.path())
            .arg(count(sample)),
    )
}

fn count(sample: &Sample) -> String {
    sample.values.len().to_string()
}

fn python(sample: &Sample, module: &str, script: &str) -> Option<Read> {
    let python = peers::python()?;
    let import = format!("import {module}");
    let has_it = Command::new(&python)
        .args(["-c", &import])
        .stderr(Stdio::null())
        .status();
    if !has_it.is_ok_and(|status| status.success()) {
        return None;
    }
    read(
        sample,
        Command::new(&python)
            .args(["-c", script])
            .arg(count(sample)),
    )
}

/// Runs a reader beside the `.env`; it prints a NUL after every value.
fn read(sample: &Sample, command: &mut Command) -> Option<Read> {
    let output = command
        .current_dir(sample.folder())
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    let mut read: Read = output
        .stdout
        .split(|byte| *byte == 0)
        .map(<[u8]>::to_vec)
        .collect();
    assert_eq!(read.pop(), Some(Vec::new()), "{errors}");
    assert_eq!(read.len(), sample.values.len(), "{errors}");
    Some(read)
}

// versions

fn debian(package: &str) -> String {
    said(Command::new("dpkg-query").args(["-W", "-f", "${Version}", package]))
}

fn npm_version(package: &str) -> String {
    let manifest = npm_package(package)
        .unwrap_or_default()
        .join("package.json");
    let text = fs::read_to_string(manifest).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    manifest["version"].as_str().unwrap_or("?").to_owned()
}

fn pip_version(package: &str) -> String {
    let script =
        format!("import importlib.metadata; print(importlib.metadata.version('{package}'))");
    let python = peers::python().unwrap_or_default();
    said(Command::new(python).args(["-c", &script]))
}

fn go_version(module: &str) -> String {
    let program = peers::reader("readers").unwrap_or_default();
    said(Command::new(program).args(["version", module]))
}

fn said(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    version(&String::from_utf8_lossy(&text))
}

/// The first digits and dots of a text.
fn version(text: &str) -> String {
    let start = text
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(text.len());
    let rest = &text[start..];
    // An epoch of Debian is no part of it.
    let rest = rest.split_once(':').map_or(rest, |(_, rest)| rest);
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let version = rest.split(|c| !is_part(c)).next().unwrap_or_default();
    version.trim_end_matches('.').to_owned()
}

#[test]
fn versions_are_found_in_what_programs_say() {
    for (text, expected) in [
        ("v20.20.2\n", "20.20.2"),
        ("1:1.35.0-4+b7", "1.35.0"),
        ("libsystemd-shared-252.so", "252"),
        ("5.2.15-2+b13", "5.2.15"),
        ("", ""),
    ] {
        assert_eq!(version(text), expected);
    }
}
