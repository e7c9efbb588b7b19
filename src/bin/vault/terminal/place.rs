//! What somebody types where they stand: the commands in what is said are written as they are typed in the folder of the vault.

use std::{
    borrow::Cow,
    sync::{LazyLock, OnceLock},
};

use vault::vault::CONFIG;

/// What stands before a command that somebody else types, elsewhere.
const OF_OTHERS: [&str; 3] = ["type ", "types ", "to run "];

/// A program has one command line and one vault, and what it says comes from everywhere.
static PLACE: Place = Place {
    named: OnceLock::new(),
    config: OnceLock::new(),
};

/// The commands of git that texts name, and the option that it takes several times.
const OF_GIT: [&str; 20] = [
    "-C",
    "add",
    "check-ignore",
    "checkout",
    "commit",
    "config",
    "diff",
    "fetch",
    "log",
    "merge",
    "mv",
    "pull",
    "push",
    "rebase",
    "rm",
    "show",
    "sparse-checkout",
    "stash",
    "submodule",
    "update-index",
];

/// How a text begins whose paths other programs than git take as they are, in the folder of the vault.
const OF_FILES: [&str; 3] = ["mkdir ", "mv ", "rm "];

/// The names of all commands.
pub(super) type Commands = fn() -> Vec<String>;

/// A folder that was named with `-C`. What takes looking is asked for when something is said, which is seldom.
pub(crate) struct Named {
    /// As it was typed, a word.
    pub(crate) folder: String,
    /// The whole path, a word.
    pub(crate) whole: String,
    /// What commands there are.
    pub(crate) commands: Commands,
    /// Whether git finds another work tree from where somebody stands, or none: all paths that are said count from the folder then.
    pub(crate) is_elsewhere: LazyLock<bool, Box<dyn FnOnce() -> bool + Send>>,
}

/// What has commands find the vault from where somebody stands.
pub(super) struct Place {
    named: OnceLock<Named>,
    /// The config as a path for git, where it is not in that place.
    config: OnceLock<String>,
}

impl Place {
    pub(super) fn of_process() -> &'static Place {
        &PLACE
    }

    /// The vault is looked for in a folder that was named with `-C`.
    pub(super) fn is_named(&self, named: Named) {
        // The first command line counts: there is no other one.
        let _ = self.named.set(named);
    }

    /// Its config lies elsewhere than where somebody stands.
    pub(super) fn has_config_at(&self, path: &str) {
        let _ = self.config.set(path.to_owned());
    }

    /// A text with its commands as they are typed here.
    pub(super) fn typed<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let with_folder = match self.named.get() {
            Some(named) => named.typed(text),
            None => Cow::Borrowed(text),
        };
        match self.config.get() {
            Some(config) => Cow::Owned(of_git(&with_folder, config)),
            None => with_folder,
        }
    }
}

impl Named {
    /// A text with the folder in each of its commands.
    fn typed<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let is_of_files = OF_FILES.iter().any(|start| text.starts_with(start));
        if !(is_of_files || text.contains("git ")) || !*self.is_elsewhere {
            return in_folder(text, "vault ", &self.folder, self.commands);
        }
        // A shell opens what stands behind `>`, wherever git is.
        if is_of_files || text.contains(" > ") {
            return Cow::Owned(format!("cd {} && {text}", self.whole));
        }
        let of_git = || OF_GIT.map(str::to_owned).to_vec();
        let with_git = in_folder(text, "git ", &self.folder, of_git);
        let with_both = in_folder(&with_git, "vault ", &self.folder, self.commands);
        Cow::Owned(with_both.into_owned())
    }
}

/// Puts `-C FOLDER` behind a program where a command follows.
fn in_folder<'t>(text: &'t str, program: &str, folder: &str, commands: Commands) -> Cow<'t, str> {
    let is_command = |at: usize| {
        let (before, after) = (&text[..at], &text[at + program.len()..]);
        let is_word = before.is_empty() || before.ends_with([' ', '(']);
        let word = after.split(|c: char| !c.is_ascii_alphabetic() && c != '-');
        let word = word.into_iter().next().unwrap_or_default();
        let is_own = !OF_OTHERS.iter().any(|other| before.ends_with(other));
        is_word && is_own && commands().iter().any(|command| command == word)
    };
    let places = text.match_indices(program).map(|(at, _)| at);
    let mut parts = Vec::new();
    let mut from = 0;
    for at in places.filter(|at| is_command(*at)) {
        let to = at + program.len();
        parts.push(&text[from..to]);
        from = to;
    }
    match parts.is_empty() {
        true => Cow::Borrowed(text),
        false => {
            parts.push(&text[from..]);
            Cow::Owned(parts.join(&format!("-C {folder} ")))
        }
    }
}

/// Has commands of git that name nothing but the config find it.
fn of_git(text: &str, config: &str) -> String {
    let (mut is_of_git, mut is_named) = (false, false);
    let words = text.split(' ').map(|word| {
        let end = word.trim_end_matches([';', ',', ')', ':']);
        let is_config = is_of_git && is_named && end == CONFIG;
        // Behind git come its command and options; with anything else it is no such command.
        (is_of_git, is_named) = match word.trim_start_matches('(') {
            "git" => (true, false),
            word if word.starts_with('-') => (is_of_git, is_named),
            word if word.bytes().all(|byte| byte.is_ascii_lowercase()) => {
                (is_of_git && !is_named, true)
            }
            _ => (false, false),
        };
        match is_config {
            true => Cow::Owned(word.replacen(CONFIG, config, 1)),
            false => Cow::Borrowed(word),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_vault_say_where_it_is_and_words_stay() {
        let commands = || {
            ["sync", "git", "init", "recipients"]
                .map(str::to_owned)
                .to_vec()
        };
        for (text, typed) in [
            ("vault sync dev", "vault -C 'a b' sync dev"),
            (
                "then vault sync, or (vault git resolve)",
                "then vault -C 'a b' sync, or (vault -C 'a b' git resolve)",
            ),
            (
                "the vault is in x now: vault -C x sync",
                "the vault is in x now: vault -C x sync",
            ),
            ("a vault syncs", "a vault syncs"),
            ("no-vault sync", "no-vault sync"),
            (
                "they type vault recipients add",
                "they type vault recipients add",
            ),
            (
                "ask bob to run vault sync dev",
                "ask bob to run vault sync dev",
            ),
        ] {
            assert_eq!(in_folder(text, "vault ", "'a b'", commands), typed);
        }
    }

    #[test]
    fn git_is_told_where_the_config_is_and_what_has_more_paths_counts_by_itself() {
        for (text, typed) in [
            (
                "git log -p .vault.yaml shows it",
                "git log -p ../.vault.yaml shows it",
            ),
            (
                "edit .vault.yaml, then git add .vault.yaml; until then",
                "edit .vault.yaml, then git add ../.vault.yaml; until then",
            ),
            (
                "(git log --all -- .vault.yaml)",
                "(git log --all -- ../.vault.yaml)",
            ),
            (
                "git checkout 01ab -- .vault.yaml",
                "git checkout 01ab -- .vault.yaml",
            ),
            (
                "git log shows who took it out of .vault.yaml",
                "git log shows who took it out of .vault.yaml",
            ),
            ("git log -p a .vault.yaml", "git log -p a .vault.yaml"),
        ] {
            assert_eq!(of_git(text, "../.vault.yaml"), typed);
        }
    }

    fn named(is_elsewhere: bool) -> Named {
        Named {
            folder: "x".to_owned(),
            whole: "/a/x".to_owned(),
            commands: || vec!["sync".to_owned()],
            is_elsewhere: LazyLock::new(Box::new(move || is_elsewhere)),
        }
    }

    #[test]
    fn from_elsewhere_no_command_means_what_is_there() {
        for (text, typed) in [
            (
                "git checkout HEAD -- a brings it back; then git add a, and vault sync",
                "git -C x checkout HEAD -- a brings it back; then git -C x add a, and vault -C x sync",
            ),
            (
                "git -C .. sparse-checkout add b",
                "git -C x -C .. sparse-checkout add b",
            ),
            (
                "git ignores a: vault sync",
                "git ignores a: vault -C x sync",
            ),
            ("rm a takes it away", "cd /a/x && rm a takes it away"),
            (
                "git show 1:a > b brings it",
                "cd /a/x && git show 1:a > b brings it",
            ),
            ("vault sync", "vault -C x sync"),
        ] {
            assert_eq!(named(true).typed(text), typed);
        }
    }

    #[test]
    fn where_nothing_was_named_everything_stays() {
        let place = Place {
            named: OnceLock::new(),
            config: OnceLock::new(),
        };
        let text = "vault sync; git log -p .vault.yaml";
        assert_eq!(place.typed(text), text);
        place.is_named(named(false));
        place.has_config_at("x/.vault.yaml");
        assert_eq!(
            place.typed(text),
            "vault -C x sync; git log -p x/.vault.yaml"
        );
    }
}
