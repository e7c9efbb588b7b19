//! Who may read a plaintext output: its mode and its owner.

use std::{
    fmt,
    fs::{File, Metadata},
    io,
    str::FromStr,
};

use thiserror::Error;

use super::{
    snapshot::Snapshot,
    system::{self, Owner},
};

/// The mode of a file with secrets in clear: who may read it, and whether its owner and group may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode(u32);

/// A number is no mode for a file with secrets in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ModeError {
    /// It is not three octal digits, or four with a zero in front.
    #[error("a mode is three octal digits, such as 0440 or 600")]
    NotOctal,
    /// Others could write: they could give a program other secrets.
    #[error("others could write to it")]
    WorldWritable,
    /// It can be executed, and a secret is no program.
    #[error("it makes the file executable")]
    Executable,
    /// Not even the owner could read it.
    #[error("its owner could not read it")]
    Unreadable,
}

impl Mode {
    /// Nobody but the owner: 0600.
    pub const PRIVATE: Mode = Mode(0o600);

    /// Whether every user of the machine may read such a file, where the directory lets them in.
    pub fn is_world_readable(self) -> bool {
        self.0 & 0o004 != 0
    }

    /// The directory opens to the group of files that the group may read and others may not. Files that everybody may read
    /// are for mounts of single files, for which the directory does not count: it keeps the other users of the machine out.
    pub(super) fn of_directory(self) -> u32 {
        match self.0 & 0o044 {
            0o040 => 0o750,
            _ => 0o700,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

impl FromStr for Mode {
    type Err = ModeError;

    fn from_str(text: &str) -> Result<Self, ModeError> {
        let digits = match text.len() {
            4 => text.strip_prefix('0').ok_or(ModeError::NotOctal)?,
            _ => text,
        };
        let is_octal = digits.len() == 3 && digits.bytes().all(|b| (b'0'..=b'7').contains(&b));
        let mode = u32::from_str_radix(digits, 8).map_err(|_| ModeError::NotOctal)?;
        match mode {
            _ if !is_octal => Err(ModeError::NotOctal),
            mode if mode & 0o002 != 0 => Err(ModeError::WorldWritable),
            mode if mode & 0o111 != 0 => Err(ModeError::Executable),
            mode if mode & 0o400 == 0 => Err(ModeError::Unreadable),
            mode => Ok(Mode(mode)),
        }
    }
}

/// What an output is to have: without anything asked for, it is ours, and nobody else may do anything with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// The exact mode; none means 0600, or less where the file has less already.
    pub mode: Option<Mode>,
    /// The user's number; none means us.
    pub user: Option<u32>,
    /// The group's number; none means whichever the system gives.
    pub group: Option<u32>,
}

impl Permissions {
    /// The mode of a new file.
    pub fn mode_of_new(&self) -> Mode {
        self.mode.unwrap_or(Mode::PRIVATE)
    }

    /// What is wrong with a file, in words, `mode 0644, not 0600` for example; nothing where it is as wanted.
    ///
    /// # Errors
    /// The system does not tell who we are.
    pub fn differences(&self, file: &Snapshot) -> io::Result<Vec<String>> {
        self.faults(file.metadata())
    }

    /// Whether a file has them.
    pub(super) fn fit(&self, file: &Metadata) -> bool {
        self.faults(file).is_ok_and(|faults| faults.is_empty())
    }

    /// Gives them to a new file that nobody else can open yet: the owner first, so that nobody can read in between
    /// who is not meant to.
    pub(super) fn give(&self, file: &File) -> Result<(), Refused> {
        if !self.owned(&file.metadata()?) {
            system::give(file, self.user, self.group).map_err(Refused::Owner)?;
        }
        Ok(system::set_mode(file, self.mode_of_new().0)?)
    }

    /// Gives a directory to the owner of its files, and opens it to the group if they are.
    ///
    /// It comes back to us where nobody else is to have it.
    pub(super) fn give_directory(&self, directory: &File) -> Result<(), Refused> {
        let wanted = self.with_user()?;
        if !wanted.owned(&directory.metadata()?) {
            system::give(directory, wanted.user, wanted.group).map_err(Refused::Owner)?;
        }
        let mode = self.mode_of_new().of_directory();
        Ok(system::set_mode(directory, mode)?)
    }

    /// Whether a directory is as [`Permissions::give_directory`] makes it, or lets even fewer in.
    pub(super) fn fit_directory(&self, directory: &Metadata) -> bool {
        let wanted = self.mode_of_new().of_directory();
        let is_exact = self.mode.is_some();
        let fits = |mode: u32| mode == wanted || (!is_exact && mode & !wanted == 0);
        self.with_user().is_ok_and(|wanted| wanted.owned(directory))
            && system::mode(directory).is_none_or(fits)
    }

    /// Whether others than we are to reach the files.
    pub(super) fn lets_others_in(&self) -> bool {
        let mode = self.mode_of_new().of_directory();
        self.user.is_some() || self.group.is_some() || mode != Mode::PRIVATE.of_directory()
    }

    fn with_user(self) -> io::Result<Self> {
        let user = self.user.map_or_else(system::us, |user| Ok(Some(user)))?;
        Ok(Permissions { user, ..self })
    }

    fn owned(&self, file: &Metadata) -> bool {
        let Some(owner) = system::owner(file) else {
            return true;
        };
        self.user.is_none_or(|user| user == owner.user)
            && self.group.is_none_or(|group| group == owner.group)
    }

    fn faults(&self, file: &Metadata) -> io::Result<Vec<String>> {
        let mut faults = Vec::new();
        if let Some(mode) = system::mode(file) {
            let fits = match self.mode {
                Some(wanted) => wanted.0 == mode,
                None => mode & 0o177 == 0,
            };
            let fault = format!("mode {mode:04o}, not {}", self.mode_of_new());
            faults.extend((!fits).then_some(fault));
        }
        if let (Some(owner), Some(us)) = (system::owner(file), system::us()?) {
            let user = self.user.unwrap_or(us);
            let group = self.group.unwrap_or(owner.group);
            let wanted = Owner { user, group };
            let fault = format!("owner {owner}, not {wanted}");
            faults.extend((owner != wanted).then_some(fault));
        }
        Ok(faults)
    }
}

/// What the system did not allow.
#[derive(Debug)]
pub(super) enum Refused {
    /// To give the file away.
    Owner(io::Error),
    /// Anything else.
    Other(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Refused::Other(error)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_says_who_may_read() {
        let read = |text: &str| text.parse::<Mode>().map(|mode| mode.to_string());
        assert_eq!(read("0440"), Ok("0440".to_owned()));
        assert_eq!(read("600"), Ok("0600".to_owned()));
        assert_eq!(read("664"), Ok("0664".to_owned()));
        for text in [
            "",
            "6",
            "60",
            "00600",
            "1600",
            "4600",
            "0o600",
            "u=rw",
            "+600",
            "698",
            "ä00",
            "６００",
        ] {
            assert_eq!(read(text), Err(ModeError::NotOctal), "{text}");
        }
        assert_eq!(read("0606"), Err(ModeError::WorldWritable));
        assert_eq!(read("0666"), Err(ModeError::WorldWritable));
        assert_eq!(read("0700"), Err(ModeError::Executable));
        assert_eq!(read("0040"), Err(ModeError::Unreadable));
        let world = |text: &str| text.parse::<Mode>().unwrap().is_world_readable();
        assert!(world("0444") && world("644") && !world("0440") && !world("600"));
    }

    #[test]
    fn a_directory_opens_to_the_group_of_its_files_and_never_to_others() {
        let directory = |text: &str| text.parse::<Mode>().unwrap().of_directory();
        assert_eq!(directory("0600"), 0o700);
        assert_eq!(directory("0440"), 0o750);
        assert_eq!(directory("0660"), 0o750);
        assert_eq!(directory("0444"), 0o700);
        assert_eq!(directory("0404"), 0o700);
    }

    #[test]
    fn without_a_wish_less_than_0600_is_enough() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        std::fs::write(&path, "").unwrap();
        let faults = |mode, wanted: Permissions| {
            let file = File::open(&path).unwrap();
            system::set_mode(&file, mode).unwrap();
            wanted.faults(&file.metadata().unwrap()).unwrap()
        };
        let any = Permissions::default();
        let exact = Permissions {
            mode: Some("0440".parse().unwrap()),
            ..any
        };
        assert_eq!(faults(0o400, any), [""; 0]);
        assert_eq!(faults(0o644, any), ["mode 0644, not 0600"]);
        assert_eq!(faults(0o700, any), ["mode 0700, not 0600"]);
        assert_eq!(faults(0o440, exact), [""; 0]);
        assert_eq!(faults(0o400, exact), ["mode 0400, not 0440"]);
    }
}
