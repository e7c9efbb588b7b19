//! Whatever ends an edit: nothing of the secrets is left in clear on any file system of the machine.

use std::fs;

use rustix::process::Signal;

use super::{
    search::{holders_newer_than, new_secret},
    world::{FILE, STAYS, TYPE, World, eventually},
};
use crate::{
    sandbox::SmallDisk,
    team::{alone, get},
};

/// A vault whose secrets are like no other on this machine.
fn world() -> (World, String) {
    let world = World::of(alone());
    let old = world.sandbox.secret(&new_secret());
    let typed = world.sandbox.secret(&new_secret());
    world.sandbox.set("TYPED", &typed);
    world
        .sandbox
        .vault(["set", "dev", "TOKEN"])
        .stdin(old)
        .succeeds();
    (world, typed)
}

/// An ending, in a vault of its own; it says whether what was typed has to be in the file.
type Ending = fn(&World) -> bool;

const ENDINGS: [(&str, Ending); 9] = [
    ("success", |world| {
        world.edit(TYPE).succeeds();
        true
    }),
    ("failure of the editor", |world| {
        world.edit(&format!("{TYPE}\nexit 1")).fails(2);
        false
    }),
    ("crash of the editor", |world| {
        world.edit(&format!("{TYPE}\nkill -KILL $$")).fails(2);
        false
    }),
    ("TERM", |world| signal(world, Signal::TERM)),
    ("HUP", |world| signal(world, Signal::HUP)),
    ("KILL", |world| signal(world, Signal::KILL)),
    ("INT", |world| passed_on(world, Signal::INT)),
    ("QUIT", |world| passed_on(world, Signal::QUIT)),
    ("full disk", full_disk),
];

#[test]
fn r09_nothing_is_left_in_clear_on_any_file_system_whatever_ends_an_edit() {
    let worlds: Vec<(World, String)> = ENDINGS.iter().map(|_| world()).collect();
    let stamp = tempfile::NamedTempFile::new().expect("a temporary file");
    for ((name, ending), (world, typed)) in ENDINGS.iter().zip(&worlds) {
        let before = world.sandbox.read(FILE);
        let is_written = ending(world);
        eventually("the desk is gone", || world.desks().is_empty());
        assert_eq!(world.sandbox.read(FILE) != before, is_written, "{name}");
        if is_written {
            assert_eq!(&get(&world.sandbox, "dev", "TYPED"), typed, "{name}");
        }
    }
    let sandboxes: Vec<_> = worlds.iter().map(|(world, _)| &world.sandbox).collect();
    // one that is found, so that it is known that the search finds
    let planted = sandboxes[0].write("planted", &worlds[0].1);
    let left = holders_newer_than(stamp.path(), &sandboxes);
    assert_eq!(left, [planted]);
    // and all of it is still there
    for ((name, _), (world, typed)) in ENDINGS.iter().zip(&worlds) {
        if world
            .sandbox
            .vault(["get", "dev", "TYPED"])
            .prints_secrets()
            .run()
            .code()
            != 0
        {
            world.vault(["edit", "dev", "--resume"], "true").succeeds();
        }
        assert_eq!(&get(&world.sandbox, "dev", "TYPED"), typed, "{name}");
    }
}

fn signal(world: &World, signal: Signal) -> bool {
    let mut living = world.begin(STAYS);
    living.gets(signal);
    assert_eq!(living.ends(), 128 + signal.as_raw());
    false
}

/// A signal that is the editor's, which then ends as it should.
fn passed_on(world: &World, signal: Signal) -> bool {
    let go = world.sandbox.path("go");
    let wait = format!("while [ ! -e '{}' ]; do sleep 0.02; done", go.display());
    let mut living = world.begin(&wait);
    living.gets(signal);
    world.sandbox.write(&go, "");
    assert_eq!(living.ends(), 0, "{}", living.said());
    true
}

/// Where nothing can be mounted, a file in the place of a directory stands for a disk that takes nothing.
fn full_disk(world: &World) -> bool {
    let folder = world.sandbox.work("secrets");
    let text = world.sandbox.read(FILE);
    let Some(disk) = SmallDisk::on(&folder) else {
        world.edit(&format!("{TYPE}\nexit 1")).fails(2);
        return false;
    };
    world.sandbox.write(FILE, &text);
    disk.fill(0);
    let output = world.edit(TYPE).fails(2);
    let said = output.stderr();
    assert!(said.contains("No space left on device"), "{said}");
    assert_eq!(world.sandbox.read(FILE), text);
    disk.empty();
    drop(disk);
    // what lay below the disk is there again
    assert_eq!(
        fs::read_to_string(world.sandbox.work(FILE)).ok(),
        Some(text)
    );
    false
}
