//! Secrets as the environment of one process, and the names that would change what the process is.

use super::{Defect, Flat, Names, Output, Refusal, flatten};
use crate::value::{Node, Scalar};

/// Bytes that one variable may have on Linux (execve(2), `MAX_ARG_STRLEN`).
const VARIABLE_BYTES: usize = 128 * 1024;

/// Names that decide which code runs, where programs look for it, or whose keys they use. None that a program keeps a secret in: so not
/// all of `NPM_CONFIG_*` and `CARGO_*`.
const RESERVED: &[&str] = &[
    "ANT_OPTS",
    "BASHOPTS",
    "BASH_ENV",
    "BROWSER",
    "BUNDLE_GEMFILE",
    "BUNDLE_PATH",
    "BUN_OPTIONS",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTDOC",
    "CARGO_BUILD_RUSTDOCFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_ENCODED_RUSTDOCFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_HOME",
    "CARGO_REGISTRY_CREDENTIAL_PROVIDER",
    "CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS",
    "CC",
    "CFLAGS",
    "CLASSPATH",
    "CMAKE_TOOLCHAIN_FILE",
    "CORECLR_ENABLE_PROFILING",
    "COR_ENABLE_PROFILING",
    "CPPFLAGS",
    "CXX",
    "CXXFLAGS",
    "DOTNET_ADDITIONAL_DEPS",
    "DOTNET_STARTUP_HOOKS",
    "EDITOR",
    "ELECTRON_RUN_AS_NODE",
    "ELIXIR_ERL_OPTIONS",
    "EMACSLOADPATH",
    "ENV",
    "ERL_AFLAGS",
    "ERL_FLAGS",
    "ERL_LIBS",
    "ERL_ZFLAGS",
    "EXINIT",
    "GCONV_PATH",
    "GDK_PIXBUF_MODULE_FILE",
    "GEM_HOME",
    "GEM_PATH",
    "GIO_EXTRA_MODULES",
    "GIO_MODULE_DIR",
    "GLIBC_TUNABLES",
    "GNUMAKEFLAGS",
    "GOAUTH",
    "GOCACHEPROG",
    "GOENV",
    "GOFLAGS",
    "GOROOT",
    "GOTOOLCHAIN",
    "GRADLE_OPTS",
    "GTK_MODULES",
    "GTK_PATH",
    "GUILE_LOAD_COMPILED_PATH",
    "GUILE_LOAD_PATH",
    "HOME",
    "HOSTALIASES",
    "IFS",
    "INPUTRC",
    "JAVA_HOME",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "JULIA_DEPOT_PATH",
    "JULIA_LOAD_PATH",
    "LDFLAGS",
    "LESSCLOSE",
    "LESSOPEN",
    "LOCPATH",
    "LUA_CPATH",
    "LUA_INIT",
    "LUA_PATH",
    "MAKEFILES",
    "MAKEFLAGS",
    "MANPAGER",
    "MAVEN_OPTS",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_REPL_EXTERNAL_MODULE",
    "NPM_CONFIG_GIT",
    "NPM_CONFIG_GLOBALCONFIG",
    "NPM_CONFIG_NODE_OPTIONS",
    "NPM_CONFIG_SCRIPT_SHELL",
    "NPM_CONFIG_USERCONFIG",
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "OPENSSL_MODULES",
    "PAGER",
    "PATH",
    "PERL5DB",
    "PERL5LIB",
    "PERL5OPT",
    "PERLLIB",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "PKG_CONFIG",
    "PROMPT_COMMAND",
    "PS4",
    "PSModulePath",
    "PYTHONBREAKPOINT",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONPYCACHEPREFIX",
    "PYTHONSTARTUP",
    "PYTHONUSERBASE",
    "PYTHONWARNINGS",
    "QML2_IMPORT_PATH",
    "QT_PLUGIN_PATH",
    "QT_QPA_PLATFORM_PLUGIN_PATH",
    "RUBYLIB",
    "RUBYOPT",
    "RUSTC",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOC",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "R_ENVIRON",
    "R_ENVIRON_USER",
    "R_HOME",
    "R_LIBS",
    "R_LIBS_USER",
    "R_PROFILE",
    "R_PROFILE_USER",
    "SBT_OPTS",
    "SHELL",
    "SHELLOPTS",
    "SSH_ASKPASS",
    "SSH_AUTH_SOCK",
    "SSH_SK_HELPER",
    "SSH_SK_PROVIDER",
    "SUDO_ASKPASS",
    "SYSTEMD_EDITOR",
    "SYSTEMD_PAGER",
    "TCLLIBPATH",
    "TMPDIR",
    "VIMINIT",
    "VISUAL",
    "ZDOTDIR",
    "_JAVA_OPTIONS",
    "npm_config_git",
    "npm_config_globalconfig",
    "npm_config_node_options",
    "npm_config_script_shell",
    "npm_config_userconfig",
];

/// Beginnings of more of them: the loader, functions of bash, git, what Lua runs first (`LUA_INIT_5_4`), where it looks.
const RESERVED_PREFIXES: &[&str] = &[
    "BASH_FUNC_",
    "CORECLR_PROFILER",
    "COR_PROFILER",
    "DYLD_",
    "GIT_",
    "LD_",
    "LUA_CPATH_",
    "LUA_INIT_",
    "LUA_PATH_",
    "XDG_",
];

/// Beginnings and ends of those that cargo has for each target and registry.
const RESERVED_BETWEEN: &[(&str, &str)] = &[
    ("CARGO_REGISTRIES_", "_CREDENTIAL_PROVIDER"),
    ("CARGO_TARGET_", "_LINKER"),
    ("CARGO_TARGET_", "_RUNNER"),
    ("CARGO_TARGET_", "_RUSTDOCFLAGS"),
    ("CARGO_TARGET_", "_RUSTFLAGS"),
];

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
/// Loader and interpreter settings, search paths, git, ssh, editors, compilers and what builds call, and all that is [`withheld`]; spelled exactly so.
pub fn reserved(name: &str) -> bool {
    let starts = |prefix: &&str| name.starts_with(*prefix);
    let is_between = |(start, end): &(&str, &str)| {
        let rest = name.strip_prefix(start);
        rest.is_some_and(|rest| rest.ends_with(end))
    };
    RESERVED.contains(&name)
        || RESERVED_PREFIXES.iter().any(starts)
        || RESERVED_BETWEEN.iter().any(is_between)
        || withheld(name)
}

/// Whether a child process does not inherit this variable from vault: it holds or names an identity, or says what to trust.
pub fn withheld(name: &str) -> bool {
    name.starts_with("VAULT_IDENTITY") || name == "VAULT_TRUST" || name.starts_with("SOPS_AGE_")
}

/// Whether Linux starts no program with it: other systems may.
pub(super) fn is_too_large(name: &str, value: Option<&Scalar>) -> bool {
    let value = value.map_or(0, |value| value.expose().len());
    // `=` stands between, and a NUL behind.
    name.len() + value + 2 > VARIABLE_BYTES
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
        let loaders = "PYTHONUSERBASE ZDOTDIR LUA_INIT LUA_INIT_5_4 LUA_PATH LUA_CPATH_5_4 DOTNET_STARTUP_HOOKS OPENSSL_CONF \
            OPENSSL_MODULES OPENSSL_ENGINES GLIBC_TUNABLES PERL5DB PYTHONWARNINGS PYTHONBREAKPOINT PHPRC PHP_INI_SCAN_DIR GEM_PATH \
            GEM_HOME BUNDLE_GEMFILE GTK_MODULES GTK_PATH QT_PLUGIN_PATH R_PROFILE R_ENVIRON LESSOPEN LESSCLOSE CORECLR_PROFILER_PATH_64 \
            COR_PROFILER MAVEN_OPTS GRADLE_OPTS SBT_OPTS NPM_CONFIG_SCRIPT_SHELL npm_config_node_options RUSTC_WRAPPER \
            CARGO_BUILD_RUSTC_WRAPPER MAKEFLAGS MANPAGER BROWSER CC CXX CFLAGS LDFLAGS RUSTFLAGS CARGO_ENCODED_RUSTFLAGS RUSTDOC \
            CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER CARGO_TARGET_AARCH64_APPLE_DARWIN_LINKER \
            CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS CARGO_REGISTRIES_OURS_CREDENTIAL_PROVIDER GOAUTH GOROOT GOCACHEPROG";
        for name in loaders.split(' ').filter(|name| !name.is_empty()) {
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
            "KUBECONFIG",
            "CARGO_REGISTRY_TOKEN",
            "CARGO_REGISTRIES_OURS_TOKEN",
            "CARGO_TARGET_DIR",
            "CARGO_TARGET_RUNNER",
            "CCC",
            "GOPROXY",
            "NPM_CONFIG__AUTH",
            "NPM_TOKEN",
            "BUNDLE_GITHUB__COM",
            "JAVA_OPTS",
            "",
        ] {
            assert!(!reserved(name), "{name}");
        }
    }
}
