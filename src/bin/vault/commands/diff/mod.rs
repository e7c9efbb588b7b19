//! `vault diff`: what differs between two versions of a vault, by key and by person. Needs no identity.

mod asked;
mod json;
mod markdown;
mod pairs;
mod people;
mod report;
mod text;
mod values;
mod wishes;

use std::{cell::Cell, path::Path};

use clap::{Args, ValueEnum};
use vault::{
    config::{Config, RepositoryId},
    difference::What,
    secret::secret,
    value::{EnvName, near::nearest},
    vault::{CONFIG, Root},
};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::{Repo, shown},
    workspace::{
        LostConfig, Place, Plan, Side, Versions, Workspace, folder_at, place_of, root_to_compare,
    },
};
use asked::{Asked, HEAD, Words};
use pairs::pairs;
use report::{Key, Report};
use values::{Exact, Shown};

/// Show what changed, by key and by person
///
/// Compares the commit that is checked out with the work tree; REV with the work tree; or two revisions, also as A..B, or A...B for what B did
/// since it left A. Each environment that differs is told: its keys, added (+), removed (-), changed or renamed (~), or only encrypted anew
/// (*); comments; who can read and write now and who cannot any more, with who signed that; layers and rules; what .vault.yaml wants and
/// nobody has signed yet; and who signed the file. A version that is not accepted is marked (!) and shown as far as it can be.
///
/// No identity is needed. After a new data key only one tells whether a value changed, and which key was renamed; without, `?` says so. No
/// value is shown unless it is asked for.
#[derive(Args, Debug)]
pub(crate) struct Diff {
    /// Revisions, at most two, then environments; all if none is named
    #[arg(value_name = "REV|ENV")]
    words: Vec<String>,
    /// Environments, where a name is also a revision
    #[arg(value_name = "ENV", last = true)]
    environments: Option<Vec<EnvName>>,
    /// Compare with what is about to be committed, instead of the work tree
    #[arg(long, visible_alias = "cached")]
    staged: bool,
    /// Use no identity
    #[arg(long)]
    keyless: bool,
    /// Show values, before and after
    #[arg(long, conflicts_with_all = ["keyless", "fingerprints"])]
    reveal: bool,
    /// Show what two people can compare to know whether they mean one value; on a terminal only
    #[arg(long, conflicts_with = "keyless")]
    fingerprints: bool,
    /// How it is told
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print JSON
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Exit with 1 if something differs, and with 3 if a version is not accepted
    #[arg(long)]
    exit_code: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person
    Text,
    /// For a comment on a pull request
    Markdown,
    /// For a program
    Json,
}

/// All there is to say.
struct Answer {
    /// What was compared with what, in words.
    before: String,
    after: String,
    /// What the config says of everybody.
    config: Vec<String>,
    /// Whether there still is a config, if there was one.
    is_covered: bool,
    reports: Vec<Report>,
}

impl Diff {
    /// Prints what differs.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        self.refuse_values_in_public(context)?;
        let (root, lost) = root_to_compare(context, &self.revisions())?;
        let Some(repo) = Repo::of_folder(root.directory())? else {
            let failure =
                Failure::new("there is no git repository, whose versions could be compared");
            return Err(failure.hint("git init makes one"));
        };
        let here = Side::of(context, &repo, &root, Place::WorkTree)?;
        let asked = self.asked(&repo, &here)?;
        let before = side(context, &repo, &root, asked.before)?;
        let after = side(context, &repo, &root, asked.after)?;
        let id = [&before, &after, &here]
            .into_iter()
            .find_map(|side| side.config().and_then(Config::repository));
        let former = elsewhere(&repo, &before, id)?;
        let later = elsewhere(&repo, &after, id)?;
        let before = match &former {
            Some(repo) => side(context, repo, &root, before.place)?,
            None => before,
        };
        let after = match &later {
            Some(repo) => side(context, repo, &root, after.place)?,
            None => after,
        };
        let lost = match (&before.plan, &after.plan, lost) {
            (Plan::None, Plan::None, Some(lost)) => return Err(lost),
            (_, _, lost) => lost,
        };
        refuse_strangers(&asked.environments, [&before, &after])?;
        let workspace = match self.shown() {
            Shown::Nothing => None,
            Shown::Values | Shown::Fingerprints => Some(Workspace::open(context)?),
        };
        let exact = Exact {
            is_keyless: self.keyless,
            shown: self.shown(),
            workspace: workspace.as_ref(),
            has_failed: Cell::new(false),
            terminal: context.terminal(),
        };
        let mut versions = Versions::new(context, &repo, false);
        let mut reports = Vec::new();
        for mut pair in pairs(&before, &after, &mut versions)? {
            if pair.is_named(&asked.environments) {
                reports.extend(report::report(
                    &mut pair,
                    [&before, &after],
                    &mut versions,
                    &exact,
                )?);
            }
        }
        let back = || before.brought_back(Path::new(CONFIG), context.standing());
        let back = || back().map(|command| format!("{command} brings it back"));
        let place = lost.and_then(|_| self.where_it_is(context));
        let moved = moves(former.as_ref(), later.as_ref());
        let config = wishes::of_config(&before, &after, place.or_else(back))?;
        let answer = Answer {
            config: moved.into_iter().chain(config).collect(),
            is_covered: !matches!(
                (&before.plan, &after.plan),
                (Plan::Valid(_), Plan::None | Plan::Bad(_))
            ),
            before: in_words(&before.place),
            after: in_words(&after.place),
            reports,
        };
        self.print(context, &answer)?;
        Ok(self.verdict(&answer))
    }

    /// Where the vault is, if somebody has moved it away from here.
    fn where_it_is(&self, context: &Context) -> Option<String> {
        LostConfig::of(context.directory(), &self.revisions())?.where_it_is(context)
    }

    fn asked(&self, repo: &Repo, here: &Side<'_>) -> Result<Asked, Failure> {
        let is_environment = |word: &str| {
            let name = word.parse::<EnvName>().ok();
            let found = here.config().zip(name);
            found.is_some_and(|(config, name)| config.environment(&name).is_ok())
        };
        let words = Words {
            repo,
            is_environment: &is_environment,
            staged: self.staged,
        };
        words.read(&self.words, self.environments.as_deref())
    }

    /// The revisions that the words may name, those of ranges as well.
    fn revisions(&self) -> Vec<&str> {
        let parts = self.words.iter().flat_map(|word| word.split(".."));
        let parts = parts.map(|part| part.trim_start_matches('.'));
        parts.filter(|part| !part.is_empty()).collect()
    }

    fn shown(&self) -> Shown {
        match (self.reveal, self.fingerprints) {
            (true, _) => Shown::Values,
            (_, true) => Shown::Fingerprints,
            _ => Shown::Nothing,
        }
    }

    fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }

    /// A comment on a pull request is read by everybody; a fingerprint in a log can be compared for ever.
    fn refuse_values_in_public(&self, context: &Context) -> Result<(), Failure> {
        if self.format() == Format::Markdown && self.shown() != Shown::Nothing {
            return Err(Failure::new("markdown is for everybody: it has no values")
                .hint("vault diff --reveal shows them here"));
        }
        let is_talk = self.format() == Format::Text && context.terminal().is_stdout();
        if self.fingerprints && !is_talk {
            return Err(Failure::new(
                "fingerprints are for two people who talk: they are shown on a terminal only, as text",
            ));
        }
        Ok(())
    }

    fn print(&self, context: &Context, answer: &Answer) -> Result<(), Failure> {
        let terminal = context.terminal();
        match self.format() {
            Format::Markdown => terminal.print(&markdown::markdown(terminal, answer))?,
            Format::Json => terminal.print_secret(&json::json(answer)?)?,
            Format::Text if self.shown() == Shown::Nothing => {
                terminal.print(&text::text(terminal, answer))?;
            }
            Format::Text => terminal.print_secret(&secret(&text::text(terminal, answer)))?,
        }
        Ok(())
    }

    fn verdict(&self, answer: &Answer) -> Exit {
        let has_faults = |report: &Report| !report.faults.is_empty();
        let is_bad = !answer.is_covered || answer.reports.iter().any(has_faults);
        match self.exit_code {
            false => Exit::Done,
            true if is_bad => Exit::Untrusted,
            true if answer.is_empty() => Exit::Done,
            true => Exit::No,
        }
    }
}

impl Answer {
    /// Whether nothing differs.
    fn is_empty(&self) -> bool {
        self.config.is_empty() && self.reports.is_empty()
    }

    /// Bytes that the values to be shown take, escaped: a buffer that grows leaves copies behind.
    fn size_of_values(&self) -> usize {
        let keys = self.reports.iter().flat_map(|report| &report.keys);
        let values = keys.flat_map(|key| key.before.iter().chain(&key.after));
        values.map(|value| 20 + value.expose().len() * 10).sum()
    }
}

impl Report {
    /// Whether the file was written, and nothing that is told says why.
    fn says_nothing_of_the_file(&self) -> bool {
        self.is_anew
            && self.keys.is_empty()
            && self.comments.is_empty()
            && self.people.is_empty()
            && self.structure.is_empty()
            && self.faults.is_empty()
    }
}

impl Key {
    /// Whether it is new, and everybody can read it.
    fn is_new_in_clear(&self) -> bool {
        self.is_clear && matches!(self.difference.what, What::Added)
    }
}

/// A side; before the first commit there is nothing.
fn side<'s>(
    context: &'s Context,
    repo: &'s Repo,
    root: &'s Root,
    place: Place,
) -> Result<Side<'s>, Failure> {
    match &place {
        Place::Revision(revision) if revision == HEAD && repo.is_unborn()? => {
            Ok(Side::empty(context, repo, root, place))
        }
        _ => Side::of(context, repo, root, place),
    }
}

/// The repository as it is looked at from the folder in which the revision of a side has the vault, if that is another one.
fn elsewhere(
    repo: &Repo,
    side: &Side<'_>,
    id: Option<&RepositoryId>,
) -> Result<Option<Repo>, Failure> {
    let (Plan::None, Place::Revision(revision), Some(id)) = (&side.plan, &side.place, id) else {
        return Ok(None);
    };
    if revision == HEAD && repo.is_unborn()? {
        return Ok(None);
    }
    match folder_at(repo, revision, id)? {
        Some(folder) => repo.at_folder(&folder),
        None => Ok(None),
    }
}

/// That the vault has moved, by where it was and is; `None` stands for the folder that is looked at.
fn moves(former: Option<&Repo>, later: Option<&Repo>) -> Vec<String> {
    let place = |repo: Option<&Repo>| repo.map(|repo| place_of(repo.folder()));
    let (was, is) = (place(former), place(later));
    if was == is {
        return Vec::new();
    }
    let was = was.map(|place| format!("~ the vault was {place}"));
    let is = is.map(|place| format!("~ the vault is now {place}"));
    was.into_iter().chain(is).collect()
}

fn in_words(place: &Place) -> String {
    match place {
        Place::Revision(revision) => shown(revision).to_owned(),
        Place::Index => "index".to_owned(),
        Place::WorkTree => "work tree".to_owned(),
    }
}

/// A name that neither side has for an environment.
fn refuse_strangers(names: &[EnvName], sides: [&Side<'_>; 2]) -> Result<(), Failure> {
    let configs = || sides.into_iter().filter_map(Side::config);
    let is_known = |name: &&EnvName| configs().any(|config| config.environment(name).is_ok());
    let can_tell = !sides.iter().any(|side| matches!(side.plan, Plan::Bad(_)));
    let Some(stranger) = names
        .iter()
        .find(|name| !is_known(name))
        .filter(|_| can_tell)
    else {
        return Ok(());
    };
    let known = configs().flat_map(|config| config.environments());
    let known: Vec<&str> = known
        .map(|environment| environment.name().as_str())
        .collect();
    let failure = Failure::new(format!(
        "`{stranger}` is no revision, and neither side has an environment of that name"
    ));
    Err(match nearest(stranger.as_str(), known.iter().copied()) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint("git rev-parse REV says what git knows; vault env list says which environments there are"),
    })
}
