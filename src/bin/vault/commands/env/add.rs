//! `vault env add`: one more environment, empty or after the pattern of another.

use std::path::Path;

use clap::Args;
use vault::{
    accord::Drift,
    config::{
        Environment, FilePath, NewEnvironment,
        edit::{with_environment, with_readmitted},
    },
    sealed::{Opened, Signer},
    secret::ExposeSecret,
    value::{EnvName, KeyPath, Map, Name, Node, Scalar},
    vault::Change,
    yaml::Document,
};

use super::{AGAIN, adoption, asked_wrongly, of, parsed, refuse_known, told};
use crate::{
    commands::{
        git_files::{GitFile, attributes_beside, attributes_change},
        members::has_recipients,
        plan::confirm,
        words::{self, keys},
    },
    context::Context,
    failure::{Exit, Failure},
    workspace::{ATTRIBUTES, Accepted, Trouble, Workspace, config_failure, member_line, new_file},
};

/// Times that it is planned anew because somebody else wrote meanwhile; each time somebody has got on.
const TRIES: usize = 100;

/// Add an environment, with its file
///
/// The name goes into .vault.yaml, and the file is made: empty, or with the keys of another environment. A key without a value is
/// null: `vault list` shows it, `render` and `run` leave it out.
#[derive(Args, Debug)]
pub(crate) struct Add {
    /// Its name
    name: EnvName,
    /// Who reads it: recipients and groups of .vault.yaml
    #[arg(long, visible_alias = "group", value_name = "NAME", num_args = 1.., conflicts_with = "like")]
    recipients: Vec<Name>,
    /// Who of them may change it; everybody who can sign, if it is left out
    #[arg(long, value_name = "NAME", num_args = 1.., conflicts_with = "like")]
    writers: Vec<Name>,
    /// The environments that it extends, the later above the earlier
    #[arg(long, value_name = "ENV", num_args = 1.., conflicts_with = "like")]
    extends: Vec<EnvName>,
    /// Its file, if it is not to be secrets/NAME.yaml
    #[arg(long, value_name = "FILE")]
    file: Option<FilePath>,
    /// Take recipients, writers, layers and keys from this environment
    #[arg(long, value_name = "ENV")]
    like: Option<EnvName>,
    /// Take the values, too, and the comments
    #[arg(long, requires = "like")]
    copy: bool,
    /// Let somebody in again who has left; can be repeated
    #[arg(long, value_name = "NAME")]
    readmit: Vec<Name>,
    /// Begin anew, although earlier commits have a signed file of that name
    #[arg(long)]
    anew: bool,
    /// Do not ask before values are copied
    #[arg(long)]
    yes: bool,
}

/// What the new file begins with.
enum Content {
    Empty,
    /// Keys of the environment, without values.
    Keys(Map),
    /// The open file of the environment.
    Values(Box<Opened>),
}

impl Add {
    /// Plans, asks where values are copied, writes. Where somebody else wrote meanwhile, it is planned anew, unless somebody was asked: they
    /// have answered for what was there.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let mut shown = Vec::new();
        for _ in 1..TRIES {
            if self.attempt(context, &mut shown, !self.asks())? {
                return Ok(Exit::Done);
            }
        }
        self.attempt(context, &mut shown, false)?;
        Ok(Exit::Done)
    }

    /// Whether somebody is asked.
    fn asks(&self) -> bool {
        let asks_for_readers = self.like.is_none() && self.recipients.is_empty();
        asks_for_readers || (self.copy && !self.yes)
    }

    /// Does all of it once; false where somebody else was faster and it may be done again. What was `shown` is not shown again.
    fn attempt(
        &self,
        context: &Context,
        shown: &mut Vec<String>,
        may_repeat: bool,
    ) -> Result<bool, Failure> {
        let workspace = Workspace::open(context)?;
        refuse_known(&workspace, &self.name)?;
        for name in &self.readmit {
            workspace.require_recipient(name)?;
        }
        adoption::refuse_file_of_sops(&workspace, &self.name, self.file.as_ref())?;
        let pattern = match &self.like {
            Some(name) => Some(workspace.environment(name)?),
            None => None,
        };
        if let Some(pattern) = pattern {
            // On an old branch it may list somebody who has left since: they must not read what is new.
            workspace.accept_to_write(pattern)?;
        }
        let new = self.wanted(&workspace, pattern)?;
        let (repository, config) = match new.signed {
            true => workspace.repository_or_new()?,
            false => (String::new(), None),
        };
        let before = workspace.config_text(config.as_ref())?;
        let text = with_environment(&before, &new).map_err(|error| asked_wrongly(&error))?;
        let mut back = self.readmit.iter();
        let text = back
            .try_fold(text, |text, name| with_readmitted(&text, name))
            .map_err(|error| config_failure(&error))?;
        let config = parsed(&text)?;
        let environment = of(&config, &self.name)?;
        self.refuse_return(&workspace, environment)?;
        self.refuse_birth(&workspace, environment)?;
        let content = self.content(&workspace, pattern)?;
        let plan = self.plan(environment, &content);
        if plan != *shown {
            tell(context, &plan);
            *shown = plan;
        }
        let file = sealed(&workspace, environment, &content, repository)?;
        if self.copy {
            confirm(context, self.yes, "Write the values a second time?")?;
        }
        let mut changes = vec![workspace.config_change(text), file];
        if workspace.lacks_attributes(environment.file())? {
            let new = [GitFile::new(environment.file())];
            let all = attributes_beside(&new, &GitFile::all(&workspace)?);
            changes.push(attributes_change(workspace.root(), &all)?);
        }
        let written = match workspace.save(&changes, &[]) {
            Ok(saved) => told(&workspace, saved),
            Err(failure) if failure.is_overtaken() && may_repeat => return Ok(false),
            Err(failure) => return Err(failure.again(AGAIN)),
        };
        let (name, file) = (environment.name(), environment.file());
        let files = match written.iter().any(|path| path == Path::new(ATTRIBUTES)) {
            true => format!(".vault.yaml, {file} and {ATTRIBUTES}"),
            false => format!(".vault.yaml and {file}"),
        };
        context.terminal().say(format!(
            "added {name}; next: vault set {name} KEY, then commit {files}"
        ));
        Ok(true)
    }

    /// The environment as it is to stand in the config.
    fn wanted(
        &self,
        workspace: &Workspace<'_>,
        pattern: Option<&Environment>,
    ) -> Result<NewEnvironment, Failure> {
        let new = NewEnvironment {
            name: self.name.clone(),
            recipients: Vec::new(),
            writers: None,
            extends: self.extends.clone(),
            file: self.file.clone(),
            signed: true,
            local: false,
        };
        Ok(match pattern {
            Some(pattern) => NewEnvironment {
                recipients: pattern.recipients().to_vec(),
                writers: pattern.narrowed().map(<[Name]>::to_vec),
                extends: pattern.extends().to_vec(),
                signed: pattern.is_signed(),
                local: pattern.local().is_some(),
                ..new
            },
            None => NewEnvironment {
                recipients: self.recipients(workspace)?,
                writers: Some(self.writers.clone()).filter(|names| !names.is_empty()),
                ..new
            },
        })
    }

    fn recipients(&self, workspace: &Workspace<'_>) -> Result<Vec<Name>, Failure> {
        if !self.recipients.is_empty() {
            return Ok(self.recipients.clone());
        }
        let terminal = workspace.context().terminal();
        let name = &self.name;
        if !terminal.can_ask() {
            return Err(Failure::new(format!("who is to read {name}?"))
                .hint(format!("vault env add {name} --recipients NAME…"))
                .hint(format!(
                    "vault env add {name} --like ENV takes those of ENV"
                )));
        }
        let own = workspace.own_member();
        let own = own
            .as_ref()
            .and_then(|own| workspace.own_name(own))
            .map(|(name, _)| name);
        let question = match own {
            Some(own) => format!("Who is to read {name} [{own}]:"),
            None => format!("Who is to read {name}:"),
        };
        let answer = terminal.ask(&question)?;
        let named = words::names(&answer)?;
        Ok(match (named.is_empty(), own) {
            (true, Some(own)) => vec![own.clone()],
            _ => named,
        })
    }

    /// Somebody who has left comes back only by name.
    fn refuse_return(
        &self,
        workspace: &Workspace<'_>,
        environment: &Environment,
    ) -> Result<(), Trouble> {
        let refused = workspace.refuse_returning(environment, &self.readmit);
        refused
            .map_err(|(name, trouble)| trouble.hint(format!("--readmit {name} lets them in again")))
    }

    /// Nothing is made over what is there, or what somebody took away.
    fn refuse_birth(
        &self,
        workspace: &Workspace<'_>,
        environment: &Environment,
    ) -> Result<(), Failure> {
        let file = environment.file();
        let place = workspace
            .root()
            .resolve(Path::new(file.as_str()))
            .map_err(|error| Failure::because(&error))?;
        if place.exists() {
            return Err(Failure::new(format!("{file} is there already"))
                .hint("move it away, or choose another one with --file"));
        }
        workspace.refuse_birth_beside_head(environment)?;
        workspace.refuse_making(environment)?;
        workspace.refuse_alteration(environment)?;
        if self.anew {
            return Ok(());
        }
        workspace.refuse_rebirth(environment).map_err(|trouble| {
            let hint = format!(
                "vault env add {} --anew begins a new file of that name",
                self.name
            );
            Failure::from(trouble.hint(hint))
        })
    }

    fn content(
        &self,
        workspace: &Workspace<'_>,
        pattern: Option<&Environment>,
    ) -> Result<Content, Trouble> {
        let Some(pattern) = pattern else {
            return Ok(Content::Empty);
        };
        let Some(accepted) = workspace.accept(pattern)? else {
            workspace.refuse_second_birth(pattern)?;
            return Ok(Content::Empty);
        };
        if self.copy || accepted.verified.policy().is_some() {
            self.refuse_other_readers(workspace, pattern, &accepted)?;
        }
        if self.copy {
            return workspace
                .open_accepted(pattern, accepted)
                .map(|opened| Content::Values(Box::new(opened)));
        }
        let shape = accepted
            .verified
            .file()
            .shape()
            .map_err(|error| Trouble::untrusted(error.to_string()).within(pattern.file()))?;
        let keys = shape.iter();
        let keys = keys.map(|(key, node)| (key.to_owned(), without_values(node)));
        Ok(Content::Keys(keys.collect()))
    }

    /// Values go only to those who have them, and nobody comes in by a pattern whom somebody wrote into the config since.
    fn refuse_other_readers(
        &self,
        workspace: &Workspace<'_>,
        pattern: &Environment,
        accepted: &Accepted,
    ) -> Result<(), Trouble> {
        let verified = &accepted.verified;
        let Some(policy) = verified.policy() else {
            return match has_recipients(verified, pattern) {
                true => Ok(()),
                false => Err(workspace.of_other_readers(pattern, verified.file())),
            };
        };
        let drift = Drift::between(policy, pattern);
        let then = if self.copy { "copy" } else { AGAIN };
        match drift.is_empty() {
            true => Ok(()),
            false => Err(Trouble::of_drift(pattern, &drift, Some(then))),
        }
    }

    /// What is to be: a line that says of what, and its details.
    fn plan(&self, environment: &Environment, content: &Content) -> Vec<String> {
        let mut lines = vec![format!("{} ({}):", self.name, environment.file())];
        let readers = environment.readers().iter();
        lines.extend(readers.map(|(name, member)| member_line(name, member)));
        if !environment.extends().is_empty() {
            let layers: Vec<&str> = environment.extends().iter().map(EnvName::as_str).collect();
            lines.push(format!("extends {}", layers.join(", ")));
        }
        let like = self.like.as_ref().map_or("", EnvName::as_str);
        let count = |tree: &Map| keys(Node::Map(tree.clone()).leaves().len());
        match content {
            Content::Empty => {}
            Content::Keys(tree) => lines.push(format!("{} of {like}, without values", count(tree))),
            Content::Values(opened) => lines.push(format!(
                "{} of {like}, with values: what leaks here leaks there",
                count(opened.tree())
            )),
        }
        lines
    }
}

fn tell(context: &Context, plan: &[String]) {
    let terminal = context.terminal();
    if let Some((head, details)) = plan.split_first() {
        terminal.say(head);
        details.iter().for_each(|line| terminal.detail(line));
    }
}

fn sealed(
    workspace: &Workspace<'_>,
    environment: &Environment,
    content: &Content,
    repository: String,
) -> Result<Change, Trouble> {
    let now = workspace.context().now();
    let identity = match environment.is_signed() {
        true => Some(workspace.future_writer(environment)?),
        false => {
            workspace.future_reader(environment)?;
            None
        }
    };
    let opened = match content {
        Content::Empty => new_file(environment, repository, None, &now)?,
        Content::Keys(tree) => {
            let mut opened = new_file(environment, repository, None, &now)?;
            for (key, node) in tree.iter() {
                opened.set(&KeyPath::key(key), node)?;
            }
            opened
        }
        Content::Values(source) => {
            let plain = source.to_plain()?;
            let plain = Document::parse(plain.expose_secret())
                .map_err(|error| Trouble::failed(format!("internal error: {}", error.problem)))?;
            new_file(environment, repository, Some(&plain), &now)?
        }
    };
    let signer = identity
        .and_then(|identity| Signer::among(std::slice::from_ref(identity), environment.readers()));
    let sealed = opened.seal(signer.as_ref(), &now)?;
    Ok(Change {
        path: environment.file().as_str().into(),
        expected: None,
        bytes: sealed.text().as_bytes().to_vec(),
    })
}

/// The same maps with null for every value; how long a list is belongs to its value.
fn without_values(node: &Node) -> Node {
    match node {
        Node::Map(map) => Node::Map(Map::from_iter(
            map.iter()
                .map(|(key, node)| (key.to_owned(), without_values(node))),
        )),
        Node::List(_) => Node::List(Vec::new()),
        Node::Scalar(_) => Node::Scalar(Scalar::null()),
    }
}
