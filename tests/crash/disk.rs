//! A disk that is really full: small file systems in memory, where the tests may mount some.

use crate::{
    commands::COMMANDS,
    peers,
    sandbox::SmallDisk,
    verdict::{Ending, Expected},
    world::World,
};

/// How many bytes are left: from none to more than any of the commands needs.
const LEFT: [usize; 6] = [0, 1, 2, 4, 8, 16];

#[test]
fn a_full_disk_leaves_the_old_files_or_the_new_ones() {
    let mut failures = 0;
    for command in &COMMANDS {
        let world = World::new(command);
        let expected = Expected::of(&world);
        let mut is_enough = false;
        for left in LEFT {
            world.restore();
            let Some(code) = full(&world, &expected, left) else {
                // Not for everybody, and in containers not even for root.
                return peers::note("skipped: no file system can be mounted here");
            };
            is_enough = code == 0;
            failures += usize::from(code != 0);
        }
        assert!(
            is_enough,
            "`{}` needs no more than {LEFT:?} pages",
            command.name
        );
    }
    assert!(failures > COMMANDS.len(), "the disk was full");
}

/// Runs the command where only so many pages are left; its exit code, or `None` where nothing can be mounted.
fn full(world: &World, expected: &Expected, left: usize) -> Option<i32> {
    let root = world.sandbox.path("");
    let small = SmallDisk::on(&root)?;
    world.restore();
    small.fill(left);
    let output = world.run();
    small.empty();
    let ending = Ending {
        output: &output,
        may_leave: false,
    };
    if let Err(what) = expected.judge(world, &ending) {
        let (name, said) = (world.command.name, output.stderr());
        panic!("`{name}` with {left} pages left: {what}\n{said}");
    }
    if output.code() != 0 {
        let said = output.stderr();
        assert!(said.contains("No space left on device"), "{said}");
    }
    Some(output.code())
}
