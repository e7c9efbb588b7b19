//! Where the config is gone, and with it every environment: nobody needs a key to take it away.

use std::{borrow::Cow, collections::BTreeMap, path::Path};

use vault::{config::Config, vault::CONFIG};

use super::{Report, Trouble, base::removed};
use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::{BlobId, Lineage, Map, Reach, Repo, Step},
    workspace::{LINK_IN_GIT, LostConfig, config_of, configs_in, root_to_compare},
};

/// What a revision, or history, tells of a vault whose config is gone from the work tree; nothing where neither knows one.
///
/// # Errors
/// No such revision, a config in it that is not valid, objects that are missing or damaged.
pub(super) fn reports(
    context: &Context,
    base: Option<&str>,
    reach: Option<Reach<'_>>,
) -> Result<Vec<Report>, Failure> {
    let revisions: Vec<&str> = base.into_iter().collect();
    let Ok((root, Some(_))) = root_to_compare(context, &revisions) else {
        return Ok(Vec::new());
    };
    let Some(repo) = Repo::of_folder(root.directory())? else {
        return Ok(Vec::new());
    };
    let mut own = Report::of(CONFIG);
    let mut reports = Vec::new();
    if let Some(base) = base
        && let Some(config) = config_at(&repo, base)?
    {
        own.troubles.push(gone_since(context, &repo, base, &config));
        reports.extend(config.environments().map(removed));
    }
    if let Some(reach) = reach {
        own.troubles.extend(lost_in(context, &repo, reach)?);
    }
    if !own.troubles.is_empty() {
        reports.insert(0, own);
    }
    Ok(reports)
}

/// The config of a revision, if it has one.
///
/// # Errors
/// No such revision, or a config that is not valid.
pub(super) fn config_at(repo: &Repo, revision: &str) -> Result<Option<Config>, Failure> {
    let path = Path::new(CONFIG);
    if repo.has_link_at(revision, path)? {
        let failure = Failure::new(LINK_IN_GIT).within(".vault.yaml of the revision");
        return Err(failure.exit(Exit::Untrusted));
    }
    let Some(bytes) = repo.file_at(revision, path)? else {
        return Ok(None);
    };
    let config = Config::parse(&String::from_utf8_lossy(&bytes));
    let config =
        config.map_err(|error| Failure::because(&error).within(".vault.yaml of the revision"));
    config.map(Some)
}

fn gone_since(context: &Context, repo: &Repo, base: &str, config: &Config) -> Trouble {
    let what = without(Some(config));
    let text = format!(".vault.yaml is gone, and the revision to compare with has it: {what}");
    let (file, standing) = (Path::new(CONFIG), context.standing());
    let trouble = Trouble::untrusted(text);
    let lost = LostConfig::of(context.directory(), &[base]);
    if let Some(place) = lost.and_then(|lost| lost.where_it_is(context)) {
        return trouble.hint(place);
    }
    let again = repo.brought_back(base, file, standing);
    let trouble = trouble.hint(format!("{again} brings it back"));
    match repo.file_of_head(file) {
        // Nobody has committed that yet.
        Ok(Some(_)) => trouble,
        _ => trouble.hint(format!(
            "git log --stat -1 -- {} shows who took it away",
            repo.named_in(file, standing)
        )),
    }
}

/// The commit that took it away for good.
fn lost_in(context: &Context, repo: &Repo, reach: Reach<'_>) -> Result<Option<Trouble>, Failure> {
    let (lineage, _) = configs_in(repo, reach, Map::at(Path::new(CONFIG)))?;
    let Some(step) = losses(&lineage).find(|step| repo.goes_on_from("HEAD", &step.commit)) else {
        return Ok(None);
    };
    let before = step.before.iter().flatten().next();
    let before = before.map(|id: &BlobId| repo.version(*id)).transpose()?;
    let what = without(before.as_deref().and_then(config_of).as_ref());
    let (commit, author) = (&step.commit, author(context, step));
    let text = format!(".vault.yaml is gone since commit {commit} by {author}: {what}");
    let trouble = Trouble::untrusted(text);
    Ok(Some(match LostConfig::of(context.directory(), &[]) {
        Some(lost) => trouble.hint(lost.way_back(context)),
        None => trouble,
    }))
}

fn without(config: Option<&Config>) -> String {
    let environments = config.into_iter().flat_map(Config::environments);
    let names: Vec<&str> = environments.map(|it| it.name().as_str()).collect();
    match names.is_empty() {
        true => "nothing says any more who may read and write".to_owned(),
        false => format!(
            "nothing says any more who may read and write {}",
            names.join(", ")
        ),
    }
}

/// The branches that have no config any more, while the work tree has one.
pub(super) fn on_branches(context: &Context, repo: &Repo, lineage: &Lineage) -> Option<Report> {
    let mut found: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let losses: Vec<&Step> = losses(lineage).collect();
    for (tip, _) in lineage.tips.iter().filter(|(_, view)| view[0].is_none()) {
        let leads_to = |step: &&Step| repo.goes_on_from(tip, &step.commit);
        if let Some(at) = losses.iter().position(leads_to) {
            let name = context.terminal().one_line(tip).into_owned();
            found.entry(at).or_default().push(name);
        }
    }
    let told = |(at, tips): (&usize, &Vec<String>)| {
        let (tips, step) = (tips.join(", "), losses[*at]);
        let (commit, author) = (&step.commit, author(context, step));
        format!("gone on {tips} since commit {commit} by {author}")
    };
    let state: Vec<String> = found.iter().map(told).collect();
    (!state.is_empty()).then(|| Report {
        state: state.join("; "),
        ..Report::of(CONFIG)
    })
}

/// The steps that took the config away, the newest first.
fn losses(lineage: &Lineage) -> impl Iterator<Item = &Step> {
    lineage.steps.iter().filter(|step| step.blob.is_none())
}

fn author<'s>(context: &Context, step: &'s Step) -> Cow<'s, str> {
    context.terminal().one_line(&step.author)
}
