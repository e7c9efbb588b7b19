//! Readers of `.env` files that get some values wrong in the portable form too, as far as they are known.
//!
//! Measured with dotenv-expand 12 and 1000, `@next/env` 16, python-dotenv 1.2, django-environ 0.14, vlucas/phpdotenv,
//! direnv, `docker run --env-file` and its kin, and shells.

use std::{collections::HashSet, fmt, sync::LazyLock};

use foldhash::fast::RandomState;

use super::{Flat, dotenv::Form};

/// A reader, or several that make the same mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reader {
    /// dotenv-expand, and with it Vite and Next.js: they expand after the quotes are gone.
    DotenvExpand,
    /// python-dotenv unless `interpolate=False`, and with it pydantic-settings: it expands `${…}` in every kind of quotes.
    PythonDotenv,
    /// django-environ: one line per value, and quotes are taken off twice.
    DjangoEnviron,
    /// vlucas/phpdotenv (Laravel): single quotes end with their line.
    PhpDotenv,
    /// `dotenv` in an `.envrc`: blank lines inside a value are lost.
    Direnv,
    /// Shells that source the file: some names are theirs.
    Shells,
    /// `docker run --env-file`, podman, kubectl, `$GITHUB_ENV`, GitLab: everything after the `=` is the value, quotes too.
    RawLines,
}

/// Bytes of a line, name and all, that `docker run --env-file` and kubectl no longer read (Go, `bufio.MaxScanTokenSize`).
const RAW_LINE_BYTES: usize = 65_536;

/// Names that a shell refuses to have set, or gives another value than the one set (found by setting each to a text
/// in bash 5.2, zsh 5.9 and mksh R59; dash and busybox have next to none).
static SHELL_NAMES: LazyLock<HashSet<&str, RandomState>> = LazyLock::new(|| {
    "\
    ARGC BASHOPTS BASHPID BASH_ARGC BASH_ARGV BASH_ARGV0 BASH_COMMAND BASH_LINENO BASH_SOURCE BASH_SUBSHELL \
    BASH_VERSINFO COLUMNS DIRSTACK EGID EPOCHREALTIME EPOCHSECONDS ERRNO EUID FUNCNAME FUNCNEST GID GROUPS \
    HISTCHARS HISTCMD HISTSIZE KEYBOARD_HACK KEYTIMEOUT KSHEGID KSHGID KSHUID KSH_VERSION LINENO LINES \
    LISTMAX MAILCHECK OPTIND PGRP PIPESTATUS PPID RANDOM SAVEHIST SECONDS SHELLOPTS SHLVL SRANDOM TMOUT \
    TRY_BLOCK_ERROR TRY_BLOCK_INTERRUPT TTYIDLE UID USERNAME USER_ID ZSH_EVAL_CONTEXT ZSH_SUBSHELL _ aliases \
    argv builtins cdpath commands dirstack dis_aliases dis_builtins dis_functions dis_functions_source \
    dis_galiases dis_patchars dis_reswords dis_saliases fignore fpath funcfiletrace funcsourcetrace \
    funcstack functions functions_source functrace galiases histchars history historywords jobdirs jobstates \
    jobtexts keymaps mailpath manpath module_path modules nameddirs options parameters patchars path \
    pipestatus psvar reswords saliases status termcap terminfo userdirs usergroups watch widgets \
    zsh_eval_context zsh_scheduled_events"
        .split(' ')
        .collect()
});

impl Reader {
    /// All of them.
    pub const ALL: [Reader; 7] = [
        Reader::DotenvExpand,
        Reader::PythonDotenv,
        Reader::DjangoEnviron,
        Reader::PhpDotenv,
        Reader::Direnv,
        Reader::Shells,
        Reader::RawLines,
    ];

    /// Whether it gives every tame value back.
    fn minds_wild_bytes_only(self) -> bool {
        use Reader::{Direnv, DotenvExpand, PhpDotenv, PythonDotenv};
        matches!(self, DotenvExpand | PythonDotenv | PhpDotenv | Direnv)
    }

    fn misreads(self, flat: &Flat<'_>, form: Form) -> bool {
        let value = flat.value.expose();
        match self {
            Reader::DotenvExpand => has(value, b'$') && has_live_dollar(value),
            Reader::PythonDotenv => has(value, b'$') && is_expanded_by_python(value),
            Reader::DjangoEnviron => is_cut_by_python(value) || is_in_quotes(value, form),
            Reader::PhpDotenv => form == Form::Single && has(value, b'\n'),
            Reader::Direnv => has(value, b'\n') && value.contains("\n\n"),
            Reader::Shells => SHELL_NAMES.contains(&*flat.name),
            Reader::RawLines => {
                form != Form::Bare || flat.name.len() + 1 + value.len() >= RAW_LINE_BYTES
            }
        }
    }
}

/// Whether a value has only printable ASCII without `$`: most have, and most readers can be passed over for them.
fn is_tame(value: &str) -> bool {
    let is_wild = |b: u8| (b == b'$') | !(0x20..0x7f).contains(&b);
    !value.bytes().fold(false, |any, b| any | is_wild(b))
}

/// A `$` before something that could be a name or an expression, or after the backslash that these readers would eat.
fn has_live_dollar(value: &str) -> bool {
    let is_live = |next: u8| next.is_ascii_alphanumeric() || b"_{($".contains(&next);
    let live = |pair: &[u8]| (pair[0] == b'$' && is_live(pair[1])) || pair == br"\$";
    value.as_bytes().windows(2).any(live)
}

/// Whether there is a `${NAME}` or a `${NAME:-DEFAULT}`, where NAME is anything without `}` and `:`, or nothing
/// (python-dotenv 1.2, `variables.py`).
fn is_expanded_by_python(value: &str) -> bool {
    let is_closed = |after: &str| match after.find(['}', ':']) {
        Some(end) if after[end..].starts_with('}') => true,
        Some(end) => after[end..].starts_with(":-") && after[end..].contains('}'),
        None => false,
    };
    let mut starts = value.match_indices("${");
    starts.any(|(at, start)| is_closed(&value[at + start.len()..]))
}

/// Quicker than looking for the text that is meant: few values have even its first byte.
fn has(value: &str, ascii: u8) -> bool {
    memchr::memchr(ascii, value.as_bytes()).is_some()
}

fn is_cut_by_python(value: &str) -> bool {
    let could_be = value
        .bytes()
        .fold(false, |any, b| any | !(0x20..0x80).contains(&b));
    could_be && value.contains(is_python_line_end)
}

/// Where Python's `str.splitlines` ends a line.
fn is_python_line_end(c: char) -> bool {
    matches!(c, '\n'..='\r' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_in_quotes(value: &str, form: Form) -> bool {
    form == Form::Single && value.len() > 1 && value.starts_with('"') && value.ends_with('"')
}

impl fmt::Display for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reader::DotenvExpand => "dotenv-expand (Next.js, Vite) expands `$`",
            Reader::PythonDotenv => "python-dotenv (pydantic-settings) expands `${…}` unless interpolate=False",
            Reader::DjangoEnviron => "django-environ cuts at the end of a line and takes quotes off twice",
            Reader::PhpDotenv => "phpdotenv (Laravel) reads no line feed in single quotes",
            Reader::Direnv => "direnv loses blank lines",
            Reader::Shells => "bash, zsh or mksh keep this name for themselves",
            Reader::RawLines => "docker run --env-file, podman, kubectl, GITHUB_ENV and GitLab take quotes for data and long lines not at all",
        })
    }
}

/// One reader and the names of the values that it gets wrong; printed as a warning of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misreading {
    /// Who.
    pub reader: Reader,
    /// Names in the order of the file; never empty.
    pub names: Vec<String>,
}

impl fmt::Display for Misreading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reader, self.names.join(", "))
    }
}

/// Groups what goes wrong by reader; readers that get everything right are left out.
pub(super) fn all<'a>(
    readers: &[Reader],
    lines: impl Iterator<Item = (&'a Flat<'a>, Form)>,
) -> Vec<Misreading> {
    let none = |reader: &Reader| Misreading {
        reader: *reader,
        names: Vec::new(),
    };
    let mut found: Vec<Misreading> = readers.iter().map(none).collect();
    for (flat, form) in lines {
        let is_tame = form == Form::Bare || is_tame(flat.value.expose());
        for Misreading { reader, names } in &mut found {
            if !(is_tame && reader.minds_wild_bytes_only()) && reader.misreads(flat, form) {
                names.push(flat.name.to_string());
            }
        }
    }
    let is_wrong = |misreading: &Misreading| !misreading.names.is_empty();
    found.into_iter().filter(is_wrong).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        render::dotenv::{self, dotenv},
        value::{Node, Scalar},
    };

    fn readers(name: &str, value: &str) -> Vec<Reader> {
        let scalar = Node::Scalar(Scalar::str(value));
        let root = Node::Map([(name.to_owned(), scalar)].into_iter().collect());
        let misreadings = dotenv(&root, "_").unwrap().misreadings;
        misreadings
            .into_iter()
            .map(|misreading| misreading.reader)
            .collect()
    }

    #[test]
    fn a_bare_value_is_read_by_everybody() {
        assert_eq!(readers("KEY", "abc"), []);
        assert_eq!(readers("KEY", ""), []);
    }

    #[test]
    fn each_reader_is_named_for_the_values_that_it_gets_wrong() {
        use Reader::*;
        assert_eq!(readers("KEY", "a b"), [RawLines]);
        assert_eq!(readers("KEY", "a$"), [RawLines]);
        for value in ["a$b", "$$", "$1", "a\\$ b"] {
            assert_eq!(readers("KEY", value), [DotenvExpand, RawLines], "{value}");
        }
        assert_eq!(
            readers("KEY", "${A}"),
            [DotenvExpand, PythonDotenv, RawLines]
        );
        for value in ["${}", "${:-}", "a${b:c}${d:-e}", "${a\n}"] {
            assert!(readers("KEY", value).contains(&PythonDotenv), "{value}");
        }
        for value in ["${", "${A", "${A:}", "${A:+b}", "${A:-b", "$}{"] {
            assert!(!readers("KEY", value).contains(&PythonDotenv), "{value}");
        }
        assert_eq!(readers("KEY", "\"a\""), [DjangoEnviron, RawLines]);
        assert_eq!(readers("KEY", "'a'"), [RawLines]);
        assert_eq!(readers("KEY", "a\u{2028}"), [DjangoEnviron, RawLines]);
        assert_eq!(readers("KEY", "a\nb"), [DjangoEnviron, PhpDotenv, RawLines]);
        assert_eq!(readers("KEY", "it's\n"), [DjangoEnviron, RawLines]);
        assert_eq!(
            readers("KEY", "a\n\nb"),
            [DjangoEnviron, PhpDotenv, Direnv, RawLines]
        );
        for name in ["UID", "ARGC", "path", "zsh_scheduled_events"] {
            assert_eq!(readers(name, "1"), [Shells]);
        }
        assert_eq!(readers("KEY", &"x".repeat(RAW_LINE_BYTES - 4)), [RawLines]);
        assert_eq!(readers("KEY", &"x".repeat(RAW_LINE_BYTES - 5)), []);
    }

    // The numbers that were measured, but for dotenv-expand, where versions differ and the sum of all is taken.
    #[test]
    fn as_many_nasty_values_are_named_as_each_reader_was_seen_to_get_wrong() {
        let values: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../../fixtures/nasty-values.json")).unwrap();
        let scalar = |value: &serde_json::Value| {
            Node::Scalar(Scalar::str(value["utf8"].as_str().unwrap_or("\r")))
        };
        let alone = |node| Node::Map([("KEY".to_owned(), node)].into_iter().collect());
        let fits = |node: &Node| dotenv(&alone(node.clone()), "_").is_ok();
        let nodes = values.iter().map(scalar).filter(fits).enumerate();
        let root = Node::Map(nodes.map(|(at, node)| (format!("K{at}"), node)).collect());
        let misreadings = dotenv(&root, "_").unwrap().misreadings;
        let counts: Vec<_> = misreadings
            .iter()
            .map(|wrong| (wrong.reader, wrong.names.len()))
            .collect();
        use Reader::*;
        let expected = [
            (DotenvExpand, 11),
            (PythonDotenv, 3),
            (DjangoEnviron, 12),
            (PhpDotenv, 7),
            (Direnv, 1),
            (RawLines, 82),
        ];
        assert_eq!(counts, expected);
    }

    proptest::proptest! {
        #[test]
        fn whoever_is_passed_over_for_a_tame_value_reads_it(value in "[ -#%-~]{0,12}") {
            proptest::prop_assert!(is_tame(&value));
            let scalar = Scalar::str(&value);
            let root = Node::Map([("KEY".to_owned(), Node::Scalar(scalar))].into_iter().collect());
            for flat in crate::render::flat(&root, &crate::render::Names::default()) {
                for form in [Form::Bare, Form::Single, Form::Double] {
                    let mut passed = Reader::ALL.into_iter().filter(|reader| reader.minds_wild_bytes_only());
                    proptest::prop_assert!(!passed.any(|reader| reader.misreads(&flat, form)));
                }
            }
        }
    }

    #[test]
    fn every_byte_of_a_bare_value_is_tame() {
        for c in (0..=u8::MAX).map(char::from) {
            let value = format!("a{c}");
            assert!(!dotenv::is_bare(&value) || is_tame(&value), "{c:?}");
        }
    }

    #[test]
    fn only_those_are_named_that_were_asked_about() {
        let root = Node::Map(
            [("KEY".to_owned(), Node::Scalar(Scalar::str("a $b")))]
                .into_iter()
                .collect(),
        );
        let readers = |asked: &[Reader]| {
            let file = crate::render::dotenv_for(asked, &root, "_").unwrap();
            let named = file.misreadings.iter().map(|misreading| misreading.reader);
            named.collect::<Vec<_>>()
        };
        let expected = [Reader::DotenvExpand, Reader::RawLines];
        assert_eq!(readers(&Reader::ALL), expected);
        assert_eq!(readers(&expected[..1]), expected[..1]);
        assert_eq!(readers(&[]), []);
    }

    #[test]
    fn a_warning_names_keys_and_no_values() {
        let entries =
            ["A", "B"].map(|key| (key.to_owned(), Node::Scalar(Scalar::str("${sesame}"))));
        let misreadings = dotenv(&Node::Map(entries.into_iter().collect()), "_")
            .unwrap()
            .misreadings;
        assert_eq!(
            misreadings[1].to_string(),
            "python-dotenv (pydantic-settings) expands `${…}` unless interpolate=False: A, B"
        );
        assert!(
            misreadings
                .iter()
                .all(|misreading| !misreading.to_string().contains("sesame"))
        );
    }
}
