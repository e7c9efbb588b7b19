//! What a person can ask for: one file per command, with its help, its arguments and what it does.
//!
//! Where others have a habit (`ls`, `rm`, `validate`), the command's line in the enum bears it:
//! `#[command(visible_alias = "ls")]`. The examples under its help stand there, too; a test parses each of them.

mod access;
mod answer;
mod check;
mod completions;
mod diff;
mod differences;
mod edit;
mod env;
mod get;
mod git;
mod git_files;
mod identity;
mod import;
mod init;
mod keygen;
mod list;
mod locals;
mod log;
mod man;
mod members;
mod naming;
mod plan;
mod recipients;
mod rekey;
mod render;
mod run;
mod set;
mod setup;
mod sign;
mod sync;
mod trust;
mod unset;
mod whoami;
pub(crate) mod words;

use clap::Subcommand;
use vault::value::near::nearest;

pub(crate) use git::DRIVERS;
use identity::Identified;
pub(crate) use identity::{identities, identity};

use crate::{
    context::Context,
    failure::{Exit, Failure},
};

/// The commands, in the order in which the help lists them. What a command takes is put together when it is asked for: all of them together
/// would be most of the work of a short one.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    #[command(after_help = "Examples:
  vault init                                   # asks for what it needs to know
  vault init --name alice --env dev prod --yes
  vault init -i ~/.ssh/id_ed25519              # with a key that you have already
  vault init --from-sops                       # adopts what sops has encrypted
  vault init --fork                            # in a fork of a repository that has a vault")]
    Init(Identified<init::Init>),
    #[command(after_help = "Examples:
  vault setup                                  # after a clone
  vault setup prod                             # to work with prod
  vault setup --yes                            # makes an identity if there is none")]
    Setup(Identified<setup::Setup>),
    #[command(
        subcommand_required = true,
        after_help = "Examples:
  vault env list
  vault env add staging --like prod            # its keys, without values
  vault env rename dev local --yes
  vault env remove old"
    )]
    Env(Identified<env::Env>),
    #[command(after_help = "Examples:
  vault set prod DATABASE_URL                  # asks for the value and does not show it
  pass show db | vault set prod DATABASE_URL   # a final newline is dropped; --verbatim keeps it
  vault set dev tls.key --from-file server.key # every byte of the file
  vault set dev database.port 5432 --type int  # a number, not text
  vault set dev LOG_LEVEL=debug                # the habit from .env files
  vault set dev 'hosts[0]' db.example.org      # an item of a list; the next position appends one
  vault set dev OPTIONAL ''                    # an empty value
  vault set dev LOG_LEVEL=trace --local        # for yourself alone")]
    Set(Identified<set::Set>),
    #[command(after_help = "Examples:
  vault edit prod
  EDITOR='code --wait' vault edit dev
  vault edit prod --key tls.certificate        # one value, of several lines for instance
  vault edit prod --resume                     # what could not be written
  vault edit --list-rescues")]
    Edit(Identified<edit::Edit>),
    #[command(after_help = "Examples:
  vault get prod DATABASE_URL
  vault get DATABASE_URL                       # of the default environment
  vault get dev database --json                # everything below database")]
    Get(Identified<get::Get>),
    #[command(
        visible_alias = "ls",
        after_help = "Examples:
  vault list prod --long
  vault list dev --sources                     # who overrides what
  vault list dev --reveal | less"
    )]
    List(Identified<list::List>),
    #[command(
        visible_aliases = ["rm", "delete"],
        after_help = "Examples:
  vault unset dev OLD_TOKEN
  vault unset prod database.password 'hosts[0]'
  vault unset dev '\"a.b\"'                    # a key that has a dot in its name
  vault unset dev LOG_LEVEL --local            # your own override, so that the shared value counts again"
    )]
    Unset(Identified<unset::Unset>),
    #[command(after_help = "Examples:
  vault import dev .env
  vault import prod .env.production --dialect compose --delete-source
  vault import prod settings.json --only 'DB_*' --only mail
  vault import prod run/secrets --overwrite
  pass show app | vault import dev - --format dotenv
  vault import prod ../old/prod.enc.yaml       # a SOPS file, opened with your identities")]
    Import(Identified<import::Import>),
    #[command(after_help = "Examples:
  vault render dev > .env
  vault render prod --format docker-secrets -o run/secrets
  vault render dev -o .env --check             # is it as it should be?
  vault render prod --only 'DB_*' --prefix APP_")]
    Render(Identified<render::Render>),
    #[command(after_help = "Examples:
  vault run dev -- ./server --port 8080
  vault run prod --allow NODE_OPTIONS -- npm start
  vault run dev --mask -- ./server             # *** in place of the values in what it prints")]
    Run(Identified<run::Run>),
    #[command(
        visible_alias = "validate",
        after_help = "Examples:
  vault check
  vault check prod --keyless --json            # for a machine without an identity"
    )]
    Check(Identified<check::Check>),
    #[command(
        subcommand_required = true,
        after_help = "Examples:
  vault recipients list
  vault recipients add bob 'age1… ssh-ed25519 AAAA…' --env dev
  vault recipients replace bob @bob.txt
  vault recipients remove carol"
    )]
    Recipients(Identified<recipients::Recipients>),
    #[command(after_help = "Examples:
  vault rekey prod
  vault rekey --all --yes")]
    Rekey(Identified<rekey::Rekey>),
    #[command(after_help = "Examples:
  vault access                                 # everybody, everywhere
  vault access prod --who alice
  vault access --json                          # for a program")]
    Access(Identified<access::Access>),
    #[command(after_help = "Examples:
  vault log prod                               # who changed what, the newest first
  vault log prod DATABASE_URL                  # one key, or everything below it
  vault log dev --keyless --json")]
    Log(Identified<log::Log>),
    #[command(after_help = "Examples:
  vault diff                                   # what is not committed yet
  vault diff --staged prod
  vault diff main...                           # what this branch did since it left main
  vault diff v1.0 v1.1 --reveal                # with values, before and after
  vault diff origin/main...HEAD --keyless --format markdown   # for a comment on a pull request")]
    Diff(Identified<diff::Diff>),
    #[command(after_help = "Examples:
  vault sync                                   # shows the plan, then asks
  vault sync prod --yes                        # where nobody can be asked
  vault sync --json                            # the plan for a program; exit code 1 if there is one
  vault sync --readmit carol                   # carol had left, and is to come back")]
    Sync(Identified<sync::Sync>),
    #[command(after_help = "Examples:
  vault sign prod                              # after sops has edited it: shows what changed, and asks
  vault sign --all
  vault sign --accept-foreign staging          # a file of which nothing tells who made it")]
    Sign(Identified<sign::Sign>),
    #[command(after_help = "Examples:
  vault trust prod                             # shows what was known and what is here, and asks
  vault trust --export                         # for VAULT_TRUST on a machine that remembers nothing")]
    Trust(Identified<trust::Trust>),
    #[command(
        subcommand_required = true,
        after_help = "Examples:
  vault git install                            # git of this clone merges and shows secrets by key
  vault git resolve                            # finishes a merge that it could not finish
  vault git update                             # merges what a pull request is for, by key
  vault git install --hook                     # and asks vault before every commit
  vault git pre-commit                         # what it would be told now
  vault git uninstall"
    )]
    Git(Identified<git::Git>),
    #[command(after_help = "Examples:
  vault keygen --passphrase
  vault keygen --output ci.txt
  vault keygen --recovery --output recovery.txt   # to be printed and put away")]
    Keygen(Identified<keygen::Keygen>),
    #[command(after_help = "Examples:
  vault whoami                                 # the first line is for a colleague
  vault whoami --json")]
    Whoami(Identified<whoami::Whoami>),
    #[command(after_help = "Examples:
  vault completions bash                       # in ~/.bashrc: source <(vault completions bash)
  vault completions zsh                        # in ~/.zshrc: source <(vault completions zsh)
  vault completions fish | source              # in ~/.config/fish/config.fish
  vault completions elvish                     # in ~/.config/elvish/rc.elv: eval (vault completions elvish | slurp)")]
    Completions(Identified<completions::Completions>),
    #[command(after_help = "Examples:
  vault man | man -l -                         # reads the page of all
  vault man run                                # the page of one command
  vault man --output ~/.local/share/man/man1   # one file for each page, where man finds them")]
    Man(Identified<man::Man>),
}

/// What other programs call what has another name here.
const ELSEWHERE: [(&str, &str); 8] = [
    ("cat", "get"),
    ("decrypt", "render"),
    ("delete", "remove"),
    ("export", "render"),
    ("ls", "list"),
    ("mv", "rename"),
    ("rm", "remove"),
    ("show", "get"),
];

/// That a command was named that there is not, with the one that was meant.
pub(crate) fn no_command<'c>(name: &str, known: impl IntoIterator<Item = &'c str>) -> Failure {
    let failure = match is_word(name) {
        true => Failure::new(format!("there is no command `{name}`")),
        false => Failure::new("there is no such command"),
    };
    let known: Vec<&str> = known.into_iter().collect();
    let meant = ELSEWHERE.iter().find(|(there, _)| *there == name);
    let meant = meant.map(|(_, here)| *here);
    let meant = meant.filter(|meant| known.contains(meant));
    match meant.or_else(|| nearest(name, known)) {
        Some(meant) => failure.hint(format!("did you mean {meant}?")),
        None => failure,
    }
}

/// Whether a text is as harmless as the name of a command or of an option.
pub(crate) fn is_word(text: &str) -> bool {
    text.len() <= 20
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

impl Command {
    /// Whether what was typed can be shown, to be typed again: nobody types a value in it, also not by mistake in the place of a key, or a
    /// program that gets one.
    pub(crate) fn is_shown(&self) -> bool {
        match self {
            Command::Init(_)
            | Command::Get(_)
            | Command::Set(_)
            | Command::Unset(_)
            | Command::Import(_)
            | Command::Run(_)
            | Command::Recipients(_) => false,
            Command::Edit(Identified(command)) => !command.names_a_key(),
            Command::Log(Identified(command)) => !command.names_a_key(),
            Command::Render(Identified(command)) => !command.names_keys(),
            Command::Git(Identified(command)) => !command.names_keys(),
            Command::Setup(_)
            | Command::Env(_)
            | Command::List(_)
            | Command::Check(_)
            | Command::Rekey(_)
            | Command::Access(_)
            | Command::Diff(_)
            | Command::Sync(_)
            | Command::Sign(_)
            | Command::Trust(_)
            | Command::Keygen(_)
            | Command::Whoami(_)
            | Command::Completions(_)
            | Command::Man(_) => true,
        }
    }

    /// Does what was asked; `whole` is the command line that it came from.
    pub(crate) fn run(
        &self,
        context: &Context,
        whole: fn() -> clap::Command,
    ) -> Result<Exit, Failure> {
        match self {
            Command::Init(Identified(command)) => command.run(context),
            Command::Setup(Identified(command)) => command.run(context),
            Command::Env(Identified(command)) => command.run(context),
            Command::Check(Identified(command)) => command.run(context),
            Command::Access(Identified(command)) => command.run(context),
            Command::Log(Identified(command)) => command.run(context),
            Command::Diff(Identified(command)) => command.run(context),
            Command::Recipients(Identified(command)) => command.run(context),
            Command::Rekey(Identified(command)) => command.run(context),
            Command::Sync(Identified(command)) => command.run(context),
            Command::Sign(Identified(command)) => command.run(context),
            Command::Trust(Identified(command)) => command.run(context),
            Command::Git(Identified(command)) => command.run(context),
            Command::Set(Identified(command)) => command.run(context),
            Command::Edit(Identified(command)) => command.run(context),
            Command::Get(Identified(command)) => command.run(context),
            Command::Import(Identified(command)) => command.run(context),
            Command::List(Identified(command)) => command.run(context),
            Command::Unset(Identified(command)) => command.run(context),
            Command::Render(Identified(command)) => command.run(context),
            Command::Run(Identified(command)) => command.run(context),
            Command::Keygen(Identified(command)) => command.run(context),
            Command::Whoami(Identified(command)) => command.run(context),
            Command::Completions(Identified(command)) => command.run(context),
            Command::Man(Identified(command)) => command.run(context, whole),
        }
    }
}
