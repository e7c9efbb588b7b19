//! A person at a terminal: `expect` holds a pty, waits for a prompt and types.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::Path;

use super::{Output, Run, Sandbox};
use crate::peers;

/// Starts the program: two minutes for a prompt, far more than any takes; a terminal of a common size.
const BEGINNING: &str = "\
set timeout 120
set stty_init {rows 50 columns 200}
spawn -noecho {*}$argv
";

/// Waits for its end, and ends as it did; 128 + n for a signal, as a shell reports it.
const END: &str = "\
expect {
    eof {}
    timeout { exit 199 }
}
set result [wait]
set signals {SIGHUP 129 SIGINT 130 SIGQUIT 131 SIGKILL 137 SIGPIPE 141 SIGTERM 143}
if {[llength $result] > 4} { exit [dict get $signals [lindex $result 5]] }
exit [lindex $result 3]
";

/// The exit code of the script when a prompt does not come; no program under test uses it.
const NO_PROMPT: i32 = 199;

/// A dialogue with a program that is being prepared.
#[must_use = "a prepared dialogue does nothing until it is run"]
pub(crate) struct Terminal<'sandbox> {
    sandbox: &'sandbox Sandbox,
    expect: std::path::PathBuf,
    words: Vec<OsString>,
    script: String,
    prints_secrets: bool,
    variables: Vec<(OsString, OsString)>,
}

impl<'sandbox> Terminal<'sandbox> {
    pub(super) fn new<S: AsRef<OsStr>>(
        sandbox: &'sandbox Sandbox,
        arguments: impl IntoIterator<Item = S>,
    ) -> Option<Self> {
        let mut words = vec![OsString::from(env!("CARGO_BIN_EXE_vault"))];
        words.extend(arguments.into_iter().map(|text| text.as_ref().to_owned()));
        Some(Self {
            sandbox,
            expect: peers::program("expect")?,
            words,
            script: String::new(),
            prints_secrets: false,
            variables: vec![("TERM".into(), "xterm".into())],
        })
    }

    /// Runs another program on the terminal instead, with the arguments given so far.
    pub(crate) fn program(mut self, program: impl AsRef<Path>) -> Self {
        self.words[0] = program.as_ref().into();
        self
    }

    /// Sends the standard output to a file of the work tree; prompts still come to the terminal.
    pub(crate) fn stdout_to(mut self, path: impl AsRef<Path>) -> Self {
        let mut words: Vec<OsString> = vec![
            "sh".into(),
            "-c".into(),
            r#"out=$1; shift; exec "$@" >"$out""#.into(),
            "sh".into(),
        ];
        words.push(self.sandbox.work(path).into());
        words.append(&mut self.words);
        self.words = words;
        self
    }

    /// Sets a variable for this run.
    pub(crate) fn variable(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let (name, value) = (name.as_ref().to_owned(), value.as_ref().to_owned());
        self.variables.push((name, value));
        self
    }

    /// Waits until the program has written this.
    pub(crate) fn sees(mut self, text: &str) -> Self {
        let text = tcl(text);
        let _ = writeln!(
            self.script,
            "expect {{\n -ex {text} {{}}\n timeout {{ exit {NO_PROMPT} }}\n eof {{ exit {NO_PROMPT} }}\n}}"
        );
        self
    }

    /// Does something in between, in the words of `expect`.
    pub(crate) fn does(mut self, script: &str) -> Self {
        self.script.push_str(script);
        self
    }

    /// Types a line and presses Enter.
    pub(crate) fn types(self, line: &str) -> Self {
        self.presses(&format!("{line}\r"))
    }

    /// Presses keys: `"\u{3}"` is Ctrl-C, `"\u{4}"` Ctrl-D.
    pub(crate) fn presses(mut self, keys: &str) -> Self {
        let _ = writeln!(self.script, "send -- {}", tcl(keys));
        self
    }

    /// Says that it prints secrets when it succeeds, because that is what it is for.
    pub(crate) fn prints_secrets(mut self) -> Self {
        self.prints_secrets = true;
        self
    }

    /// Holds the dialogue; what the terminal showed is the output's `stdout`, with plain line ends.
    ///
    /// # Panics
    ///
    /// When a prompt does not come, or as [`Run::run`].
    pub(crate) fn run(self) -> Output {
        let script = format!("{BEGINNING}{}{END}", self.script);
        let script = self
            .sandbox
            .write(self.sandbox.path("dialogue.exp"), script);
        let mut words = vec![OsString::from("--"), script.into()];
        words.extend(self.words);
        // `-f` would look for a start-up file of the user, `-N` and `-n` forbid it.
        let run: Run<'_> = self.sandbox.program(
            self.expect,
            ["-N", "-n"].map(OsString::from).into_iter().chain(words),
        );
        let run = self
            .variables
            .iter()
            .fold(run, |run, (name, value)| run.variable(name, value));
        let run = if self.prints_secrets {
            run.prints_secrets()
        } else {
            run
        };
        let mut output = run.run();
        output.stdout = output.stdout.replace("\r\n", "\n");
        assert_ne!(
            output.code(),
            NO_PROMPT,
            "a prompt did not come; the terminal showed:\n{}",
            output.stdout
        );
        output
    }
}

/// Writes a text so that Tcl reads exactly it, whatever it holds.
fn tcl(text: &str) -> String {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("[encoding convertfrom utf-8 [binary decode hex {hex}]]")
}
