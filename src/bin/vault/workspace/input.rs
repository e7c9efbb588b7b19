//! Where a value comes from: an argument, a file, standard input, or a prompt that does not show it.

use std::{
    io::{self, IsTerminal, Read},
    path::Path,
};

use vault::secret::{SecretString, secret};
use zeroize::Zeroizing;

use super::Trouble;
use crate::{context::Context, failure::Failure};

/// Bytes that are read at most: one more than a value may have.
const LIMIT: u64 = (1 << 20) + 2;

/// Where to look for a value.
pub(crate) struct Input<'a> {
    /// What was typed, if anything.
    pub(crate) argument: Option<&'a str>,
    /// `--from-file`.
    pub(crate) file: Option<&'a Path>,
    /// Whether a final newline of standard input stays.
    pub(crate) is_verbatim: bool,
}

impl Input<'_> {
    /// Reads the value; asks on the terminal if it is nowhere else.
    pub(crate) fn read(&self, context: &Context, what: &str) -> Result<SecretString, Trouble> {
        match (self.argument, self.file) {
            (Some(text), _) => Ok(secret(text)),
            (None, Some(path)) => from_file(path),
            (None, None) if io::stdin().is_terminal() => Ok(context
                .terminal()
                .hidden_value(&format!("{what}:"))
                .map_err(Failure::from)?),
            (None, None) => self.from_stdin(),
        }
    }

    fn from_stdin(&self) -> Result<SecretString, Trouble> {
        let bytes = bounded(io::stdin().lock())
            .map_err(|error| Trouble::failed(format!("cannot read standard input: {error}")))?;
        if bytes.is_empty() {
            return Err(Trouble::failed(
                "there is no terminal to ask, and nothing on standard input",
            )
            .hint("pipe the value in; for an empty one type '' behind the key"));
        }
        let text = text(&bytes, "standard input")?;
        match self.is_verbatim {
            true => Ok(secret(text)),
            false => Ok(secret(
                text.strip_suffix("\r\n")
                    .or(text.strip_suffix('\n'))
                    .unwrap_or(text),
            )),
        }
    }
}

fn from_file(path: &Path) -> Result<SecretString, Trouble> {
    let refused =
        |error: io::Error| Trouble::failed(format!("cannot read {}: {error}", path.display()));
    let file = std::fs::File::open(path).map_err(refused)?;
    let bytes = bounded(file).map_err(refused)?;
    Ok(secret(text(&bytes, &path.display().to_string())?))
}

fn bounded(mut from: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    // Filled in place: a buffer that grows would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT as usize));
    from.by_ref().take(LIMIT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn text<'b>(bytes: &'b [u8], from: &str) -> Result<&'b str, Trouble> {
    std::str::from_utf8(bytes).map_err(|_| {
        Trouble::failed(format!("{from} is not UTF-8 text"))
            .hint("encode binary values: base64 FILE | vault set ENV KEY")
    })
}
