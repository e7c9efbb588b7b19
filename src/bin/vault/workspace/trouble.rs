//! What can be wrong with an environment's file, and which exit code that is.

use vault::{
    config::Environment,
    sealed::{FormError, OpenError, SealError, TrustError},
    sops::{ChangeError, Reason, SopsError},
    vault::{PathError, ReadError, SaveError, Shown, WriteError},
    yaml::Problem,
};

use super::Workspace;
use crate::{
    failure::{Exit, Failure, writable},
    shell,
};

/// What to do about a file that somebody else has changed.
pub(super) const LOOK_BACK: &str =
    "git log -p shows who changed the file; git checkout brings an older version back";
/// Who wants a file without a signature, before anybody makes it one.
pub(super) const WHO_TURNED_OFF: &str = "git log -p .vault.yaml shows who wrote `signed: false`: if that was none of you, take it out again";

/// What somebody does who has no identity yet.
pub(super) const NEWCOMER: &str =
    "vault setup makes an identity, and prints the line to send to a colleague";

/// A reason why a file is not used. Text and hints never hold a value.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// 2 for bad input and for who cannot, 3 for integrity and trust.
    pub(crate) exit: Exit,
    /// What is wrong, with which file.
    pub(crate) text: String,
    /// Lines that belong to it.
    pub(crate) details: Vec<String>,
    /// What to type next.
    pub(crate) hints: Vec<String>,
}

impl Trouble {
    /// Bad input, or somebody who cannot.
    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Trouble {
            exit: Exit::Failed,
            text: text.into(),
            details: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Integrity or trust.
    pub(crate) fn untrusted(text: impl Into<String>) -> Self {
        Trouble {
            exit: Exit::Untrusted,
            ..Trouble::failed(text)
        }
    }

    /// Says which file, before the reason, where that is not said yet.
    pub(crate) fn within(mut self, file: impl std::fmt::Display) -> Self {
        let file = format!("{file}: ");
        if !self.text.starts_with(&file) {
            self.text.insert_str(0, &file);
        }
        self
    }

    /// Adds a line.
    pub(crate) fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    /// Without the advice to look into git, where what is meant did not come from there.
    pub(crate) fn without_look_back(mut self) -> Self {
        self.hints.retain(|hint| hint != LOOK_BACK);
        self
    }

    /// Adds what to type next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl Trouble {
    /// What is wrong within a file, and what to do about it.
    pub(crate) fn of_reason(error: &SopsError) -> Self {
        let trouble = Trouble::failed(error.to_string());
        error.reason.hint().into_iter().fold(trouble, Trouble::hint)
    }

    /// That the file of an environment is not trusted.
    pub(crate) fn of_trust(error: &TrustError, environment: &Environment) -> Self {
        let name = environment.name();
        let trouble = Trouble::untrusted(error.to_string());
        match error {
            TrustError::Unsigned => trouble.hint(LOOK_BACK).hint(signed_again(environment)),
            TrustError::SignedUnwanted => trouble.hint(WHO_TURNED_OFF).hint(format!(
                "if that is meant: vault sync {name} turns the signature off, after a writer has confirmed it"
            )),
            TrustError::Repository => trouble
                .hint("git log -p .vault.yaml shows whether somebody has changed `repository` there")
                .hint("else the file was copied from another repository; make a new one with vault set"),
            TrustError::Environment(_) => trouble
                .hint("the file was copied or moved onto this one; git log -p shows who did"),
            _ => trouble.hint(LOOK_BACK),
        }
    }
}

/// How a file whose signature is gone is signed by somebody who knows why.
pub(super) fn signed_again(environment: &Environment) -> String {
    format!(
        "only if it was you or a colleague, with sops: vault sign {} shows what changed, and signs it again",
        environment.name()
    )
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        let failure = Failure::new(trouble.text).exit(trouble.exit);
        let failure = trouble.details.into_iter().fold(failure, Failure::detail);
        trouble.hints.into_iter().fold(failure, Failure::hint)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        let mut trouble = Trouble::failed(failure.error().unwrap_or_default());
        trouble.exit = failure.code();
        trouble.details = failure.details().to_vec();
        trouble.hints = failure.hints().to_vec();
        trouble
    }
}

impl Workspace<'_> {
    /// That the file of an environment cannot be read as a sealed one.
    pub(crate) fn of_form(&self, error: FormError, environment: &Environment) -> Trouble {
        let problem = match &error {
            FormError::Yaml(yaml) => Some(yaml.problem.clone()),
            _ => None,
        };
        let trouble = Trouble::of_form_at(error, environment.file().as_str());
        let hints = match problem {
            Some(Problem::Conflict) => self.out_of_a_merge(environment),
            // A text that is cut off need not end in YAML.
            Some(_) => self.brings_back_in_order(environment).into_iter().collect(),
            None => return self.look_back(trouble, environment),
        };
        hints.into_iter().fold(trouble, Trouble::hint)
    }
}

impl From<FormError> for Trouble {
    fn from(error: FormError) -> Self {
        Trouble::of_form_at(error, "FILE")
    }
}

impl Trouble {
    /// The same for any file, which stands under this path.
    pub(crate) fn of_form_at(error: FormError, path: &str) -> Self {
        match &error {
            FormError::Yaml(yaml) if yaml.problem == Problem::Conflict => {
                Trouble::failed(error.to_string())
            }
            FormError::Yaml(yaml) => Trouble::failed(error.to_string()).hint(yaml.hint()),
            FormError::Sops(sops) => of_sops(sops, path),
            FormError::Log(_) => Trouble::untrusted(error.to_string()).hint(LOOK_BACK),
            FormError::Unmerged(_) | FormError::MarkDamaged => {
                Trouble::untrusted(error.to_string())
                    .hint("vault git resolve shows what is left to decide, and finishes the merge")
            }
            FormError::MarkLayout => Trouble::failed(error.to_string()),
        }
    }
}

fn of_sops(error: &SopsError, path: &str) -> Trouble {
    let text = error.to_string();
    match &error.reason {
        Reason::Rule(_) => Trouble::failed(text)
            .hint("rules that vault reads are the four by suffix and by regex of keys"),
        Reason::KeyGroups => Trouble::failed(text).hint("sops groups delete leaves one group"),
        Reason::NoAge => Trouble::failed(text).hint(format!(
            "sops rotate --in-place --add-age age1… {} adds one",
            shell::word(path)
        )),
        Reason::Unreadable | Reason::EmptyItem => Trouble::of_reason(error),
        _ => Trouble::untrusted(text).hint(LOOK_BACK),
    }
}

impl From<OpenError> for Trouble {
    fn from(error: OpenError) -> Self {
        match &error {
            OpenError::NoIdentity => Trouble::failed(error.to_string()),
            _ => Trouble::untrusted(error.to_string()).hint(LOOK_BACK),
        }
    }
}

impl From<SealError> for Trouble {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Change(error) => error.into(),
            SealError::Sops(error) => unwritable(error),
            error => Trouble::failed(error.to_string()),
        }
    }
}

impl From<ChangeError> for Trouble {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Sops(error) => unwritable(error),
            error => Trouble::failed(error.to_string()),
        }
    }
}

/// The place is one in a text that nobody has seen: it was not written. What sops stops at stood in the file before.
fn unwritable(error: SopsError) -> Trouble {
    let is_old = matches!(
        error.reason,
        Reason::Unreadable | Reason::EmptyItem | Reason::Stops(_)
    );
    let trouble = Trouble::of_reason(&SopsError {
        place: None,
        ..error
    });
    match is_old {
        true => trouble.hint("vault check names the line"),
        false => trouble,
    }
}

impl From<ReadError> for Trouble {
    fn from(error: ReadError) -> Self {
        Failure::because(&error).into()
    }
}

impl From<PathError> for Trouble {
    fn from(error: PathError) -> Self {
        let trouble = Trouble::from(Failure::because(&error));
        match &error {
            PathError::ThroughLink { link, .. } => trouble.hint(format!(
                "put a directory in the place of {}, or keep the file elsewhere (`file:` in .vault.yaml)",
                Shown(link)
            )),
            _ => trouble,
        }
    }
}

impl From<SaveError> for Trouble {
    fn from(error: SaveError) -> Self {
        let failure = Failure::because(&error);
        match error {
            SaveError::Write(WriteError::ReadOnly { path }) => failure.hint(writable(&path)),
            _ => failure,
        }
        .into()
    }
}

/// Whom somebody asks.
pub(super) fn one_of(writers: &[&str]) -> String {
    match writers {
        [] => "somebody who may write it".to_owned(),
        writers => writers.join(" or "),
    }
}

impl Workspace<'_> {
    /// How the person at work becomes a member of an environment: what to send to its writers, and what they have to type.
    pub(crate) fn introduction(&self, environment: &Environment, writers: &[&str]) -> Vec<String> {
        let Some(member) = self.own_member() else {
            return vec![NEWCOMER.to_owned()];
        };
        let (name, whom) = (environment.name(), one_of(writers));
        match self.own_name(&member) {
            None => vec![
                format!("send this line to {whom}: {member}"),
                format!("they type vault recipients add NAME 'LINE' --env {name}"),
            ],
            Some((own, _)) if environment.readers().contains_key(own) => {
                vec![format!(
                    "ask {whom} to run vault sync {name}: .vault.yaml lists you, the file does not yet"
                )]
            }
            Some((own, line)) => vec![format!(
                "ask {whom} to type vault recipients add {own} '{line}' --env {name}"
            )],
        }
    }
}
