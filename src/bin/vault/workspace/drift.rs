//! That the config wants something else than the log of a file has: what is said of it, and what is refused for it.

use vault::{accord::Drift, config::Environment};

use super::{Trouble, Workspace, accept::names};

impl Trouble {
    /// Everything that differs, and the way out; `then` is what comes after that.
    pub(crate) fn of_drift(environment: &Environment, drift: &Drift, then: Option<&str>) -> Self {
        let trouble = Trouble::untrusted(wanted(environment));
        let trouble = drift.lines().into_iter().fold(trouble, Trouble::detail);
        let then = then.map_or_else(String::new, |then| format!("; then {then}"));
        trouble.hint(format!(
            "vault sync {} brings the file in line{then}",
            environment.name()
        ))
    }
}

impl Workspace<'_> {
    /// Config and log need not agree for a write: what differs is told, and stays as the file has it.
    pub(super) fn tell_drift(&self, environment: &Environment, drift: &Drift) {
        if drift.is_empty() || !drift.dropped.is_empty() {
            return;
        }
        let terminal = self.context().terminal();
        terminal.warn(format!(
            "{}; nothing of that changes before vault sync {}",
            wanted(environment),
            environment.name()
        ));
        drift.lines().iter().for_each(|line| terminal.detail(line));
    }
}

/// Nobody whom the config has dropped may get a new secret.
pub(super) fn refuse_dropped(environment: &Environment, drift: &Drift) -> Result<(), Trouble> {
    if drift.dropped.is_empty() {
        return Ok(());
    }
    let name = environment.name();
    let text = format!(
        "{name} can still be read by {}, whom .vault.yaml no longer lists",
        names(&drift.dropped)
    );
    Err(Trouble::untrusted(text).hint(format!(
        "vault sync {name} takes them out and changes the data key"
    )))
}

fn wanted(environment: &Environment) -> String {
    format!(
        "{}: .vault.yaml wants other members or layers than the file has",
        environment.name()
    )
}
