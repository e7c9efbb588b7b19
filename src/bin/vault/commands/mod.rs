//! What a person can ask for: one file per command, with its help, its arguments and what it does.
//!
//! Where others have a habit (`ls`, `rm`, `validate`), the command's line in the enum bears it:
//! `#[command(visible_alias = "ls")]`. The examples under its help stand there, too; a test parses each of them.

mod check;
mod get;
mod import;
mod init;
mod keygen;
mod list;
mod naming;
mod render;
mod run;
mod set;
mod sign;
mod sync;
mod unset;
mod whoami;

use clap::Subcommand;

use crate::{
    context::Context,
    failure::{Exit, Failure},
};

/// The commands, in the order in which the help lists them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(after_help = "Examples:
  vault init                                   # asks for what it needs to know
  vault init --name alice --env dev prod --yes")]
    Init(init::Init),
    #[command(after_help = "Examples:
  vault set prod DATABASE_URL                  # asks for the value
  vault set dev tls.key --from-file server.key")]
    Set(set::Set),
    #[command(after_help = "Examples:
  vault get prod DATABASE_URL
  vault get dev database --json                # everything below database")]
    Get(get::Get),
    #[command(
        visible_alias = "ls",
        after_help = "Examples:
  vault list prod
  vault list dev --reveal | less"
    )]
    List(list::List),
    #[command(
        visible_aliases = ["rm", "delete"],
        after_help = "Examples:
  vault unset dev OLD_TOKEN
  vault unset prod database.password 'hosts[0]'"
    )]
    Unset(unset::Unset),
    #[command(after_help = "Examples:
  vault import dev .env
  vault import prod .env.production --dialect compose --delete-source
  vault import prod settings.json --only 'DB_*' --only mail
  vault import prod run/secrets --overwrite
  pass show app | vault import dev - --format dotenv
  vault import prod ../old/prod.enc.yaml       # a SOPS file, opened with your identities")]
    Import(import::Import),
    #[command(after_help = "Examples:
  vault render dev > .env
  vault render prod --format docker-secrets -o run/secrets
  vault render dev -o .env --check             # is it as it should be?
  vault render prod --only 'DB_*' --prefix APP_")]
    Render(render::Render),
    #[command(after_help = "Examples:
  vault run dev -- ./server --port 8080
  vault run prod --allow NODE_OPTIONS -- npm start")]
    Run(run::Run),
    #[command(
        visible_alias = "validate",
        after_help = "Examples:
  vault check
  vault check prod --keyless --json            # for a machine without an identity"
    )]
    Check(check::Check),
    #[command(after_help = "Examples:
  vault sync                                   # shows the plan, then asks
  vault sync prod --yes")]
    Sync(sync::Sync),
    #[command(after_help = "Examples:
  vault sign prod                              # after sops has edited it
  vault sign --all")]
    Sign(sign::Sign),
    #[command(after_help = "Examples:
  vault keygen --passphrase
  vault keygen --output ci.txt")]
    Keygen(keygen::Keygen),
    #[command(after_help = "Examples:
  vault whoami
  vault whoami --json")]
    Whoami(whoami::Whoami),
}

impl Command {
    /// Does what was asked.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        match self {
            Command::Init(command) => command.run(context),
            Command::Check(command) => command.run(context),
            Command::Sync(command) => command.run(context),
            Command::Sign(command) => command.run(context),
            Command::Set(command) => command.run(context),
            Command::Get(command) => command.run(context),
            Command::Import(command) => command.run(context),
            Command::List(command) => command.run(context),
            Command::Unset(command) => command.run(context),
            Command::Render(command) => command.run(context),
            Command::Run(command) => command.run(context),
            Command::Keygen(command) => command.run(context),
            Command::Whoami(command) => command.run(context),
        }
    }
}
