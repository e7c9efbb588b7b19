//! Sections of git's config that hold nothing any more: libgit2 takes keys out, and leaves the headers above them.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use super::Repo;

/// The sections that vault puts there; those of what it keeps begin with `[vault`.
const OURS: [&str; 6] = [
    "[merge \"vault\"]",
    "[merge \"vault-bases\"]",
    "[merge \"vault-config\"]",
    "[merge \"vault-config-bases\"]",
    "[diff \"vault\"]",
    "[vault]",
];

impl Repo {
    /// Takes out the headers of vault's sections that hold nothing. That it cannot be done changes nothing for git: it is no failure.
    pub(crate) fn drop_empty_sections(&self) {
        let config = self.git.commondir().join("config");
        let _ = config.canonicalize().and_then(|path| tidy(&path));
    }
}

/// As git itself writes its config: whoever has made the lock may, and it takes the place of the config.
fn tidy(path: &Path) -> io::Result<()> {
    let lock = path.with_file_name("config.lock");
    let mut new = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&lock)?;
    let written = fs::read_to_string(path).and_then(|text| {
        let tidied = without_empty(&text);
        if tidied == text {
            return Ok(false);
        }
        new.write_all(tidied.as_bytes())?;
        new.set_permissions(fs::metadata(path)?.permissions())?;
        new.sync_all()?;
        Ok(true)
    });
    match written {
        Ok(true) => fs::rename(&lock, path),
        other => {
            fs::remove_file(&lock)?;
            other.map(drop)
        }
    }
}

fn without_empty(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        // Behind a backslash a line goes on.
        if !is_ours(line.trim()) || kept.ends_with("\\\n") {
            kept.push_str(line);
            continue;
        }
        let mut blank = String::new();
        while let Some(next) = lines.next_if(|next| next.trim().is_empty()) {
            blank.push_str(next);
        }
        let is_empty = lines
            .peek()
            .is_none_or(|next| next.trim_start().starts_with('['));
        if !is_empty {
            kept.push_str(line);
        }
        kept.push_str(&blank);
    }
    kept
}

fn is_ours(header: &str) -> bool {
    OURS.contains(&header) || (header.starts_with("[vault \"") && header.ends_with("\"]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sections_of_vault_without_a_line_go() {
        for (before, after) in [
            (
                "[core]\n\tbare = false\n[merge \"vault\"]\n",
                "[core]\n\tbare = false\n",
            ),
            ("[merge \"vault\"]\n[diff \"vault\"]\n[core]\n", "[core]\n"),
            ("[vault \"merge.vault.driver\"]\n\n[core]\n", "\n[core]\n"),
            (
                "[vault]\n\tdrivers = false\n",
                "[vault]\n\tdrivers = false\n",
            ),
            ("[vault]\n# mine\n", "[vault]\n# mine\n"),
            ("[merge \"mine\"]\n", "[merge \"mine\"]\n"),
            ("[vault] drivers = false\n", "[vault] drivers = false\n"),
            ("a = \\\n[vault]\n", "a = \\\n[vault]\n"),
        ] {
            assert_eq!(without_empty(before), after, "{before:?}");
        }
    }
}
