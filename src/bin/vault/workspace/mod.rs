//! A vault at work: the config of a repository and the environments that it names, read and written by the rules of acceptance.

mod accept;
mod access;
mod admission;
mod altered;
mod birth;
mod changes;
mod committed;
mod dates;
mod departed;
mod drift;
mod drivers;
mod entries;
mod everywhere;
mod former;
mod fresh;
mod git_files;
mod history;
mod in_order;
mod input;
pub(crate) mod key;
mod known;
mod layers;
mod left_out;
mod lineage;
mod linked;
mod local;
mod lost_config;
mod marks;
mod merging;
mod nested;
mod newest;
mod ours;
mod parties;
mod put;
mod retired;
mod returning;
mod rivalry;
mod rules_of_sops;
mod side;
mod signatures;
mod stripped;
mod succession;
mod superseded;
mod trouble;
mod turned_off;
mod unmerged;
mod unmerged_config;
mod versions;
mod way_back;
mod write;
mod writers;

use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, BTreeSet},
    path::Path,
    rc::Rc,
};

use vault::{
    config::{self, Config, Environment},
    known::Known,
    value::{EnvName, Name, near::nearest},
    vault::{CONFIG, Change, Locks, Outputs, Root, RootError, Snapshot, Store},
};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::{Alterations, Look, Repo},
};

pub(crate) use accept::{Accepted, AtHand, Purpose, data_key_with, named, open_with};
pub(crate) use access::{Access, Part};
pub(crate) use altered::{altered_by, refuse_to_make, way_out_of_alteration};
pub(crate) use birth::{new_file, new_repository_id, refuse_birth_in};
pub(crate) use changes::{KeyChange, differences};
pub(crate) use dates::{Dates, KeyDates, Moment};
pub(crate) use entries::{listed, member_line, signed_lines};
pub(crate) use former::{folder_at, place_of};
pub(crate) use git_files::{
    ATTRIBUTES, Attributes, NotSaved, attributes_change, changed, pattern_of, with_attributes,
    with_lines,
};
pub(crate) use history::{SignedVersion, vouched};
pub(crate) use input::Input;
pub(crate) use known::{Meeting, pin};
pub(crate) use layers::Layers;
pub(crate) use left_out::LeftOut;
pub(crate) use lineage::{Lineal, Origin, config_of, configs_in, file_of, lineage_in};
pub(crate) use linked::LINK_IN_GIT;
use linked::pathspec_from;
pub(crate) use linked::seen_from;
pub(crate) use local::{Locals, Own};
use lost_config::no_root;
pub(crate) use lost_config::{LostConfig, instead_of_link, last_readable, root_to_compare};
pub(crate) use merging::{Asking, Sides, Work};
pub(crate) use ours::is_git_folder;
pub(crate) use put::Comments;
pub(crate) use side::{Held, Place, Plan, Side};
pub(crate) use trouble::Trouble;
pub(crate) use unmerged::{Found, Waiting};
pub(crate) use versions::{Proof, Signed, Version, Versions};
pub(crate) use write::Draft;

/// The vault around the current directory.
pub(crate) struct Workspace<'c> {
    context: &'c Context,
    root: Root,
    config: Config,
    /// None where the config is not the one on disk.
    config_file: Option<Snapshot>,
    repo: OnceCell<Option<Repo>>,
    /// Changes of who reads and writes that were told, environment by environment.
    news: RefCell<BTreeMap<EnvName, Vec<String>>>,
    /// What this machine knows of the vault, once it was read.
    known: RefCell<Option<Rc<Known>>>,
    /// The same as it was when the command began.
    knew: OnceCell<Rc<Known>>,
    /// Environments that are new here, and for whose log nobody vouches who is known: what is written of them is remembered like that.
    apart: RefCell<BTreeSet<EnvName>>,
    /// The ids of vaults that HEAD's history had in other folders, once somebody asked.
    gone_elsewhere: OnceCell<BTreeSet<String>>,
    /// What was found in histories.
    spots: RefCell<everywhere::Spots>,
    /// Signatures in the versions that were read.
    signatures: RefCell<signatures::Signatures>,
    /// What git alters.
    alterations: Alterations<'c>,
}

impl<'c> Workspace<'c> {
    /// Finds the vault and reads its config.
    ///
    /// # Errors
    /// No config, several of them, or one that is not valid.
    pub(crate) fn open(context: &'c Context) -> Result<Self, Failure> {
        Workspace::at(context, root_around(context)?)
    }

    /// As `open`, but `None` where there is no vault.
    ///
    /// # Errors
    /// Several configs, or one that is not valid.
    pub(crate) fn around(context: &'c Context) -> Result<Option<Self>, Failure> {
        match Root::find(context.directory()) {
            Ok(root) => Workspace::at(context, root).map(Some),
            Err(RootError::Missing { .. }) => Ok(None),
            Err(error) => Err(no_root(context, &error)),
        }
    }

    fn at(context: &'c Context, root: Root) -> Result<Self, Failure> {
        note_place(context, &root);
        finish_interrupted(context, &root)?;
        let alterations = Alterations::new(context.git_config());
        let read = config_on_disk(context, &root, &alterations).map_err(|failure| {
            let back = last_readable(context, &root);
            back.into_iter().fold(failure, Failure::hint)
        });
        let (config, config_file) = read?;
        refuse_altered_config(&of_config(context, &root, &config_file, &alterations))?;
        Ok(Workspace {
            alterations,
            ..Workspace::of(context, root, config, config_file)
        })
    }

    fn of(context: &'c Context, root: Root, config: Config, config_file: Snapshot) -> Self {
        Workspace {
            config_file: Some(config_file),
            ..Workspace::under(context, root, config)
        }
    }

    /// A vault under a config that may not be the one on disk: to look at files that are not there either. Nothing can be written.
    pub(crate) fn under(context: &'c Context, root: Root, config: Config) -> Self {
        Workspace {
            context,
            root,
            config,
            config_file: None,
            repo: OnceCell::new(),
            news: RefCell::default(),
            known: RefCell::default(),
            knew: OnceCell::new(),
            apart: RefCell::default(),
            gone_elsewhere: OnceCell::new(),
            spots: RefCell::default(),
            signatures: RefCell::default(),
            alterations: Alterations::new(context.git_config()),
        }
    }

    /// Refuses a config that git's attributes alter, also those that the index alone has.
    ///
    /// # Errors
    /// They do; an index that cannot be read.
    pub(super) fn refuse_altered_config(&self) -> Result<(), Trouble> {
        let Some(read) = &self.config_file else {
            return Ok(());
        };
        refuse_altered_config(&linked::Reading {
            look: Look::AlsoInIndex,
            ..of_config(self.context, &self.root, read, &self.alterations)
        })
    }

    /// The surroundings.
    pub(crate) fn context(&self) -> &'c Context {
        self.context
    }

    /// The config.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// The config's file as it was read.
    ///
    /// # Panics
    /// Where the config is not the one on disk: whoever made this workspace of it has nothing to write.
    pub(crate) fn config_file(&self) -> &Snapshot {
        let file = self.config_file.as_ref();
        file.expect("only the config on disk is changed")
    }

    /// The root of the vault.
    pub(crate) fn root(&self) -> &Root {
        &self.root
    }

    /// An environment by name.
    ///
    /// # Errors
    /// There is none; with the near one.
    pub(crate) fn environment(&self, name: &EnvName) -> Result<&Environment, Failure> {
        self.config
            .environment(name)
            .map_err(|error| Failure::because(&error).hint(error.hint()))
    }

    /// An environment by name, for a command that puts values into it: one that is missing, and like none, may be meant to be new.
    ///
    /// # Errors
    /// There is none; with the near one, or what makes it.
    pub(crate) fn environment_to_fill(&self, name: &EnvName) -> Result<&Environment, Failure> {
        self.config.environment(name).map_err(|error| {
            let failure = Failure::because(&error).hint(error.hint());
            match error.near {
                Some(_) => failure,
                None => failure.hint(format!("vault env add {name} makes a new one")),
            }
        })
    }

    /// Environments by name; all of the config if none is named.
    ///
    /// # Errors
    /// There is none of a name; with the near one.
    pub(crate) fn environments_or_all(
        &self,
        names: &[EnvName],
    ) -> Result<Vec<&Environment>, Failure> {
        match names {
            [] => Ok(self.config.environments().collect()),
            names => names.iter().map(|name| self.environment(name)).collect(),
        }
    }

    /// An environment by name, or the default one for a command that reads.
    ///
    /// # Errors
    /// None is named and the config has no default.
    pub(crate) fn environment_or_default(
        &self,
        name: Option<&EnvName>,
    ) -> Result<&Environment, Failure> {
        match name.or_else(|| self.config.default_environment()) {
            Some(name) => self.environment(name),
            None => {
                let names: Vec<&str> = self
                    .config
                    .environments()
                    .map(|environment| environment.name().as_str())
                    .collect();
                Err(Failure::new("which environment?")
                    .hint(format!("name one of: {}", names.join(", ")))
                    .hint("or put `default: NAME` into .vault.yaml"))
            }
        }
    }

    /// Refuses the name of a recipient that the config does not have.
    ///
    /// # Errors
    /// There is none; with the near one.
    pub(crate) fn require_recipient(&self, name: &Name) -> Result<(), Failure> {
        let members = self.config.members();
        if members.contains_key(name) {
            return Ok(());
        }
        let failure = Failure::new(format!("there is no recipient `{name}`"));
        Err(
            match nearest(name.as_str(), members.keys().map(Name::as_str)) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint(
                    "recipients stand in .vault.yaml, each with the line that vault whoami prints",
                ),
            },
        )
    }

    /// The members of a group.
    ///
    /// # Errors
    /// There is none; with the near one.
    pub(crate) fn require_group(&self, name: &Name) -> Result<&[Name], Failure> {
        let groups = self.config.groups();
        if let Some(members) = groups.get(name) {
            return Ok(members);
        }
        let failure = Failure::new(format!("there is no group `{name}`"));
        Err(
            match nearest(name.as_str(), groups.keys().map(Name::as_str)) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint("groups stand under `groups` in .vault.yaml: `team: [alice]`"),
            },
        )
    }

    /// The git repository around the vault, if there is one.
    ///
    /// # Errors
    /// One that cannot be read.
    pub(crate) fn repo(&self) -> Result<Option<&Repo>, Failure> {
        if self.repo.get().is_none() {
            let repo = Repo::of_folder(self.root.directory())?;
            let _ = self.repo.set(repo);
        }
        Ok(self.repo.get().and_then(Option::as_ref))
    }

    /// The files, to be written.
    ///
    /// # Errors
    /// No place for locks or journals.
    pub(crate) fn store(&self) -> Result<Store, Failure> {
        let locks = Locks::new(&self.context.locks_directory()?);
        Ok(Store::new(
            self.root.clone(),
            locks,
            &self.context.state_directory()?.join("journals"),
        ))
    }

    /// The plaintext outputs of this vault, with what is remembered of them as far as there is a place for that.
    pub(crate) fn outputs(&self) -> Outputs {
        let outputs = Outputs::new(self.root.directory());
        let outputs = match self.context.state_directory() {
            Ok(state) => outputs.remembering_in(&state.join("outputs")),
            Err(_) => outputs,
        };
        match self.context.locks_directory() {
            Ok(locks) => outputs.with_locks(Locks::new(&locks)),
            Err(_) => outputs,
        }
    }

    /// The config as it is to become, or as it was read.
    ///
    /// # Errors
    /// It is not UTF-8; then it would not have been read.
    pub(crate) fn config_text(&self, change: Option<&Change>) -> Result<String, Failure> {
        match change {
            Some(change) => Ok(String::from_utf8_lossy(&change.bytes).into_owned()),
            None => Ok(self
                .config_file()
                .text()
                .map_err(|error| Failure::because(&error))?
                .to_owned()),
        }
    }

    /// The config as it was read, to be compared when a file is written.
    pub(crate) fn config_unchanged(&self) -> Change {
        Change {
            path: CONFIG.into(),
            expected: Some(self.config_file().digest()),
            bytes: self.config_file().bytes().to_vec(),
        }
    }

    /// What has to be written so that the config has this text.
    pub(crate) fn config_change(&self, text: String) -> Change {
        Change {
            path: CONFIG.into(),
            expected: Some(self.config_file().digest()),
            bytes: text.into_bytes(),
        }
    }
}

fn config_on_disk(
    context: &Context,
    root: &Root,
    alterations: &Alterations<'_>,
) -> Result<(Config, Snapshot), Failure> {
    let file = root
        .read(Path::new(CONFIG))
        .map_err(|error| Failure::because(&error))?;
    let is_a_config = |_: &Path| config_of(file.bytes()).is_some();
    linked::refuse_link_in_git(&of_config(context, root, &file, alterations), is_a_config)
        .map_err(|trouble| trouble.within(CONFIG))?;
    let text = file.text().map_err(|error| Failure::because(&error))?;
    let config = Config::parse(text).map_err(|error| config_failure(&error))?;
    Ok((config, file))
}

fn of_config<'r>(
    context: &'r Context,
    root: &'r Root,
    read: &'r Snapshot,
    alterations: &'r Alterations<'r>,
) -> linked::Reading<'r> {
    linked::Reading {
        root,
        context,
        file: Path::new(CONFIG),
        read,
        alterations,
        look: Look::InWorkTree,
    }
}

fn refuse_altered_config(reading: &linked::Reading<'_>) -> Result<(), Trouble> {
    altered::refuse_altered(reading).map_err(|trouble| trouble.within(CONFIG))
}

fn root_around(context: &Context) -> Result<Root, Failure> {
    Root::find(context.directory()).map_err(|error| no_root(context, &error))
}

/// Has what is said of the config name it from where the person stands.
pub(crate) fn note_place(context: &Context, root: &Root) {
    let (standing, directory) = (context.standing(), root.directory());
    if standing != directory {
        let config = pathspec_from(standing, &directory.join(CONFIG));
        context.terminal().has_config_at(&config);
    }
}

/// Finishes or undoes what an earlier run was killed in the middle of; one look at the disk where there is nothing of it.
///
/// # Errors
/// A file cannot be written, or what was to be done not be read.
pub(crate) fn finish_interrupted(context: &Context, root: &Root) -> Result<(), Failure> {
    // Without a state directory there can be no journal.
    let Ok(state) = context.state_directory() else {
        return Ok(());
    };
    let journals = state.join("journals");
    let store = |locks: &Path| Store::new(root.clone(), Locks::new(locks), &journals);
    if !store(&state)
        .is_interrupted()
        .map_err(|error| Failure::because(&error))?
    {
        return Ok(());
    }
    let recovered = store(&context.locks_directory()?)
        .recover()
        .map_err(|error| Failure::because(&error))?;
    recovered
        .iter()
        .for_each(|recovery| context.terminal().warn(recovery));
    Ok(())
}

/// A config that is not valid: bad input, or a matter of trust where the id of the repository is at stake.
pub(crate) fn config_failure(error: &config::ConfigError) -> Failure {
    let exit = if error.is_about_trust() {
        Exit::Untrusted
    } else {
        Exit::Failed
    };
    Failure::because(error)
        .within(CONFIG)
        .exit(exit)
        .hint(error.hint().into_owned())
}
