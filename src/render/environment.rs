//! Secrets as the environment of one process, and the names that would change what the process is.

use super::{Defect, Flat, Names, Output, Refusal, flatten};
use crate::value::{Node, Scalar};

/// Names that decide which code runs, where programs look for it, or whose keys they use.
const RESERVED: &[&str] = &[
    "BASHOPTS",
    "BASH_ENV",
    "CLASSPATH",
    "EDITOR",
    "ENV",
    "GCONV_PATH",
    "HOME",
    "HOSTALIASES",
    "IFS",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "LOCPATH",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PAGER",
    "PATH",
    "PERL5LIB",
    "PERL5OPT",
    "PERLLIB",
    "PROMPT_COMMAND",
    "PS4",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "RUBYLIB",
    "RUBYOPT",
    "SHELL",
    "SHELLOPTS",
    "SSH_ASKPASS",
    "SSH_AUTH_SOCK",
    "TMPDIR",
    "VISUAL",
    "_JAVA_OPTIONS",
];

/// Beginnings of more of them: the loader, functions of bash, git.
const RESERVED_PREFIXES: &[&str] = &["BASH_FUNC_", "DYLD_", "GIT_", "LD_", "XDG_"];

/// Lists the variables of a process, in the order of the tree.
///
/// Whether a name is [`reserved`] is another question, and the caller's.
///
/// # Errors
/// Names every value whose name is empty, holds `=` or a control character or belongs to another too, and every value with a NUL.
pub fn environment<'a, 'n>(
    root: &'a Node,
    names: impl Into<Names<'n>>,
) -> Result<Vec<Flat<'a>>, Refusal> {
    flatten::admit(Output::Environment, root, &names.into())
}

/// Whether a secret may have this name in an environment only where somebody said so for this very name.
///
/// Loader and interpreter settings, search paths, git, ssh, editors, and all that is [`withheld`]; spelled exactly so.
pub fn reserved(name: &str) -> bool {
    let starts = |prefix: &&str| name.starts_with(*prefix);
    RESERVED.contains(&name) || RESERVED_PREFIXES.iter().any(starts) || withheld(name)
}

/// Whether a child process does not inherit this variable from vault: it holds or names an identity, or says what to trust.
pub fn withheld(name: &str) -> bool {
    name.starts_with("VAULT_IDENTITY") || name == "VAULT_TRUST" || name.starts_with("SOPS_AGE_")
}

pub(super) fn defect(name: &str, value: Option<&Scalar>) -> Option<Defect> {
    if name.is_empty() || name.contains(|c: char| c == '=' || c.is_control()) {
        return Some(Defect::EnvironmentName);
    }
    value?.expose().contains('\0').then_some(Defect::Nul)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, value: &str) -> Option<Defect> {
        defect(name, Some(&Scalar::str(value)))
    }

    #[test]
    fn r16_names_with_equals_signs_or_control_characters_are_refused() {
        for name in ["", "=", "A=B", "A\n", "A\0", "\u{1b}[31m", "A\u{85}"] {
            assert_eq!(refused(name, ""), Some(Defect::EnvironmentName), "{name:?}");
        }
        for name in ["A", "a-b", "a.b", "1", "ä"] {
            assert_eq!(refused(name, "\r\n\\'\"$"), None, "{name}");
        }
        assert_eq!(refused("A", "a\0b"), Some(Defect::Nul));
    }

    #[test]
    fn names_that_change_what_a_process_is_are_reserved() {
        let names = "LD_PRELOAD LD_LIBRARY_PATH DYLD_INSERT_LIBRARIES PATH IFS ENV BASH_ENV BASH_FUNC_x%% SHELLOPTS \
            BASHOPTS PS4 PROMPT_COMMAND GCONV_PATH LOCPATH HOSTALIASES NODE_OPTIONS NODE_PATH PYTHONPATH \
            PYTHONHOME PYTHONSTARTUP PERL5LIB PERL5OPT PERLLIB RUBYOPT RUBYLIB JAVA_TOOL_OPTIONS \
            _JAVA_OPTIONS JDK_JAVA_OPTIONS CLASSPATH GIT_SSH_COMMAND SSH_ASKPASS SSH_AUTH_SOCK EDITOR \
            VISUAL PAGER HOME SHELL TMPDIR XDG_CONFIG_HOME VAULT_IDENTITY VAULT_IDENTITY_FILE \
            VAULT_IDENTITY_CMD VAULT_TRUST SOPS_AGE_KEY SOPS_AGE_SSH_PRIVATE_KEY_FILE";
        for name in names.split(' ') {
            assert!(reserved(name), "{name}");
        }
    }

    #[test]
    fn other_names_are_free() {
        for name in [
            "DATABASE_URL",
            "LD",
            "PATHS",
            "MY_PATH",
            "GITHUB_TOKEN",
            "VAULT_ADDR",
            "VAULT_TOKEN",
            "VAULT_TRUSTED",
            "",
        ] {
            assert!(!reserved(name), "{name}");
        }
    }
}
