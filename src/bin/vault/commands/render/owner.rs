//! `--owner`: who gets the files.

use std::{fmt, str::FromStr};

use nix::unistd::{Group, User};
use thiserror::Error;

/// A user, a group or both, by number; names are looked up when the command line is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NewOwner {
    user: Option<u32>,
    group: Option<u32>,
}

/// A text names no owner.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum OwnerError {
    #[error("an owner is USER, USER:GROUP or :GROUP, by number or name")]
    Form,
    #[error("this machine has no user of that name; the number does, as the container has it")]
    NoUser,
    #[error("this machine has no group of that name; the number does, as the container has it")]
    NoGroup,
    #[error("the names of users cannot be looked up; give numbers")]
    Lookup,
}

impl NewOwner {
    pub(super) fn user(self) -> Option<u32> {
        self.user
    }

    pub(super) fn group(self) -> Option<u32> {
        self.group
    }
}

/// By number, as it can be typed.
impl fmt::Display for NewOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = self.user {
            write!(f, "{user}")?;
        }
        match self.group {
            Some(group) => write!(f, ":{group}"),
            None => Ok(()),
        }
    }
}

impl FromStr for NewOwner {
    type Err = OwnerError;

    fn from_str(text: &str) -> Result<Self, OwnerError> {
        let (user, group) = match text.split_once(':') {
            None => (text, None),
            Some((user, group)) => (user, Some(group)),
        };
        if (user.is_empty() && group.is_none()) || group.is_some_and(str::is_empty) {
            return Err(OwnerError::Form);
        }
        Ok(NewOwner {
            user: (!user.is_empty()).then(|| user_number(user)).transpose()?,
            group: group.map(group_number).transpose()?,
        })
    }
}

fn user_number(user: &str) -> Result<u32, OwnerError> {
    if let Some(number) = number(user)? {
        return Ok(number);
    }
    let found = User::from_name(user).map_err(|_| OwnerError::Lookup)?;
    found
        .map(|user| user.uid.as_raw())
        .ok_or(OwnerError::NoUser)
}

fn group_number(group: &str) -> Result<u32, OwnerError> {
    if let Some(number) = number(group)? {
        return Ok(number);
    }
    let found = Group::from_name(group).map_err(|_| OwnerError::Lookup)?;
    found
        .map(|group| group.gid.as_raw())
        .ok_or(OwnerError::NoGroup)
}

/// All digits are a number; the highest one means "nobody in particular" to the system, and is none.
fn number(text: &str) -> Result<Option<u32>, OwnerError> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    match text.parse() {
        Ok(u32::MAX) | Err(_) => Err(OwnerError::Form),
        Ok(number) => Ok(Some(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_read_by_number_and_by_name() {
        let owner = |user, group| Ok(NewOwner { user, group });
        for (text, expected) in [
            ("1000", owner(Some(1000), None)),
            ("65534:65533", owner(Some(65534), Some(65533))),
            (":7", owner(None, Some(7))),
            ("root:root", owner(Some(0), Some(0))),
            ("root:5", owner(Some(0), Some(5))),
            ("", Err(OwnerError::Form)),
            (":", Err(OwnerError::Form)),
            ("1000:", Err(OwnerError::Form)),
            ("4294967295", Err(OwnerError::Form)),
            ("99999999999", Err(OwnerError::Form)),
            ("1:2:3", Err(OwnerError::NoGroup)),
            ("-1", Err(OwnerError::NoUser)),
            ("no-such-user", Err(OwnerError::NoUser)),
            (":no-such-group", Err(OwnerError::NoGroup)),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
    }
}
