//! Which keys `render` and `run` take, and what they call them.

use clap::Args;
use vault::{
    render::{Names, SEPARATOR},
    value::{KeyPath, Node, Selection},
};

use crate::{failure::Failure, shell};

/// Options that `render` and `run` share.
#[derive(Args, Clone, Debug)]
pub(super) struct Naming {
    /// Take these keys only, such as 'DB_*' or mail; can be repeated
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Leave these keys out; can be repeated
    #[arg(long, value_name = "GLOB")]
    except: Vec<String>,
    /// Put TEXT before each name
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    prefix: String,
    /// What joins the parts of nested keys in names
    #[arg(long, value_name = "TEXT", default_value = SEPARATOR)]
    separator: String,
}

impl Naming {
    /// Whether keys were typed, or what was meant to be some.
    pub(super) fn names_keys(&self) -> bool {
        !Selection::new(&self.only, &self.except).is_everything() || !self.prefix.is_empty()
    }

    /// The keys that are meant.
    ///
    /// # Errors
    /// A pattern that matches none of the keys: a typing error would leave a secret out, or let one through.
    pub(super) fn selection(&self, tree: &Node) -> Result<Selection, Failure> {
        let selection = Selection::new(&self.only, &self.except);
        if selection.is_everything() {
            return Ok(selection);
        }
        let paths: Vec<KeyPath> = tree.leaves().into_iter().map(|(path, _)| path).collect();
        match selection.unmatched(&paths)[..] {
            [] if !paths.iter().any(|path| selection.admits(path)) => Err(Failure::new(
                "nothing is left: --except takes out all that --only takes",
            )),
            [] => Ok(selection),
            [one] => Err(unmatched(format!("no key matches `{one}`"))),
            ref several => Err(unmatched(format!(
                "no key matches any of `{}`",
                several.join("`, `")
            ))),
        }
    }

    /// The options that choose keys, as they are typed.
    pub(super) fn words_of_keys(&self) -> impl Iterator<Item = String> {
        let only = self.only.iter().map(|glob| option("--only", glob));
        only.chain(self.except.iter().map(|glob| option("--except", glob)))
    }

    /// The options that make names, as they are typed.
    pub(super) fn words_of_names(&self) -> impl Iterator<Item = String> {
        let prefix = self.has_prefix().then(|| option("--prefix", &self.prefix));
        let is_other = self.separator != SEPARATOR;
        let separator = is_other.then(|| option("--separator", &self.separator));
        prefix.into_iter().chain(separator)
    }

    /// Whether names have something before them.
    pub(super) fn has_prefix(&self) -> bool {
        !self.prefix.is_empty()
    }

    /// The names of the selected keys.
    pub(super) fn names<'a>(&'a self, selection: &'a Selection) -> Names<'a> {
        Names {
            separator: &self.separator,
            prefix: &self.prefix,
            selection: Some(selection),
            ..Names::default()
        }
    }
}

/// An option with its argument, which may begin with a dash.
pub(super) fn option(name: &str, argument: &str) -> String {
    let link = if argument.starts_with('-') { "=" } else { " " };
    format!("{name}{link}{}", shell::word(argument))
}

fn unmatched(text: String) -> Failure {
    Failure::new(text).hint(
        "a pattern is the path of a key as vault list shows it, with * and ? for what may differ",
    )
}
