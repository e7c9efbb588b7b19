//! A bad day: a mistake in the text, a full disk, and a terminal that is closed.

use super::{Office, VIM, eventually_gone};
use crate::{
    edit::{search::new_secret, world::FILE},
    peers,
    sandbox::SmallDisk,
    team::get,
};

#[test]
fn r08_after_a_mistake_a_full_disk_and_a_closed_terminal_one_command_brings_everything_back() {
    let office = Office::new();
    let sandbox = &office.world.sandbox;
    let second = sandbox.secret(&new_secret());
    sandbox.commit("the file as it was");
    let is_whole = || {
        office.is_untouched();
        assert_eq!(
            sandbox.git(["show", &format!("HEAD:{FILE}")]),
            office.before
        );
        sandbox.vault(["check"]).succeeds();
    };
    let Some(seat) = office.seat(&VIM) else {
        return;
    };
    // Everything that is kept would go there.
    let Some(disk) = SmallDisk::on(&sandbox.path("state")) else {
        return peers::note("skipped: no file system can be mounted here");
    };
    seat.edits();
    VIM.types(&seat, &format!("TYPED: [{}", office.typed));
    VIM.saves(&seat);
    VIM.quits(&seat);
    seat.shows("the text cannot be written like this");
    seat.shows("[e/s/x]");
    is_whole();
    seat.types("e");
    seat.presses(&["Enter"]);
    // the reason on top, and below it what was typed
    seat.shows(&format!("TYPED: [{}", office.typed));
    let edit = seat.processes();
    disk.fill(0);
    is_whole();
    seat.types(":%s/\\[k/k/");
    seat.presses(&["Enter"]);
    seat.shows(&format!("TYPED: {}", office.typed));
    VIM.types(&seat, &format!("SECOND: {second}"));
    VIM.saves(&seat);
    is_whole();
    seat.closes();
    for process in [edit.vault, edit.editor] {
        eventually_gone(process);
    }
    is_whole();
    office.is_clean();
    office
        .world
        .vault(["edit", "dev", "--resume"], "true")
        .succeeds();
    assert_eq!(get(sandbox, "dev", "SECOND"), second);
    office.is_written();
    drop(disk);
}
