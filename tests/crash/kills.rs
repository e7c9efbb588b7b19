//! A command that is killed at a random time, thousands of times.

use std::{
    env,
    process::{Child, Command as Program, Stdio},
    thread,
    time::{Duration, Instant},
};

use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{
    commands::COMMANDS,
    peers,
    sandbox::Output,
    verdict::{Ending, Expected},
    world::World,
};

/// How many kills there are unless `VAULT_TEST_KILLS` says so.
const KILLS: usize = 104;

/// Chosen once; the times differ from run to run all the same, as machines do.
const SEED: u64 = 0x6b69_6c6c;

/// What came of all kills.
#[derive(Default)]
struct Tally {
    /// The process was done before.
    late: usize,
    killed: usize,
    faults: Vec<String>,
}

#[test]
fn random_kills_damage_no_file_and_leave_no_secret_in_clear() {
    let share = count(KILLS).div_ceil(COMMANDS.len());
    let mut random = StdRng::seed_from_u64(SEED);
    let mut tally = Tally::default();
    for command in &COMMANDS {
        let world = World::new(command);
        let expected = Expected::of(&world);
        let mut span = Span(duration(&world));
        for _ in 0..share {
            while !kill(&world, &expected, &mut span, &mut random, &mut tally) {}
        }
    }
    let (killed, late, faults) = (tally.killed, tally.late, tally.faults);
    peers::note(&format!(
        "{killed} killed, {late} done before, {} faults",
        faults.len()
    ));
    assert_eq!(killed, share * COMMANDS.len());
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// How many kills there are: so many, unless `VAULT_TEST_KILLS` says otherwise.
#[allow(clippy::disallowed_methods, reason = "a test has no `Context`")]
pub(crate) fn count(usual: usize) -> usize {
    let wanted = env::var("VAULT_TEST_KILLS").ok();
    wanted.map_or(usual, |count| {
        count.parse().expect("VAULT_TEST_KILLS is a number")
    })
}

/// The time within which a command is killed.
///
/// It takes as long as the machine lets it. What was done before it was killed has shown that it takes less, so the span shrinks
/// until it fits.
pub(crate) struct Span(pub(crate) Duration);

impl Span {
    /// A moment of it.
    pub(crate) fn any(&self, random: &mut StdRng) -> Duration {
        self.0.mul_f64(random.gen_range(0.0..1.0))
    }

    /// The command was done by then.
    pub(crate) fn ends(&mut self, by: Duration) {
        self.0 = self.0.min(by);
    }
}

/// How long the command takes: the shortest of three times, since a machine may be busy.
fn duration(world: &World) -> Duration {
    #[allow(clippy::disallowed_methods, reason = "a test has no `Context`")]
    let now = Instant::now;
    let once = || {
        world.restore();
        let start = now();
        let done = start_command(world).wait_with_output();
        assert!(done.expect("a child of ours").status.success());
        start.elapsed()
    };
    [once(), once(), once()].into_iter().min().expect("three")
}

/// Kills it once; whether it was not done before.
fn kill(
    world: &World,
    expected: &Expected,
    span: &mut Span,
    random: &mut StdRng,
    tally: &mut Tally,
) -> bool {
    world.restore();
    let delay = span.any(random);
    let mut child = start_command(world);
    thread::sleep(delay);
    // One that is done already is no child of ours that could be killed.
    let _ = child.kill();
    let output = Output::of(
        &world.sandbox,
        child.wait_with_output().expect("a child of ours"),
    );
    let is_killed = output.code() == 137;
    match is_killed {
        true => tally.killed += 1,
        false => {
            tally.late += 1;
            span.ends(delay);
        }
    }
    let ending = Ending {
        output: &output,
        may_leave: is_killed,
    };
    if let Err(what) = expected.judge(world, &ending) {
        let name = world.command.name;
        tally.faults.push(format!(
            "`{name}`, killed after {delay:?}: {what}\n{}",
            output.stderr()
        ));
    }
    is_killed
}

/// Starts it by itself, not below another program that would be killed in its place.
fn start_command(world: &World) -> Child {
    use std::io::Write;
    let mut child = Program::new(env!("CARGO_BIN_EXE_vault"))
        .args(world.command.line)
        .current_dir(world.sandbox.work(""))
        .env_clear()
        .envs(world.sandbox.environment())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // It is small: no write of it waits for the reader. A command that reads nothing closes the pipe.
    let _ = stdin.write_all(world.command.stdin.as_bytes());
    child
}
