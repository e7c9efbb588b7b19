//! What to do about a file of sops that cannot be adopted as it is: a line for a shell wherever there is one.

use std::borrow::Cow;

use vault::{
    adoption::{Format, Refusal},
    config::FilePath,
    vault::{Root, Shown},
};

use super::promises::Promises;
use crate::workspace::Trouble;

/// What to do about a name, in general.
pub(super) const RENAME: &str = "give it a plain name that ends in .yaml";

/// Names that are tried for one file.
const NAMES: usize = 1_000;

/// The type that sops has to be told, where it does not see it by the name.
fn input_type(path: &str, format: Format) -> &'static str {
    match format {
        Format::Dotenv if !path.ends_with(".env") => "--input-type dotenv ",
        Format::Ini if !path.ends_with(".ini") => "--input-type ini ",
        _ => "",
    }
}

/// How a file of another format becomes one that can be adopted.
pub(super) fn converted(path: &str, format: Format, yaml: &str) -> String {
    let (kind, path, yaml) = (input_type(path, format), word(path), word(yaml));
    format!(
        "sops decrypt {kind}--output-type yaml {path} | sops encrypt --filename-override {yaml} > {yaml}"
    )
}

/// How the values of a file of another format come into an environment.
pub(super) fn imported(path: &str, format: Format) -> String {
    let (kind, path) = (input_type(path, format), word(path));
    match format {
        Format::Dotenv => {
            format!("sops decrypt {kind}{path} | vault import NAME - --format dotenv")
        }
        Format::Ini => {
            format!(
                "sops decrypt {kind}--output-type json {path} | vault import NAME - --format json"
            )
        }
        _ => format!("vault import NAME {path}"),
    }
}

/// What to do about a file that cannot be adopted.
pub(super) fn hint(path: &str, refusal: Refusal) -> String {
    match refusal {
        Refusal::Format(Format::Binary) => format!(
            "sops decrypt {} | vault set ENV KEY --verbatim keeps it as one value of an environment, if it is text (UTF-8, without NUL); `| base64 |` between them keeps other data",
            word(path)
        ),
        Refusal::Format(format) => imported(path, format),
        Refusal::Path(_) => RENAME.to_owned(),
        Refusal::Signed => {
            "it belongs to a .vault.yaml that is gone: git log -- .vault.yaml finds it".to_owned()
        }
        Refusal::Recipient { .. } => format!(
            "sops rotate --in-place --add-age age1… --rm-age THAT-ONE {} exchanges it",
            word(path)
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

/// How a path that the config cannot name becomes one that it can: another name for the first folder, or the file, that has none.
pub(super) fn renamed(root: &Root, path: &str, promises: &mut Promises) -> String {
    move_to_plain(root, path, promises).unwrap_or_else(|| RENAME.to_owned())
}

fn move_to_plain(root: &Root, path: &str, promises: &mut Promises) -> Option<String> {
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
    // What cannot be shown as it is cannot be typed either.
    let is_shown = Shown(from.as_ref()).to_string() == from;
    if !is_shown || !is_fit(at, &plain) {
        return None;
    }
    let names = numbered(&plain, is_file(at)).map(|name| with(&name));
    let to = promises.place_of(root, &from, names)?;
    Some(format!("mv -n {} {}", word(&from), word(&to)))
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

/// A path as one word for a shell, which no program takes for an option.
fn word(path: &str) -> Cow<'_, str> {
    match path.starts_with('-') {
        true => Cow::Owned(shell_words::quote(&format!("./{path}")).into_owned()),
        false => shell_words::quote(path),
    }
}
