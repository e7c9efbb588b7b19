//! What is said, and understood, by more than one command.

use std::{path::PathBuf, str::FromStr};

use clap::builder::{PathBufValueParser, TypedValueParser};
use vault::value::NameError;

use crate::{context::path_of_file, failure::Failure};

/// The path of a file in the arguments, never empty. A private key, typed in its place, is refused without being repeated.
pub(crate) fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(path_of_file)
}

/// A number of keys.
pub(super) fn keys(count: usize) -> String {
    match count {
        1 => "1 key".to_owned(),
        count => format!("{count} keys"),
    }
}

/// The names in an answer, with blanks or commas between them.
pub(super) fn names<N: FromStr<Err = NameError>>(answer: &str) -> Result<Vec<N>, Failure> {
    let words = answer.split([' ', ',']).filter(|word| !word.is_empty());
    let name = |word: &str| {
        let not_one = |error| Failure::because(&error).within(word.escape_debug().to_string());
        word.parse::<N>().map_err(not_one)
    };
    words.map(name).collect()
}
