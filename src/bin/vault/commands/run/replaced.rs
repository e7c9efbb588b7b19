//! vault becomes the program. `Command` copies every variable several times and sorts them into a tree; here all of them are put together
//! once, as the system takes them.

use std::{
    ffi::{CStr, CString, OsString},
    io, mem,
    os::unix::ffi::OsStrExt as _,
    sync::{Arc, atomic::AtomicBool},
};

use nix::unistd::execvpe;
use signal_hook::{consts::SIGPIPE, flag};
use vault::render::Flat;
use zeroize::Zeroizing;

/// Replaces this process by a program, which gets the inherited variables and, over them, those of the vault; sorted, as `Command` does it.
///
/// The program is looked for in the inherited `PATH`. Returns only if it could not be started.
pub(super) fn replace(
    command: &[OsString],
    inherited: Vec<(OsString, OsString)>,
    variables: &[Flat<'_>],
) -> io::Error {
    replace_by(command, inherited, variables).unwrap_or_else(|error| error)
}

fn replace_by(
    command: &[OsString],
    inherited: Vec<(OsString, OsString)>,
    variables: &[Flat<'_>],
) -> io::Result<io::Error> {
    let arguments = command.iter().map(|word| CString::new(word.as_bytes()));
    let arguments = arguments.collect::<Result<Vec<CString>, _>>()?;
    let variables = all(&inherited, variables);
    let block = block(&variables);
    let entries = entries(&block, &variables)?;
    default_sigpipe()?;
    let Err(error) = execvpe(&arguments[0], &arguments, &entries);
    Ok(error.into())
}

/// A name and its value.
type Variable<'v> = (&'v [u8], &'v [u8]);

/// All variables by name, each name once; of two with one name the later counts, and those of the vault are later.
fn all<'v>(inherited: &'v [(OsString, OsString)], variables: &'v [Flat<'_>]) -> Vec<Variable<'v>> {
    let inherited = inherited
        .iter()
        .map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let own = variables
        .iter()
        .map(|flat| (flat.name.as_bytes(), flat.value.expose().as_bytes()));
    let mut all: Vec<Variable<'v>> = inherited.chain(own).collect();
    all.sort_by_key(|(name, _)| *name);
    all.dedup_by(|later, kept| {
        later.0 == kept.0 && {
            mem::swap(later, kept);
            true
        }
    });
    all
}

/// `NAME=value` of each, with the NUL that ends it.
fn block(variables: &[Variable<'_>]) -> Zeroizing<Vec<u8>> {
    let mut block = Zeroizing::new(Vec::with_capacity(variables.iter().map(length).sum()));
    for (name, value) in variables {
        block.extend_from_slice(name);
        block.push(b'=');
        block.extend_from_slice(value);
        block.push(0);
    }
    block
}

/// The pieces of a block; an error if a variable holds a NUL, which would end it early.
fn entries<'b>(mut block: &'b [u8], variables: &[Variable<'_>]) -> io::Result<Vec<&'b CStr>> {
    let mut entry = |variable: &Variable<'_>| {
        let (entry, rest) = block.split_at(length(variable));
        block = rest;
        CStr::from_bytes_with_nul(entry).map_err(|_| io::ErrorKind::InvalidInput.into())
    };
    variables.iter().map(entry).collect()
}

/// Bytes of an entry, with the NUL.
fn length((name, value): &Variable<'_>) -> usize {
    name.len() + value.len() + 2
}

/// Lets the program end when nobody reads what it prints, as programs do. Rust makes this process ignore that signal, and what is ignored stays
/// ignored; a signal with a handler gets its default back when the process becomes another program.
fn default_sigpipe() -> io::Result<()> {
    flag::register(SIGPIPE, Arc::new(AtomicBool::new(false))).map(drop)
}

#[cfg(test)]
mod tests {
    use vault::value::{Map, Node, Scalar};

    use super::*;

    fn taken(inherited: &[(&str, &str)], own: &[(&str, &str)]) -> io::Result<Vec<String>> {
        let inherited: Vec<(OsString, OsString)> = inherited
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let own = own
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Node::Scalar(Scalar::str(value))));
        let tree = Node::Map(own.collect::<Map>());
        let own = vault::render::flat(&tree, &"_".into());
        let variables = all(&inherited, &own);
        let block = block(&variables);
        let entries = entries(&block, &variables)?;
        let text = |entry: &&CStr| entry.to_str().unwrap().to_owned();
        Ok(entries.iter().map(text).collect())
    }

    #[test]
    fn every_name_is_there_once_and_the_vaults_value_counts() {
        let inherited = [("Z", "1"), ("B", "2"), ("A", "3"), ("B", "4"), ("C", "")];
        let own = [("b", "5"), ("A", "6=6"), ("D", "")];
        assert_eq!(
            taken(&inherited, &own).unwrap(),
            ["A=6=6", "B=4", "C=", "D=", "Z=1", "b=5"]
        );
        assert!(taken(&[], &[]).unwrap().is_empty());
    }

    #[test]
    fn no_value_makes_a_second_variable() {
        assert!(taken(&[], &[("A", "1\0B=2")]).is_err());
        assert!(taken(&[("A", "1\0B=2")], &[]).is_err());
    }
}
