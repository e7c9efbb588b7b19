//! `vault edit`: an environment as text, in the person's own editor.

mod attempt;
pub(super) mod rescued;
mod rounds;
pub(super) mod sitting;
mod target;
mod value;

use std::path::PathBuf;

use clap::Args;
use vault::{
    config::Environment, rescue::Subject, sealed::Mark, secret::secret, value::EnvName,
    vault::Snapshot, yaml::conflict,
};

use crate::{
    context::Context,
    editor::{self, Beginning, Disk, Program, Session},
    failure::{Exit, Failure},
    workspace::{Draft, Workspace},
};
use rescued::Resumed;
use rounds::Rounds;
use sitting::Sitting;
use target::Target;

/// Edit an environment as text, in your editor
///
/// The editor is the program in VAULT_EDITOR, VISUAL or EDITOR, else vi; it gets one file, which lies in memory and is gone afterwards.
/// Comments and order are those of the file. What did not change keeps its ciphertext, and if nothing changed nothing is touched.
///
/// What you typed is never lost: if it cannot be written it is kept, encrypted to your own key, and --resume goes on with it.
#[derive(Args, Debug)]
pub(crate) struct Edit {
    /// The environment
    #[arg(value_name = "ENV", required_unless_present_any = ["list_rescues", "discard_rescue"])]
    environment: Option<EnvName>,
    /// Edit only what stands at this key
    #[arg(long, value_name = "KEY", conflicts_with = "resume")]
    key: Option<String>,
    /// Go on with what was typed last and could not be written
    #[arg(long)]
    resume: bool,
    /// Take an empty text for what is meant, and not for a mistake
    #[arg(long)]
    allow_empty: bool,
    /// Let the text lie on the disk where there is no private place for it in memory
    #[arg(long)]
    allow_disk_temp: bool,
    /// List what was typed and could not be written
    #[arg(long, conflicts_with_all = ["environment", "key", "resume", "discard_rescue"])]
    list_rescues: bool,
    /// Throw one of these away: the one of this name, or the only one of this repository
    #[arg(long, value_name = "RESCUE", num_args = 0..=1, conflicts_with_all = ["environment", "key", "resume"])]
    discard_rescue: Option<Option<String>>,
}

impl Edit {
    /// Whether a key was typed, or what was meant to be one.
    pub(crate) fn names_a_key(&self) -> bool {
        self.key.is_some()
    }

    /// Edits, or looks after what earlier edits left.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        if let Some(id) = &self.discard_rescue {
            return rescued::discard(context, id.as_deref());
        }
        match &self.environment {
            Some(name) if !self.list_rescues => self.edit(context, name),
            _ => rescued::list(context),
        }
    }

    fn edit(&self, context: &Context, name: &EnvName) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let environment = workspace.environment_to_fill(name)?;
        refuse_in_merge(&workspace, environment)?;
        let program = Program::find(context)?;
        let draft = workspace.draft(environment)?;
        let resumed = match self.resume {
            true => Some(Resumed::newest(
                &workspace,
                name,
                draft.opened.log(),
                draft.reader()?,
            )?),
            false => {
                let way = format!(
                    "vault edit {name} --resume goes on with it; --discard-rescue throws it away"
                );
                rescued::remind(&workspace, name, &way);
                None
            }
        };
        let target = match &resumed {
            Some(resumed) => Target::of_path(&draft, resumed.key())?,
            None => Target::of_key(&draft, self.key.as_deref())?,
        };
        let base = match &resumed {
            Some(resumed) => resumed.base(),
            None => target.text(&draft)?,
        };
        let beginning = Beginning {
            subject: match &resumed {
                Some(resumed) => resumed.subject(),
                None => subject(&workspace, environment, &draft, &target),
            },
            recipients: vec![draft.reader()?.recipient().clone()],
            buffer: match (&resumed, &base) {
                (Some(resumed), _) => resumed.buffer(),
                (None, base) => target.buffer(&draft, base.as_ref().unwrap_or(&secret(""))),
            },
            base: base.clone(),
            path: path_of(&workspace, environment),
        };
        editor::at_work(context, &beginning.path)
            .iter()
            .for_each(|record| tell_holder(context, environment, record));
        draft.tell_readers();
        if let Some(warning) = program.warning() {
            context.terminal().warn(warning);
        }
        let session = Session::begin(context, &beginning, self.disk())?;
        // A person may take hours: meanwhile only what they began with is held, once.
        drop((beginning, draft));
        let rounds = Rounds {
            sitting: Sitting { context, program },
            name: name.clone(),
            target,
            is_empty_meant: self.allow_empty,
            resumed,
        };
        rounds.go(session, base)
    }

    fn disk(&self) -> Disk {
        match self.allow_disk_temp {
            true => Disk::Allowed,
            false => Disk::Refused,
        }
    }
}

fn subject(
    workspace: &Workspace<'_>,
    environment: &Environment,
    draft: &Draft<'_, '_>,
    target: &Target,
) -> Subject {
    rescued::subject(workspace, environment.name(), target.path(), draft.digest())
}

fn path_of(workspace: &Workspace<'_>, environment: &Environment) -> PathBuf {
    let root = workspace.root().directory();
    root.join(environment.file().as_str())
}

/// Somebody who edits the same file: nothing is lost by that, but it is good to know.
fn tell_holder(context: &Context, environment: &Environment, record: &editor::Record) {
    let (process, since) = record.holder();
    context.terminal().warn(format!(
        "{} is being edited already, by process {process} since {since}; what both of you write is merged by key",
        environment.file()
    ));
}

/// Refuses a file that git could not merge, before anybody types into it.
fn refuse_in_merge(workspace: &Workspace<'_>, environment: &Environment) -> Result<(), Failure> {
    let file = workspace.root().read(environment.file().as_str().as_ref());
    let is_marked = |file: &Snapshot| matches!(Mark::split(file.bytes()), Ok(Some(_)));
    if file.as_ref().is_ok_and(is_marked) {
        // Acceptance says so.
        return Ok(());
    }
    let refused = match file.is_ok_and(|file| conflict(file.bytes()).is_some()) {
        true => Err(workspace.in_a_merge(environment)),
        false => workspace.refuse_unmerged(environment),
    };
    Ok(refused.map_err(|trouble| trouble.within(environment.file()))?)
}
