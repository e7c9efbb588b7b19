//! Every call of a command's writing fails in turn, or is the last one.

use std::{env, path::Path};

use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};

use crate::{
    commands::COMMANDS,
    peers,
    sandbox::Output,
    strace::{self, Call, EACCES, EIO, ENOSPC, Fault},
    verdict::{Ending, Expected},
    world::World,
};

/// How many cases of each command are run unless `VAULT_TEST_CRASH=full`.
const SAMPLE: usize = 40;

/// Chosen once: the sample is the same in every run.
const SEED: u64 = 0x7661_756c_7421;

fn sweep(name: &str) {
    if strace::program().is_none() {
        return;
    }
    let command = COMMANDS
        .iter()
        .find(|command| command.name == name)
        .expect("it is in the table");
    let world = World::new(command);
    let expected = Expected::of(&world);
    world.restore();
    let calls = strace::calls(&world.sandbox, command.line, command.stdin);
    assert_stays_inside(&calls, &world.sandbox.path(""));
    let faults: Vec<String> = cases(&calls)
        .into_iter()
        .filter_map(|case| disturb(&world, &expected, case).err())
        .collect();
    assert!(
        faults.is_empty(),
        "{} cases fail\n{}",
        faults.len(),
        faults.join("\n\n")
    );
}

/// Nothing is written outside of the world that is searched for secrets.
fn assert_stays_inside(calls: &[Call], root: &Path) {
    let named = calls
        .iter()
        .filter(|call| call.writes() && call.name != "write");
    for call in named {
        let paths = call.text.split('"').skip(1).step_by(2);
        for path in paths.filter(|path| path.starts_with('/')) {
            let is_inside = Path::new(path).starts_with(root);
            // A file without a name is named through its descriptor; there is no terminal.
            let is_own = path.starts_with("/proc/self/fd/") || path == "/dev/tty";
            assert!(is_inside || is_own, "{}", call.text);
        }
    }
}

fn disturb(
    world: &World,
    expected: &Expected,
    (call, fault): (&Call, Fault),
) -> Result<(), String> {
    world.restore();
    let (line, stdin) = (world.command.line, world.command.stdin);
    let output = strace::disturbed(&world.sandbox, line, stdin, call, fault);
    let ending = Ending {
        output: &output,
        may_leave: fault == Fault::Kill || call.name.starts_with("unlink"),
    };
    let judged = check_ending(&output, call, fault).and_then(|()| expected.judge(world, &ending));
    judged.map_err(|what| {
        let (name, code, said) = (world.command.name, output.code(), output.stderr());
        let at = format!("{fault:?} at {} {}: {}", call.name, call.nth, call.text);
        format!("`{name}`, {at}: {what}\nexit code {code}\n{said}")
    })
}

fn cases(calls: &[Call]) -> Vec<(&Call, Fault)> {
    let faults = |call: &Call| match call.writes() {
        true => vec![ENOSPC, EIO, EACCES, Fault::Kill],
        false => vec![EIO, EACCES],
    };
    let of_call = |call| faults(call).into_iter().map(move |fault| (call, fault));
    let mut all: Vec<_> = calls.iter().flat_map(of_call).collect();
    peers::note(&format!("{} cases", all.len()));
    if !is_full() {
        all.shuffle(&mut StdRng::seed_from_u64(SEED));
        // The moments at which names change are few, and never left out.
        all.sort_by_key(|(call, fault)| !(call.renames() && *fault == Fault::Kill));
        all.truncate(SAMPLE);
    }
    all
}

#[allow(clippy::disallowed_methods, reason = "a test has no `Context`")]
pub(crate) fn is_full() -> bool {
    env::var_os("VAULT_TEST_CRASH").is_some_and(|value| value == "full")
}

/// The exit code is one of a failure, and the message says which file and why.
fn check_ending(output: &Output, call: &Call, fault: Fault) -> Result<(), String> {
    let Fault::Error(_, why) = fault else {
        return match output.code() {
            137 => Ok(()),
            _ => Err("it was not killed".to_owned()),
        };
    };
    if output.code() == 0 || call.speaks() {
        return Ok(());
    }
    let mut lines = output.stderr().lines();
    let error = lines.find(|line| line.starts_with("vault: error: "));
    let error = error.ok_or("no error is told")?;
    let tells_why = [why, "is read-only"].iter().any(|why| error.contains(why));
    let is_path = |word: &str| word.contains('/') || word.starts_with('.');
    let tells_where = error.split(' ').any(is_path) || error.contains("standard output");
    // What cannot be read need not be a file (a value that is typed), and whatever is not known is for the worse: a list of
    // what git ignores is empty then, and an output is somebody else's.
    let is_refused = ["git", "other content", "by hand"]
        .iter()
        .any(|refusal| error.contains(refusal));
    match (tells_why && tells_where) || (!call.writes() && (tells_why || is_refused)) {
        true => Ok(()),
        false => Err("it is not told why and where".to_owned()),
    }
}

macro_rules! sweeps {
    ($($test:ident: $name:literal,)+) => {
        $(#[test] fn $test() { sweep($name); })+

        #[test]
        fn every_command_of_the_table_is_swept() {
            assert_eq!(COMMANDS.each_ref().map(|command| command.name), [$($name),+]);
        }
    };
}

sweeps! {
    a_disturbed_set_leaves_the_old_file_or_the_new_one: "set of a key that is there",
    a_disturbed_set_of_a_new_key_leaves_the_old_file_or_the_new_one: "set of a new key",
    a_disturbed_set_in_a_new_environment_leaves_no_file_or_a_whole_one: "set in a new environment",
    a_disturbed_first_set_writes_config_and_file_or_neither: "the first set of all",
    a_disturbed_unset_leaves_the_old_file_or_the_new_one: "unset",
    a_disturbed_sync_writes_all_files_or_none: "sync of somebody who leaves",
    a_disturbed_addition_writes_config_and_file_or_neither: "recipients add",
    a_disturbed_removal_writes_config_and_five_files_or_nothing: "recipients remove of five environments",
    a_disturbed_change_of_a_key_writes_all_files_or_none: "recipients replace",
    a_disturbed_rekey_writes_all_files_or_none: "rekey of all",
    a_disturbed_sign_writes_all_files_or_none: "sign of all",
    a_disturbed_set_for_oneself_leaves_no_file_or_a_whole_one: "set for oneself",
    a_disturbed_import_takes_over_all_or_nothing: "import",
    a_disturbed_import_deletes_its_source_only_when_all_is_taken_over: "import that deletes its source",
    a_disturbed_env_add_writes_config_and_file_or_neither: "env add of a copy",
    a_disturbed_env_rename_writes_all_files_or_none: "env rename",
    a_disturbed_env_remove_removes_all_or_nothing: "env remove",
    a_disturbed_init_writes_all_files_or_none: "init",
    a_disturbed_keygen_leaves_no_identity_or_a_whole_one: "keygen",
    a_disturbed_render_leaves_no_file_or_a_whole_one: "render to a new file",
    a_disturbed_render_over_its_own_file_leaves_the_old_one_or_the_new_one: "render over its own file",
    a_disturbed_render_over_the_file_of_somebody_else_leaves_one_of_both: "render over the file of somebody else",
    a_disturbed_render_of_secret_files_leaves_whole_ones: "render of secret files",
    a_disturbed_render_over_a_set_leaves_old_or_new_files: "render over a set of secret files",
}
