//! Who is known here: the people who vouch for an environment that nobody has seen under its name.
//!
//! Whoever commits can give an environment another name in the config, and put a file of their own in its place: that takes no key. What
//! is new is tied to what is known by somebody who signed for both.

use std::collections::BTreeSet;

use super::{Known, Signed, State, Verdict, key_of};
use crate::{
    keys::{Member, VerifyingKey},
    members::{Entry, Log},
    value::EnvName,
};

/// The log of an environment that the config names now, every entry verified.
pub type Here<'l> = (&'l EnvName, &'l Log);

/// People who are known here, by their keys.
#[derive(Clone, Debug, Default)]
pub struct Circle {
    /// Keys that sign.
    writers: Vec<VerifyingKey>,
    /// Keys that read, as texts.
    readers: BTreeSet<String>,
    /// Keys of those who have left some environment, as texts.
    left: BTreeSet<String>,
}

impl Circle {
    /// The members of these.
    pub fn of<'m>(members: impl IntoIterator<Item = &'m Member>) -> Self {
        let mut circle = Circle::default();
        members.into_iter().for_each(|member| circle.take(member));
        circle
    }

    /// Whether a member is one of them.
    pub fn has(&self, member: &Member) -> bool {
        self.readers.contains(&key_of(member))
    }

    /// Whether one of them has signed an entry of a log.
    pub fn vouches_for(&self, log: &Log) -> bool {
        log.entries().iter().any(|entry| self.has_signed(entry))
    }

    /// Whether one of them has signed an entry of a log that verified: the key in the signature is the signer's then.
    pub fn has_signed(&self, entry: &Entry) -> bool {
        let signature = entry.signature();
        self.writers.iter().any(|key| signature.claims(key))
    }

    /// Lets in the members of every log that one of them vouches for, and of those that these vouch for, until there is none.
    pub fn grow(&mut self, logs: &[Here<'_>]) {
        let mut open: Vec<&Log> = logs.iter().map(|(_, log)| *log).collect();
        while let Some(at) = open.iter().position(|log| self.vouches_for(log)) {
            let members = open.swap_remove(at).policy().members();
            members.for_each(|(_, member)| self.take_if_not_left(member));
        }
    }

    fn take(&mut self, member: &Member) {
        self.readers.insert(key_of(member));
        self.writers.extend(member.writes_with().cloned());
    }

    fn take_if_not_left(&mut self, member: &Member) {
        if !self.left.contains(&key_of(member)) {
            self.take(member);
        }
    }
}

impl Known {
    /// The signed environments that are known and that nothing of the config goes on with: neither by name nor by log.
    pub fn gone<'k>(
        &'k self,
        is_named: impl Fn(&EnvName) -> bool + 'k,
        here: &'k [Here<'_>],
    ) -> impl Iterator<Item = (&'k EnvName, &'k State)> + 'k {
        self.environments.iter().filter(move |(name, state)| {
            let goes_on = || here.iter().any(|(_, log)| state.goes_on(log));
            matches!(state, State::Signed(_)) && !is_named(name) && !goes_on()
        })
    }

    /// Everybody who is known: the members that were accepted last, as the files here have them where they go on from that; and those of
    /// other files, where one of these has signed for them. Nobody who has left, unless a file that goes on from what is known lists them.
    pub fn circle(&self, here: &[Here<'_>]) -> Circle {
        let states = || self.environments.values();
        let signed = states().filter_map(|state| match state {
            State::Signed(signed) => Some(signed),
            State::Unsigned => None,
        });
        let mut circle = Circle {
            left: signed
                .clone()
                .flat_map(|signed| signed.left.keys().cloned())
                .collect(),
            ..Circle::default()
        };
        for signed in signed.filter(|signed| !signed.is_apart) {
            match here.iter().find(|(_, log)| signed.is_gone_on_with(log)) {
                Some((_, log)) => log.policy().members().for_each(|(_, it)| circle.take(it)),
                None => signed
                    .members
                    .values()
                    .for_each(|member| circle.take_if_not_left(member)),
            }
        }
        let is_apart = |state: &State| matches!(state, State::Signed(signed) if signed.is_apart);
        let is_new =
            |(_, log): &Here<'_>| !states().any(|state| state.is_related(log) && !is_apart(state));
        let new: Vec<Here<'_>> = here.iter().copied().filter(is_new).collect();
        circle.grow(&new);
        circle
    }

    /// Whether something signed is known.
    pub fn has_signed(&self) -> bool {
        let mut states = self.environments.values();
        states.any(|state| matches!(state, State::Signed(_)))
    }

    /// Whether something signed is known beside an environment, for which somebody vouched.
    pub fn has_signed_beside(&self, environment: &EnvName) -> bool {
        let mut others = self
            .environments
            .iter()
            .filter(|(name, _)| *name != environment);
        others.any(|(_, state)| matches!(state, State::Signed(signed) if !signed.is_apart))
    }

    /// Whether somebody of this key has left an environment.
    pub fn has_left(&self, member: &Member) -> bool {
        let key = key_of(member);
        let mut states = self.environments.values();
        states.any(|state| matches!(state, State::Signed(signed) if signed.left.contains_key(&key)))
    }

    /// Whether nobody vouched for an environment when it came in.
    pub fn is_apart(&self, environment: &EnvName) -> bool {
        matches!(self.state(environment), Some(State::Signed(signed)) if signed.is_apart)
    }

    /// Knows that nobody vouched for an environment when it came in: its members vouch for nothing else; returns whether that is news.
    pub fn set_apart(&mut self, environment: &EnvName) -> bool {
        match self.environments.get_mut(environment) {
            Some(State::Signed(signed)) => !std::mem::replace(&mut signed.is_apart, true),
            _ => false,
        }
    }
}

impl State {
    fn goes_on(&self, log: &Log) -> bool {
        match self {
            State::Unsigned => false,
            State::Signed(signed) => signed.is_gone_on_with(log),
        }
    }
}

impl Signed {
    /// Whether a log is the one that is known, or follows from it.
    fn is_gone_on_with(&self, log: &Log) -> bool {
        matches!(self.judge(log), Verdict::Same | Verdict::Newer(_))
    }
}
