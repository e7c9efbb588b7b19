//! One run of a program in a sandbox, and what came of it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::ops::Deref;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use snapbox::assert::DEFAULT_ACTION_ENV;
use snapbox::report::Palette;

use super::{NOBODY, Sandbox, walk};
use crate::peers;

/// Far more than any command takes: what is not done by then hangs.
const LIMIT: Duration = Duration::from_secs(600);

/// What a run may print without being a leak.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Printing {
    /// No secret at all.
    Nothing,
    /// Secrets, if it succeeds.
    Secrets,
    /// Secrets in any case: they are the output of somebody else's program.
    Anything,
}

/// A run that is being prepared.
#[must_use = "a prepared run does nothing until it is run"]
pub(crate) struct Run<'sandbox> {
    sandbox: &'sandbox Sandbox,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: BTreeMap<OsString, OsString>,
    folder: PathBuf,
    stdin: Option<Vec<u8>>,
    stdout: Option<PathBuf>,
    nobody: bool,
    printing: Printing,
}

impl<'sandbox> Run<'sandbox> {
    pub(super) fn new<S: AsRef<OsStr>>(
        sandbox: &'sandbox Sandbox,
        program: &Path,
        arguments: impl IntoIterator<Item = S>,
    ) -> Self {
        Self {
            sandbox,
            program: program.to_owned(),
            arguments: arguments
                .into_iter()
                .map(|text| text.as_ref().to_owned())
                .collect(),
            environment: sandbox.environment.borrow().clone(),
            folder: sandbox.work(""),
            stdin: None,
            stdout: None,
            nobody: false,
            printing: Printing::Nothing,
        }
    }

    /// Adds arguments.
    pub(crate) fn and<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        let more = arguments.into_iter().map(|text| text.as_ref().to_owned());
        self.arguments.extend(more);
        self
    }

    /// Gives it a standard input; without this it is empty.
    pub(crate) fn stdin(mut self, content: impl AsRef<[u8]>) -> Self {
        self.stdin = Some(content.as_ref().to_owned());
        self
    }

    /// Sends its standard output to a file that exists or is made with mode 0644, as a shell's `>` does.
    pub(crate) fn stdout_to(mut self, path: impl AsRef<Path>) -> Self {
        self.stdout = Some(self.sandbox.work(path));
        self
    }

    /// Sets a variable for this run.
    pub(crate) fn variable(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .insert(name.as_ref().into(), value.as_ref().into());
        self
    }

    /// Removes a variable for this run.
    pub(crate) fn without(mut self, name: impl AsRef<OsStr>) -> Self {
        self.environment.remove(name.as_ref());
        self
    }

    /// Starts it in another folder, counted from the work tree.
    pub(crate) fn within(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = self.sandbox.work(folder);
        self
    }

    /// Runs it as the user nobody where the tests run as root, so that permissions count.
    ///
    /// The files should be nobody's as well: [`Sandbox::give_to_nobody`].
    pub(crate) fn by_nobody(mut self) -> Self {
        self.nobody = self.sandbox.is_root();
        self
    }

    /// Says that it prints secrets when it succeeds, because that is what it is for. When it fails it still must not.
    pub(crate) fn prints_secrets(mut self) -> Self {
        self.printing = Printing::Secrets;
        self
    }

    /// Says that what it prints is a child's output, whatever its exit code: `vault run dev -- failing-program`.
    pub(crate) fn child_prints_secrets(mut self) -> Self {
        self.printing = Printing::Anything;
        self
    }

    /// Runs it.
    ///
    /// # Panics
    ///
    /// When it cannot be started, hangs, or gives away a secret.
    pub(crate) fn run(mut self) -> Output {
        let mut child = self.start();
        let (status, stdout, stderr) = watch(&mut child, self.stdin.take(), &self.line());
        let output = Output {
            line: self.line(),
            root: self.sandbox.path(""),
            folder: self.folder.clone(),
            status,
            stdout: text(stdout),
            stderr: text(stderr),
        };
        self.search(&output);
        output
    }

    /// Runs it; see [`Output::succeeds`].
    pub(crate) fn succeeds(self) -> Checked {
        self.run().succeeds()
    }

    /// Runs it; see [`Output::succeeds_with`].
    pub(crate) fn succeeds_with(self, stdout: &str) -> Checked {
        self.run().succeeds_with(stdout)
    }

    /// Runs it; see [`Output::fails`].
    pub(crate) fn fails(self, code: i32) -> Checked {
        self.run().fails(code)
    }

    /// Runs it; see [`Output::fails_with`].
    pub(crate) fn fails_with(self, code: i32, stderr: &str) -> Checked {
        self.run().fails_with(code, stderr)
    }

    fn start(&self) -> Child {
        let words = self.words();
        let (program, arguments) = words.split_first().expect("at least the program");
        Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(&self.environment)
            .current_dir(&self.folder)
            .stdin(if self.stdin.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(self.stdout.as_deref().map_or_else(Stdio::piped, redirected))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start `{}`: {error}", self.line()))
    }

    /// The command line: without a controlling terminal, and as nobody where that is asked for.
    fn words(&self) -> Vec<OsString> {
        let mut words = Vec::new();
        // A session of its own: /dev/tty does not open, so nothing can ask the person who runs the tests.
        words.extend(peers::quietly("setsid").map(OsString::from));
        // What is started in the background, as `cargo test &` is by a script, ignores these, and so would every program below it.
        let resetting = peers::quietly("env").filter(|_| cfg!(target_os = "linux"));
        if let Some(env) = resetting {
            words.push(env.into());
            words.push("--default-signal=INT,QUIT".into());
        }
        if self.nobody {
            let setpriv = peers::quietly("setpriv").expect("setpriv, which is part of util-linux");
            words.push(setpriv.into());
            words.push(format!("--reuid={NOBODY}").into());
            words.push(format!("--regid={NOBODY}").into());
            words.push("--clear-groups".into());
        }
        words.push(self.reachable_program().into());
        words.extend(self.arguments.iter().cloned());
        words
    }

    /// Nobody may not be able to walk to the build folder: a copy inside the sandbox is.
    fn reachable_program(&self) -> PathBuf {
        if !self.nobody || self.program != Path::new(env!("CARGO_BIN_EXE_vault")) {
            return self.program.clone();
        }
        let copy = self.sandbox.path("vault");
        if !copy.exists() {
            // By another process: a child that another test starts meanwhile would inherit the file while it is written to, and
            // what is open for writing cannot be started.
            let done = Command::new("cp").arg(&self.program).arg(&copy).status();
            assert!(
                done.is_ok_and(|status| status.success()),
                "a copy of the program"
            );
        }
        copy
    }

    /// The command line as a person would type it.
    fn line(&self) -> String {
        let mut line = self
            .program
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        for argument in &self.arguments {
            let _ = write!(line, " {}", argument.to_string_lossy());
        }
        line
    }

    fn search(&self, output: &Output) {
        if self.printing == Printing::Anything
            || (self.printing == Printing::Secrets && output.status.success())
        {
            return;
        }
        let secrets = self.sandbox.secrets.borrow();
        for (name, stream) in [("output", &output.stdout), ("error output", &output.stderr)] {
            let found = if output.status.success() {
                secrets.found_in(stream)
            } else {
                secrets.found_in_refusal(stream)
            };
            // The line may name a secret as an argument, so only its first words are shown.
            let command: Vec<&str> = output.line.split(' ').take(2).collect();
            assert!(
                found.is_none(),
                "`{} …` ({}) shows {} in its {name}",
                command.join(" "),
                output.status,
                found.unwrap_or_default(),
            );
        }
    }
}

fn redirected(path: &Path) -> Stdio {
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .into()
}

/// Feeds a program, reads it to its end, and ends it when it hangs.
fn watch(child: &mut Child, stdin: Option<Vec<u8>>, line: &str) -> (ExitStatus, Vec<u8>, Vec<u8>) {
    if let (Some(content), Some(mut pipe)) = (stdin, child.stdin.take()) {
        // A program that does not read its input closes the pipe: no failure of ours.
        thread::spawn(move || pipe.write_all(&content));
    }
    let stdout = child.stdout.take().map(read_all);
    let stderr = child.stderr.take().map(read_all);
    let mut wait_for =
        |stream: Option<mpsc::Receiver<Vec<u8>>>| match stream.map(|it| it.recv_timeout(LIMIT)) {
            None => Vec::new(),
            Some(Ok(content)) => content,
            Some(Err(_)) => {
                let _ = child.kill();
                panic!(
                    "`{line}` hangs: it was not done after {} s",
                    LIMIT.as_secs()
                )
            }
        };
    let (stdout, stderr) = (wait_for(stdout), wait_for(stderr));
    (child.wait().expect("a child of ours"), stdout, stderr)
}

fn read_all(mut stream: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut content = Vec::new();
        let _ = stream.read_to_end(&mut content);
        let _ = sender.send(content);
    });
    receiver
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// What came of a run.
#[must_use = "a run whose outcome nobody looks at tests nothing"]
#[derive(Debug)]
pub(crate) struct Output {
    pub(super) line: String,
    pub(super) root: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) status: ExitStatus,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Output {
    /// What came of a program that the test itself has started; it is searched for secrets as any other.
    pub(crate) fn of(sandbox: &Sandbox, output: std::process::Output) -> Self {
        let run = sandbox.vault([""; 0]);
        let output = Self {
            line: run.line(),
            root: sandbox.path(""),
            folder: run.folder.clone(),
            status: output.status,
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        run.search(&output);
        output
    }

    /// The exit code, or 128 + n when signal n ended it, as a shell reports it.
    pub(crate) fn code(&self) -> i32 {
        let signal = || self.status.signal().map(|signal| 128 + signal);
        self.status
            .code()
            .or_else(signal)
            .expect("a code or a signal")
    }

    /// The standard output, as it was.
    pub(crate) fn stdout(&self) -> &str {
        &self.stdout
    }

    /// The error output, as it was.
    pub(crate) fn stderr(&self) -> &str {
        &self.stderr
    }

    /// Expects exit code 0.
    pub(crate) fn succeeds(self) -> Checked {
        self.expect(self.code() == 0, "it should succeed");
        Checked(self)
    }

    /// Expects exit code 0 and this whole standard output.
    ///
    /// In the text `[ROOT]` stands for the sandbox's place, `[TIME]` for a UTC time, `[..]` for any part of a line, and a line
    /// `...` for any lines.
    pub(crate) fn succeeds_with(self, stdout: &str) -> Checked {
        self.succeeds().prints(stdout)
    }

    /// Expects this exit code.
    pub(crate) fn fails(self, code: i32) -> Checked {
        self.expect(self.code() == code, &format!("it should fail with {code}"));
        Checked(self)
    }

    /// Expects this exit code, this whole error output and no standard output; placeholders as in [`Output::succeeds_with`].
    pub(crate) fn fails_with(self, code: i32, stderr: &str) -> Checked {
        let output = self.fails(code).says(stderr);
        output.expect(
            output.stdout.is_empty(),
            "a failure should print nothing to stdout",
        );
        output
    }

    fn compare(&self, stream: &str, actual: &str, expected: &str) {
        let actual = placeholders(actual, &self.root);
        let same = snapbox::Assert::new()
            .action_env(DEFAULT_ACTION_ENV)
            .palette(Palette::plain())
            // Or a backslash of ours would be taken for a separator of Windows.
            .normalize_paths(false)
            .try_eq(Some(&stream), actual.into(), expected.into());
        if let Err(difference) = same {
            panic!("{difference}\n{}", self.report());
        }
    }

    fn expect(&self, law: bool, what: &str) {
        assert!(law, "`{}`: {what}\n{}", self.line, self.report());
    }

    fn report(&self) -> String {
        let mut report = format!(
            "command: {}\nfolder:  {}\n",
            self.line,
            self.folder.display()
        );
        walk(&self.folder, &mut |path, metadata| {
            let _ = writeln!(
                report,
                "         {} ({} bytes)",
                path.display(),
                metadata.len()
            );
        });
        let _ = writeln!(report, "status:  {}", self.status);
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            let _ = writeln!(report, "--- {name}\n{stream}");
        }
        report
    }
}

/// An output whose exit code has been looked at.
#[derive(Debug)]
pub(crate) struct Checked(Output);

impl Checked {
    /// Expects this whole standard output; placeholders as in [`Output::succeeds_with`].
    pub(crate) fn prints(self, stdout: &str) -> Self {
        self.compare("output", &self.stdout, stdout);
        self
    }

    /// Expects this whole error output.
    pub(crate) fn says(self, stderr: &str) -> Self {
        self.compare("error output", &self.stderr, stderr);
        self
    }
}

impl Deref for Checked {
    type Target = Output;

    fn deref(&self) -> &Output {
        &self.0
    }
}

/// Replaces what differs from run to run.
fn placeholders(output: &str, root: &Path) -> String {
    let root = root.to_string_lossy();
    times(&output.replace(root.trim_end_matches('/'), "[ROOT]"))
}

/// Replaces `2026-11-24T13:05:22Z`, the form in which vault writes a time.
fn times(text: &str) -> String {
    const FORM: &[u8] = b"0000-00-00T00:00:00Z";
    let fits = |window: &[u8]| {
        window.iter().zip(FORM).all(|(letter, form)| match form {
            b'0' => letter.is_ascii_digit(),
            other => letter == other,
        })
    };
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.as_bytes().windows(FORM.len()).position(fits) {
        result.push_str(&rest[..at]);
        result.push_str("[TIME]");
        rest = &rest[at + FORM.len()..];
    }
    result + rest
}
