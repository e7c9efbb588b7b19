//! The moments of a write, so that tests can stop it at each of them.

use std::{io, path::Path, sync::Arc};

/// A moment just before something on disk changes, or just after everything has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Create,
    Write,
    Attributes,
    Flush,
    Rename,
    FlushDirectory,
    Remove,
    WriteJournal,
    RemoveJournal,
    Remember,
    Done,
}

type Observer = dyn Fn(Step, &Path) -> io::Result<()> + Send + Sync;

/// Who is told of each step and may make it fail: nobody but in tests.
#[derive(Clone, Default)]
pub(super) struct Steps(Option<Arc<Observer>>);

impl Steps {
    #[cfg(test)]
    pub(super) fn observed(
        observer: impl Fn(Step, &Path) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Steps(Some(Arc::new(observer)))
    }

    pub(super) fn reach(&self, step: Step, path: &Path) -> io::Result<()> {
        self.0
            .as_ref()
            .map_or(Ok(()), |observer| observer(step, path))
    }
}
