//! What to do about a file of sops that cannot be adopted as it is: a line for a shell wherever there is one.

use std::path::Path;

use vault::{
    adoption::{Format, Refusal},
    config::FilePath,
    keys::Recipient,
    vault::Shown,
};

use super::promises::{Ground, Promises};
use crate::{repo::Repo, shell, workspace::Trouble};

/// What to do about a name, in general.
pub(super) const RENAME: &str = "give it a plain name that ends in .yaml";

/// What to do first about a name that no line for a shell can have: a terminal would show another one.
pub(super) const PLAIN: &str =
    "no line to type can show its name: give it a plain one, and type the command again";

/// The same where there is a vault.
pub(super) const PLAIN_LATER: &str =
    "no line to type can show its name: give it a plain one, then vault import NAME FILE";

/// What to do where git would leave out whatever is made of a file.
pub(super) const LET_THROUGH: &str =
    "git ignores every name in .yaml there: a line with ! in .gitignore lets one through";

/// Names that are tried for one file.
const NAMES: usize = 1_000;

/// The type that sops has to be told, where it does not see it by the name.
fn input_type(path: &str, format: Format) -> &'static str {
    match format {
        Format::Dotenv if !path.ends_with(".env") => "--input-type dotenv ",
        Format::Ini if !path.ends_with(".ini") => "--input-type ini ",
        Format::Json if !path.ends_with(".json") => "--input-type json ",
        Format::Binary if path.ends_with(".env") || path.ends_with(".ini") => {
            "--input-type binary --output-type binary "
        }
        _ => "",
    }
}

/// By what sops knows for whom it encrypts the YAML that is made of a file.
pub(super) enum Readers {
    /// A rule that names those of the file.
    OfRule,
    /// They are typed: no rule of sops has a say.
    Named(Vec<Recipient>),
    /// By a rule that nobody has written.
    Unknown,
}

/// How a file of another format becomes one that can be adopted: a line each. `gone` is what removes it.
pub(super) fn converted(
    path: &str,
    format: Format,
    yaml: &str,
    readers: &Readers,
    gone: &str,
) -> String {
    let warning = match format {
        Format::Dotenv => as_sops_reads_it(path),
        _ => String::new(),
    };
    let (kind, path, word_of_yaml) = (
        input_type(path, format),
        shell::path(path),
        shell::path(yaml),
    );
    let (before, options) = match readers {
        Readers::OfRule => (String::new(), "encrypt".to_owned()),
        Readers::Named(readers) => {
            let readers: Vec<String> = readers.iter().map(ToString::to_string).collect();
            let readers = readers.join(",");
            let named = shell::word(&readers);
            (
                String::new(),
                format!("--config /dev/null encrypt --age {named}"),
            )
        }
        Readers::Unknown => (
            format!("a rule of .sops.yaml has to say who reads {yaml}; then:\n"),
            "encrypt".to_owned(),
        ),
    };
    // With --output nothing is left behind where one of the two fails.
    format!(
        "{warning}{before}sops decrypt {kind}--output-type yaml {path} | sops {options} --filename-override {word_of_yaml} --output {word_of_yaml} /dev/stdin\n\
         sops decrypt {word_of_yaml} > /dev/null && {gone}"
    )
}

/// What stands above the lines that make YAML of a `.env` file: they and an import read some files in two ways.
fn as_sops_reads_it(path: &str) -> String {
    format!(
        "to sops, quotes, escapes, comments behind values and `export` are part of values and names: if the file has any, leave it out now, and once there is a vault `{}` reads it as .env files are read; if it has none, then:\n",
        import(path, Format::Dotenv)
    )
}

/// How the values of a file of another format come into an environment, and it goes.
pub(super) fn imported(path: &str, format: Format, gone: &str) -> String {
    format!("{} && {gone}", import(path, format))
}

fn import(path: &str, format: Format) -> String {
    let is_json = path.ends_with(".json");
    let (kind, word) = (input_type(path, format), shell::path(path));
    match format {
        // Under another name sops would print another format.
        Format::Dotenv if !path.ends_with(".env") => {
            format!(
                "sops decrypt {kind}--output-type dotenv {word} | vault import NAME - --format dotenv"
            )
        }
        Format::Dotenv => {
            format!("sops decrypt {word} | vault import NAME - --format dotenv")
        }
        Format::Ini => {
            format!(
                "sops decrypt {kind}--output-type json {word} | vault import NAME - --format json"
            )
        }
        _ if is_json => format!("vault import NAME {word}"),
        _ => format!("vault import NAME {word} --format sops"),
    }
}

/// What removes a file: from git, too, where it has it.
pub(super) fn removed(ground: &Ground<'_>, path: &str) -> String {
    match ground.is_tracked(path) {
        true => format!("git rm --quiet {}", shell::pathspec(path)),
        false => format!("rm {}", shell::path(path)),
    }
}

/// What brings a file here that a sparse checkout leaves out.
pub(super) fn brought_here(ground: &Ground<'_>, path: &Path) -> String {
    let command = |repo: &Repo| repo.brought_in(path, ground.root.directory());
    ground.repo.as_ref().map(command).unwrap_or_default()
}

/// How such a file comes in once there is a vault, and it is here.
pub(super) fn imported_once_here(path: &str, format: Format) -> String {
    match format {
        Format::Yaml => format!(
            "vault env add NAME --file {} says how it comes in then",
            shell::path(path)
        ),
        // Outside of a sparse checkout `git rm` is refused, or not, by its version.
        format => {
            let gone = format!(
                "git update-index --force-remove -- {0} && rm {0}",
                shell::path(path)
            );
            imported(path, format, &gone)
        }
    }
}

/// What to do about a file that cannot be adopted.
pub(super) fn hint(ground: &Ground<'_>, path: &str, refusal: Refusal) -> String {
    let gone = || removed(ground, path);
    match refusal {
        Refusal::Format(Format::Binary) => format!(
            "sops decrypt {}{} | vault set ENV KEY --verbatim keeps it as one value of an environment, if it is text (UTF-8, without NUL); `| base64 |` between them keeps other data\n\
             {}, once vault get ENV KEY prints it",
            input_type(path, Format::Binary),
            shell::path(path),
            gone()
        ),
        Refusal::Format(format) => imported(path, format, &gone()),
        Refusal::Exports => format!(
            "once there is a vault (vault init --name YOU --env NAME --yes makes one), then:\n{}",
            imported(path, Format::Dotenv, &gone())
        ),
        Refusal::Layout => format!("sops rotate --in-place {}", shell::path(path)),
        Refusal::Path(_) | Refusal::Twin { .. } => RENAME.to_owned(),
        Refusal::Signed => {
            "it belongs to a .vault.yaml that is gone: git log -- .vault.yaml finds it".to_owned()
        }
        Refusal::Recipient { .. } => format!(
            "sops rotate --in-place --add-age age1… --rm-age THAT-ONE {} exchanges it",
            shell::path(path)
        ),
        Refusal::Form(error) => Trouble::of_form_at(error, path).hints.join("; "),
    }
}

/// The path of a file with the ending that sops and vault go by, and others that say the same.
pub(super) fn yaml_names(path: &str) -> impl Iterator<Item = String> {
    let (folder, name) = match path.rfind('/') {
        Some(at) => path.split_at(at + 1),
        None => ("", path),
    };
    let stem = match name.rsplit_once('.') {
        Some(("", ending)) => ending,
        Some((stem, _)) => stem,
        None => name,
    };
    let plain = |text: &str| plain(text.trim_start_matches('.'));
    let (stem, name) = (plain(stem), plain(name));
    let first = [
        format!("{folder}{stem}.yaml"),
        format!("{folder}{name}.yaml"),
    ];
    let others = (2..NAMES).map(move |at| format!("{folder}{stem}-{at}.yaml"));
    first.into_iter().chain(others)
}

/// How a file of YAML gets a name that says so, or another one that says the same.
pub(super) fn renamed_to_yaml(ground: &Ground<'_>, path: &str, promises: &mut Promises) -> String {
    let (folder, name) = match path.rfind('/') {
        Some(at) => path.split_at(at + 1),
        None => ("", path),
    };
    let is_ending = |part: &&str| ["yaml", "yml"].contains(&part.to_ascii_lowercase().as_str());
    let parts: Vec<&str> = name.split('.').filter(|part| !is_ending(part)).collect();
    let plain = format!("{}.yaml", plain(parts.join(".").trim_start_matches('.')));
    let names = numbered(&plain, true).map(|name| format!("{folder}{name}"));
    let names = names.filter(|name| name.parse::<FilePath>().is_ok());
    moved(ground, path, names, promises).unwrap_or_else(|| no_name(path))
}

/// What to do where no name was found.
fn no_name(path: &str) -> String {
    match Shown(path.as_ref()).to_string() == path {
        true => LET_THROUGH.to_owned(),
        false => RENAME.to_owned(),
    }
}

fn moved(
    ground: &Ground<'_>,
    from: &str,
    names: impl Iterator<Item = String>,
    promises: &mut Promises,
) -> Option<String> {
    // What cannot be shown as it is cannot be typed either.
    if Shown(from.as_ref()).to_string() != from {
        return None;
    }
    let to = promises.place_of(ground, from, names)?;
    Some(format!("mv -n {} {}", shell::path(from), shell::path(&to)))
}

/// How a path that the config cannot name becomes one that it can: another name for the first folder, or the file, that has none.
pub(super) fn renamed(ground: &Ground<'_>, path: &str, promises: &mut Promises) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let is_file = |at: usize| at + 1 == parts.len();
    let is_fit = |at: usize, part: &str| {
        let whole = match is_file(at) {
            true => format!("x/{part}"),
            false => format!("x/{part}/x.yaml"),
        };
        whole.parse::<FilePath>().is_ok()
    };
    let at = (0..parts.len()).find(|at| !is_fit(*at, parts[*at]))?;
    let plain = plain(parts[at]);
    let with = |last: &str| [&parts[..at], &[last]].concat().join("/");
    let from = with(parts[at]);
    if !is_fit(at, &plain) {
        return None;
    }
    let names = numbered(&plain, is_file(at)).map(|name| with(&name));
    moved(ground, &from, names, promises)
}

/// A name, and others that say the same. A file keeps its ending.
fn numbered(name: &str, is_file: bool) -> impl Iterator<Item = String> {
    let (stem, ending) = match name.rfind('.').filter(|_| is_file) {
        Some(at) => name.split_at(at),
        None => (name, ""),
    };
    let others = (2..NAMES).map(move |at| format!("{stem}-{at}{ending}"));
    [name.to_owned()].into_iter().chain(others)
}

/// A name without the characters that no file should have in its name.
fn plain(name: &str) -> String {
    let is_odd = |c: char| c.is_control() || "<>:\"|?*\\".contains(c);
    let name = name.replace(is_odd, "-");
    name.trim_end_matches(['.', ' ']).to_owned()
}
