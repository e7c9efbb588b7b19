//! Both values of every conflict side by side in an editor, until somebody has decided.

use vault::{
    merge::Conflict,
    secret::ExposeSecret,
    typed::{self, Problem},
    value::{EnvName, Map, Node},
    yaml::Document,
};
use zeroize::Zeroizing;

use super::told::what;
use crate::{
    commands::edit::{
        rescued::subject,
        sitting::{Choice, Edited, Sitting},
    },
    editor::{Beginning, Disk, Program, Session},
    failure::{Exit, Failure},
    workspace::{KeyChange, Waiting, Work, Workspace, differences},
};

/// Has a person decide, and returns what they have changed beyond the conflicts; why it is left, where nobody can or does not want to.
pub(super) fn edit(
    workspace: &Workspace<'_>,
    waiting: &Waiting,
    work: &mut Work<'_>,
    disk: Disk,
) -> Result<Result<Vec<KeyChange>, Failure>, Failure> {
    let context = workspace.context();
    let program = match Program::find(context) {
        Ok(program) => program,
        Err(_) if !context.terminal().can_ask() => return Ok(Err(undecided(workspace, work))),
        Err(failure) => return Err(failure),
    };
    let terminal = context.terminal();
    terminal.say(format!(
        "{}: the editor shows both values of what is in conflict",
        waiting.path.display()
    ));
    if let Some(warning) = program.warning() {
        terminal.warn(warning);
    }
    let session = Session::begin(context, &beginning(workspace, waiting, work), disk)?;
    let desk = session.desk();
    let sitting = Sitting { context, program };
    let ended = decided(&sitting, session, work, &waiting.environment);
    sitting.tell_traces(&desk);
    ended
}

/// The conflicts, where there is nobody to ask.
fn undecided(workspace: &Workspace<'_>, work: &Work<'_>) -> Failure {
    let reconciliation = &work.reconciliation;
    let failure = Failure::new("somebody has to decide between two values").exit(Exit::No);
    let line = |conflict: &Conflict| {
        let what = what(conflict.kind, reconciliation.knows_base());
        format!("{}: {what}", conflict.path)
    };
    let conflicts = reconciliation.conflicts().iter().map(line);
    let failure = conflicts
        .fold(failure, Failure::detail)
        .hint("--ours KEY or --theirs KEY takes one of them; on a terminal an editor shows both");
    workspace.swapped().into_iter().fold(failure, Failure::hint)
}

fn beginning(workspace: &Workspace<'_>, waiting: &Waiting, work: &Work<'_>) -> Beginning {
    let mut notice = vec![
        format!("{}: both sides of a merge", waiting.environment),
        "where they contradict each other, our value stands below theirs: leave the one that is meant".to_owned(),
    ];
    notice.extend(workspace.swapped());
    let text = typed::compose(&notice, work.reconciliation.shown().expose_secret());
    Beginning {
        subject: subject(workspace, &waiting.environment, None, waiting.digest),
        recipients: vec![work.reader.clone()],
        base: Some(work.reconciliation.text()),
        buffer: Zeroizing::new(text.expose_secret().as_bytes().to_vec()),
        path: workspace.root().directory().join(&waiting.path),
    }
}

/// Edits until there is a decision; whatever it is, the desk is wiped, and what was typed is taken or kept.
fn decided(
    sitting: &Sitting<'_>,
    mut session: Session<'_>,
    work: &mut Work<'_>,
    environment: &EnvName,
) -> Result<Result<Vec<KeyChange>, Failure>, Failure> {
    match rounds(sitting, &mut session, work) {
        Ok(decided) => {
            let foreign = session.discard()?;
            sitting.tell_foreign(&foreign);
            Ok(decided.ok_or_else(|| Failure::new("given up; nothing is written")))
        }
        Err(failure) => {
            let concluded = session.keep()?;
            sitting.tell_foreign(&concluded.foreign);
            Ok(Err(match concluded.kept {
                None => failure,
                Some(kept) => failure
                    .detail(format!(
                        "what you typed is kept, encrypted to your key: {}",
                        kept.id
                    ))
                    .hint(goes_on(environment)),
            }))
        }
    }
}

/// How somebody goes on with what is kept: there is no editing of one file in the middle of a merge.
pub(super) fn goes_on(environment: &EnvName) -> String {
    format!(
        "vault git resolve begins anew; once the merge is committed, vault edit {environment} --resume goes on with what is kept"
    )
}

/// Edits until there is a decision; nothing if the person gives up.
fn rounds(
    sitting: &Sitting<'_>,
    session: &mut Session<'_>,
    work: &mut Work<'_>,
) -> Result<Option<Vec<KeyChange>>, Failure> {
    loop {
        let buffer = match sitting.edited(session)? {
            Edited::Text(buffer) => buffer,
            Edited::Failed(how) => match sitting.ask()? {
                Choice::Again => continue,
                Choice::Never => return Ok(None),
                Choice::Later => return Err(sitting.failed(&how)),
            },
        };
        match taken(work, &buffer) {
            Ok(text) if text.root().is_none() => return Err(empty()),
            Ok(text) => {
                let changes = beyond(work, &text)?;
                work.reconciliation.take(text);
                return Ok(Some(changes));
            }
            Err(problems) => {
                if !sitting.goes_on(&problems)? {
                    return Ok(None);
                }
                session.put(&typed::with_problems(&buffer, &problems))?;
            }
        }
    }
}

/// A text without any key: a mistake, as it is for `vault edit`.
fn empty() -> Failure {
    Failure::new("the text is empty; nothing is written")
        .hint("--ours KEY or --theirs KEY takes one side, also where it has removed the key")
}

/// What a person has changed that was not in conflict, and every key that they have taken out.
fn beyond(work: &Work<'_>, text: &Document) -> Result<Vec<KeyChange>, Failure> {
    let before = work.reconciliation.text();
    let before =
        Document::parse(before.expose_secret()).map_err(|error| Failure::because(&error))?;
    let [before, after] = [tree(&before)?, tree(text)?];
    let mut changes = differences(&before, &after);
    changes.retain(|change| match change {
        KeyChange::Removed(_) => true,
        KeyChange::Added(path) | KeyChange::Changed(path) => {
            let conflicts = work.reconciliation.conflicts();
            let is_above = |conflict: &Conflict| path.steps().starts_with(conflict.path.steps());
            !conflicts.iter().any(is_above)
        }
    });
    Ok(changes)
}

fn tree(document: &Document) -> Result<Map, Failure> {
    match document.root().map(|root| root.to_node()).transpose() {
        Ok(Some(Node::Map(tree))) => Ok(tree),
        Ok(_) => Ok(Map::default()),
        Err(error) => Err(Failure::because(&error)),
    }
}

/// The text that was typed, if it can be written.
fn taken(work: &Work<'_>, buffer: &[u8]) -> Result<Document, Vec<Problem>> {
    let typed = typed::read(buffer).map_err(|problem| vec![problem])?;
    let text = Document::parse(typed.text.expose_secret());
    let text = text.map_err(|error| vec![Problem::from(&error)])?;
    let checked = work.reconciliation.check(&text);
    checked.map_err(|errors| errors.iter().map(Problem::from).collect::<Vec<_>>())?;
    Ok(text)
}
