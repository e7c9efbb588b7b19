//! Desks whose people are gone, and rescues that nobody came back for: looked for at the start of every command.
//!
//! Costs a look at three directories, which mostly are not there.

use std::{fs::File, path::Path};

use super::{
    desk,
    place::Place,
    process::Process,
    record::Record,
    rescues::{Kept, Rescues},
    session::conclude,
};
use crate::{context::Context, failure::Failure};

/// Keeps what was typed at abandoned desks, wipes them, and takes away rescues that are too old.
pub(crate) fn clear(context: &Context) {
    let terminal = context.terminal();
    let places = Place::all(context);
    for desk in places.iter().flat_map(Place::desks) {
        match abandoned(context, &desk) {
            Ok(None) => {}
            Ok(Some((environment, kept))) => {
                terminal.warn(format!(
                    "an edit of {environment} did not come to its end; what was typed is kept, encrypted to your key: {}",
                    kept.id
                ));
                terminal.hint(format!("vault edit {environment} --resume goes on with it"));
            }
            Err(failure) => {
                terminal.warn(failure.error().unwrap_or_default());
                failure.hints().iter().for_each(|hint| terminal.hint(hint));
            }
        }
    }
    for kept in Rescues::beside(context, &places).expire(context) {
        terminal.warn(format!(
            "the rescue {} was older than 7 days, and is gone",
            kept.id
        ));
    }
}

/// The edits of a file that are going on.
pub(crate) fn at_work(context: &Context, path: &Path) -> Vec<Record> {
    let places = Place::all(context);
    let desks = places.iter().flat_map(Place::desks);
    let records = desks.filter_map(|desk| desk::record_of(&desk));
    records.filter(|record| record.path == path).collect()
}

/// Concludes a desk at which nobody works any more.
fn abandoned(context: &Context, directory: &Path) -> Result<Option<(String, Kept)>, Failure> {
    let Ok(lock) = File::open(directory) else {
        return Ok(None);
    };
    if lock.try_lock().is_err() {
        return Ok(None);
    }
    let Some(record) = desk::record_of(directory) else {
        // Its maker was killed before there was a text.
        desk::wipe(directory, None)?;
        return Ok(None);
    };
    // An editor that is still open could save nowhere afterwards.
    Process::end_all_at(directory);
    let kept = conclude(directory, &record, &context.now())?.kept;
    let environment = record.subject()?.environment.to_string();
    Ok(kept.map(|kept| (environment, kept)))
}
