//! `vault man`: the manual pages.

use std::{fs, io, path::Path, path::PathBuf};

use clap::{Args, Command};
use roff::{Roff, bold, roman};
use vault::vault::{Content, Replacement};

use super::words;
use crate::{
    context::Context,
    failure::{Exit, Failure},
};

/// Beginning of the examples in a help text.
const EXAMPLES: &str = "Examples:\n";

/// What ends the program with which code.
const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "Done."),
    (
        "1",
        "The answer is no: check found something, or somebody else changed the same key meanwhile.",
    ),
    (
        "2",
        "It failed or was asked wrongly; no identity fits; an output cannot carry a value.",
    ),
    (
        "3",
        "Integrity or trust: a file is not what a writer signed, or not for this place.",
    ),
    (
        "125, 126, 127",
        "run itself failed; the program cannot be started; it is not there. Otherwise run ends as the program does.",
    ),
    ("128 + n", "Ended by signal n."),
];

/// Variables that are read.
const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "VAULT_IDENTITY, VAULT_IDENTITY_FILE, VAULT_IDENTITY_CMD",
        "An identity, a file that holds some, a command that prints some.",
    ),
    (
        "SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, SOPS_AGE_KEY_CMD, SOPS_AGE_SSH_PRIVATE_KEY_FILE",
        "The same, as sops reads them.",
    ),
    (
        "XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_RUNTIME_DIR",
        "Where identities, what this machine remembers, and locks lie.",
    ),
    (
        "NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM",
        "Whether messages have colours on a terminal.",
    ),
    (
        "CI",
        "Not empty, false or 0: run masks the output of the program.",
    ),
];

/// Files that are read.
const FILES: &[(&str, &str)] = &[
    (
        ".vault.yaml",
        "Who can read and write what; found by walking up from the current directory.",
    ),
    (
        "secrets/NAME.yaml",
        "An environment, unless .vault.yaml says otherwise.",
    ),
    ("~/.config/vault/identity.txt", "Your identity."),
    (
        "~/.config/sops/age/keys.txt, ~/.ssh/id_ed25519",
        "Identities, too.",
    ),
];

/// Print the manual pages
///
/// Without a command the page is that of vault itself. With --output every page is written into a directory, in the form and under the names that
/// man reads: vault.1, vault-get.1 and so on.
#[derive(Args, Debug)]
pub(crate) struct Man {
    /// The command, in one word or more
    command: Vec<String>,
    /// Write all pages into DIR, which is made if it is not there
    #[arg(long, value_name = "DIR", value_parser = words::path(), value_hint = clap::ValueHint::DirPath, conflicts_with = "command")]
    output: Option<PathBuf>,
}

impl Man {
    /// Prints or writes.
    pub(crate) fn run(&self, context: &Context, whole: fn() -> Command) -> Result<Exit, Failure> {
        let whole = whole();
        let Some(directory) = &self.output else {
            let page = Page::of(&whole, &self.command)?;
            let text = page.text().map_err(|error| Failure::because(&error))?;
            context.terminal().print(&text)?;
            return Ok(Exit::Done);
        };
        let pages = Page::all(&whole);
        write(&pages, directory)?;
        context.terminal().say(format!(
            "wrote {} pages to {}",
            pages.len(),
            directory.display()
        ));
        Ok(Exit::Done)
    }
}

/// Writes all pages; where one cannot be written, those that were there are as they were.
fn write(pages: &[Page], directory: &Path) -> Result<(), Failure> {
    let refused =
        |error: io::Error| Failure::because(&error).within(directory.display().to_string());
    fs::create_dir_all(directory).map_err(refused)?;
    let prepare = |page: &Page| {
        let path = directory.join(format!("{}.1", page.name));
        let text = page.text().map_err(refused)?;
        let prepared = Replacement::prepare(&path, text.as_bytes(), Content::Public);
        prepared.map_err(|error| Failure::because(&error))
    };
    let prepared: Vec<Replacement> = pages.iter().map(prepare).collect::<Result<_, _>>()?;
    for page in prepared {
        page.commit().map_err(|error| Failure::because(&error))?;
    }
    Ok(())
}

/// A page.
struct Page {
    /// `vault`, `vault-get`.
    name: String,
    command: Command,
    /// The pages below.
    below: Vec<String>,
}

impl Page {
    fn new(command: &Command, above: Option<&str>) -> Self {
        let name = match above {
            Some(above) => format!("{above}-{}", command.get_name()),
            None => command.get_name().to_owned(),
        };
        let below = commands(command).map(|below| format!("{name}-{}", below.get_name()));
        Page {
            below: below.collect(),
            command: command.clone(),
            name,
        }
    }

    /// The page of a command that is named word by word.
    fn of(whole: &Command, words: &[String]) -> Result<Self, Failure> {
        let mut page = Page::new(whole, None);
        for word in words {
            let command = page.command.find_subcommand(word).filter(|it| is_told(it));
            let command = command.ok_or_else(|| {
                let known = commands(&page.command).map(Command::get_name);
                crate::commands::no_command(word, known)
            })?;
            page = Page::new(command, Some(&page.name));
        }
        Ok(page)
    }

    fn all(whole: &Command) -> Vec<Self> {
        let mut pages = vec![Page::new(whole, None)];
        let mut at = 0;
        while at < pages.len() {
            let page = &pages[at];
            let below = commands(&page.command).map(|it| Page::new(it, Some(&page.name)));
            let below: Vec<Page> = below.collect();
            pages.extend(below);
            at += 1;
        }
        pages
    }

    fn text(&self) -> io::Result<String> {
        let man = clap_mangen::Man::new(self.command.clone())
            .title(self.name.clone())
            .source(concat!("vault ", env!("CARGO_PKG_VERSION")))
            .manual("vault");
        let mut page = Vec::new();
        man.render_title(&mut page)?;
        man.render_name_section(&mut page)?;
        self.synopsis().to_writer(&mut page)?;
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
        self.rest().to_writer(&mut page)?;
        let page = String::from_utf8(page).map_err(|_| io::ErrorKind::InvalidData)?;
        Ok(ascii(&page))
    }

    fn synopsis(&self) -> Roff {
        let usage = self.command.clone().render_usage().to_string();
        let mut roff = Roff::new();
        roff.control("SH", ["SYNOPSIS"]).control("nf", []);
        for line in usage.trim_start_matches("Usage:").lines() {
            roff.text([roman(line.trim())]);
        }
        roff.control("fi", []);
        roff
    }

    /// What clap knows nothing of.
    fn rest(&self) -> Roff {
        let mut roff = Roff::new();
        if !self.below.is_empty() {
            roff.control("SH", ["COMMANDS"]);
        }
        for (page, command) in self.below.iter().zip(commands(&self.command)) {
            let about = command.get_about().map(ToString::to_string);
            roff.control("TP", []).text([bold(format!("{page}(1)"))]);
            roff.text([roman(about.unwrap_or_default())]);
        }
        let help = self.command.get_after_help().map(ToString::to_string);
        if let Some(examples) = help.as_deref().and_then(|it| it.strip_prefix(EXAMPLES)) {
            roff.control("SH", ["EXAMPLES"]).control("nf", []);
            for line in examples.lines() {
                roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
            }
            roff.control("fi", []);
        }
        let is_top = self.command.get_name() == self.name;
        if is_top {
            list(&mut roff, "EXIT STATUS", EXIT_STATUS);
            list(&mut roff, "ENVIRONMENT", ENVIRONMENT);
            list(&mut roff, "FILES", FILES);
        }
        let mut also: Vec<&str> = self.below.iter().map(String::as_str).collect();
        if !is_top {
            also.push("vault");
        }
        also.extend(["sops", "age"].iter().filter(|_| is_top));
        let also: Vec<String> = also.iter().map(|page| format!("{page}(1)")).collect();
        roff.control("SH", ["SEE ALSO"])
            .text([roman(also.join(", "))]);
        roff
    }
}

/// Writes what is not ASCII as roff does, so that every formatter reads it.
fn ascii(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    for letter in page.chars() {
        match letter.is_ascii() {
            true => text.push(letter),
            false => text.push_str(&format!("\\[u{:04X}]", u32::from(letter))),
        }
    }
    text
}

fn list(roff: &mut Roff, heading: &str, entries: &[(&str, &str)]) {
    roff.control("SH", [heading]);
    for (term, text) in entries {
        roff.control("TP", [])
            .text([bold(*term)])
            .text([roman(*text)]);
    }
}

/// The commands that a page lists.
fn commands(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|it| is_told(it))
}

fn is_told(command: &Command) -> bool {
    !command.is_hide_set() && command.get_name() != "help"
}
