//! Verifying a log from its start.

use std::collections::{BTreeSet, HashMap};

use super::{
    Digest, Entry, Policy,
    entry::MEMBERS_NAMESPACE,
    error::{LogError, LogFault},
};
use crate::{
    keys::{Member, SignatureError, VerifyingKey},
    sops::beside,
    value::Name,
    yaml::Document,
};

/// A log whose every entry verified.
#[derive(Clone, Debug)]
pub struct Log {
    entries: Vec<Entry>,
    states: Vec<Policy>,
    /// For each entry those that it follows.
    parents: Vec<Vec<usize>>,
    by_digest: HashMap<Digest, usize>,
}

/// That an entry is signed with a key.
struct Claim {
    at: usize,
    key: VerifyingKey,
}

/// Signatures from which on half of them are verified on another core: as many as take several times what it costs to start there.
const MANY: usize = 8;

impl Log {
    /// Verifies entries in the order in which they stand.
    ///
    /// # Errors
    ///
    /// The first entry that is not valid, with its place in the document.
    pub(super) fn verify(document: &Document, entries: Vec<Entry>) -> Result<Self, LogError> {
        let mut log = Log {
            entries: Vec::new(),
            states: Vec::new(),
            parents: Vec::new(),
            by_digest: HashMap::new(),
        };
        let mut claims = Vec::new();
        let appended = entries.into_iter().try_for_each(|entry| {
            let index = entry.index;
            let appended = log.append(entry, &mut claims);
            appended.map_err(|fault| LogError::at(document, index, fault))
        });
        // What an earlier entry lacks is told before.
        log.check_signatures(&claims)
            .map_err(|(at, error)| {
                let index = log.entries[at].index;
                LogError::at(document, index, LogFault::Signature(error))
            })
            .and(appended)?;
        if log.entries.is_empty() {
            return Err(LogError {
                place: None,
                fault: LogFault::Empty,
            });
        }
        log.refuse_dangling(document)?;
        Ok(log)
    }

    /// The policy in force: the state after the last entry.
    pub fn policy(&self) -> &Policy {
        self.states.last().expect("a log has an entry")
    }

    /// The entries, earlier before later.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The state after each entry.
    pub fn states(&self) -> &[Policy] {
        &self.states
    }

    /// Whether an entry stands in this log: another log that ends there is older than this one, or the same.
    pub fn holds(&self, digest: &Digest) -> bool {
        self.by_digest.contains_key(digest)
    }

    /// Whether an entry follows another one, or is it; not where either stands in no entry of this log.
    pub fn follows(&self, digest: &Digest, earlier: &Digest) -> bool {
        let place = |digest| self.by_digest.get(digest).copied();
        match (place(digest), place(earlier)) {
            (Some(at), Some(earlier)) => self.up_to(at).contains(&earlier),
            _ => false,
        }
    }

    /// The entry since which a member of the policy in force is listed as now, with these keys and this right; `None` for a stranger.
    ///
    /// Where branches of the log were joined, it is looked for on the one that the join goes on from.
    pub fn since(&self, name: &Name) -> Option<&Entry> {
        let member = self.policy().member(name)?;
        let mut at = self.entries.len() - 1;
        while let Some(&before) = self.parents[at].first()
            && self.states[before].member(name) == Some(member)
        {
            at = before;
        }
        Some(&self.entries[at])
    }

    /// Whether somebody of this name, but for case, or with one of these keys, was removed or got other keys once, and is no member in the
    /// policy in force. Whom a join of two branches has left out under a second name was removed by nobody.
    ///
    /// Each half of a line counts for itself: with another reading key somebody is still who they were, and the other way round.
    pub fn has_left(&self, name: &Name, wanted: &Member) -> bool {
        let (mut brought, mut let_go) = (BTreeSet::new(), BTreeSet::new());
        for entry in &self.entries {
            let_go.extend(entry.removed());
            let names = entry.brought().map(|(name, _)| name);
            let_go.extend(names.filter(|name| !brought.insert(*name)));
        }
        let was = |is: &dyn Fn(&Name, &Member) -> bool| {
            let ever = self.entries.iter().flat_map(Entry::brought);
            let mut ever = ever.filter(|(name, _)| let_go.contains(name));
            let mut now = self.policy().members();
            ever.any(|(name, member)| is(name, member))
                && !now.any(|(name, member)| is(name, member))
        };
        let reads = |_: &Name, member: &Member| member.reads() == wanted.reads();
        let signs = |_: &Name, member: &Member| {
            let key = wanted.signing_key();
            key.is_some() && member.signing_key() == key
        };
        was(&reads) || was(&signs) || was(&|its, _| its.is_but_for_case(name))
    }

    /// Adds an entry, and what its signature has to prove.
    fn append(&mut self, entry: Entry, claims: &mut Vec<Claim>) -> Result<(), LogFault> {
        let parents = self.parents(&entry)?;
        let state = self.state_after(&entry, &parents)?;
        claims.extend(self.claims(&entry, &parents, &state)?);
        self.by_digest.insert(entry.digest, self.entries.len());
        self.entries.push(entry);
        self.states.push(state);
        self.parents.push(parents);
        Ok(())
    }

    /// The entries that an entry follows: none for the first, two where branches join.
    fn parents(&self, entry: &Entry) -> Result<Vec<usize>, LogFault> {
        let begins = entry.repository.is_some();
        if begins != self.entries.is_empty() || (begins && !entry.previous.is_empty()) {
            return Err(LogFault::Beginning);
        }
        let place = |digest| self.by_digest.get(digest).copied();
        let parents: Option<Vec<usize>> = entry.previous.iter().map(place).collect();
        let parents = parents.ok_or(LogFault::Previous)?;
        let fits = match parents.as_slice() {
            [] => begins,
            [_] => true,
            // Neither may have come before the other: there would be nothing to join.
            [one, other] => !self.up_to(*one).contains(other) && !self.up_to(*other).contains(one),
            _ => false,
        };
        fits.then_some(parents).ok_or(LogFault::Previous)
    }

    /// The entries that came before one, itself among them.
    fn up_to(&self, at: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([at]);
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            let new = self.parents[at].iter().filter(|at| found.insert(**at));
            open.extend(new);
        }
        found
    }

    fn state_after(&self, entry: &Entry, parents: &[usize]) -> Result<Policy, LogFault> {
        let before = parents.first().map(|parent| &self.states[*parent]);
        let mut state = match before {
            Some(before) => before.clone(),
            None => beginning(entry)?,
        };
        state.digest = entry.digest;
        refuse_twice(entry)?;
        change_members(&mut state, entry)?;
        if let [one, other] = parents {
            for name in self
                .removed_apart(*one, *other)
                .into_iter()
                .filter(|name| !entry.add.contains_key(name))
            {
                state.members.remove_mut(&name);
            }
        }
        state.environment = entry.environment.clone().unwrap_or(state.environment);
        state.rule = entry.rule.clone().unwrap_or(state.rule);
        state.extends = entry.extends.clone().unwrap_or(state.extends);
        check_state(&state, entry)?;
        match before {
            Some(before) if parents.len() == 1 && is_same(before, &state, entry) => {
                Err(LogFault::NoChange)
            }
            _ => Ok(state),
        }
    }

    /// The names removed on either of two branches since their last common entry, and not back there.
    fn removed_apart(&self, one: usize, other: usize) -> BTreeSet<Name> {
        let (of_one, of_other) = (self.up_to(one), self.up_to(other));
        let on_branch = |head: usize, own: &BTreeSet<usize>, others: &BTreeSet<usize>| {
            let removed = own
                .difference(others)
                .flat_map(|at| &self.entries[*at].remove);
            let is_gone = |name: &&Name| !self.states[head].members.contains_key(*name);
            removed.filter(is_gone).cloned().collect::<Vec<Name>>()
        };
        let mut names = on_branch(one, &of_one, &of_other);
        names.extend(on_branch(other, &of_other, &of_one));
        names.into_iter().collect()
    }

    /// Verifies that every entry is signed with the keys that it has to be; the first that is not comes back.
    fn check_signatures(&self, claims: &[Claim]) -> Result<(), (usize, SignatureError)> {
        let claims: Vec<_> = claims
            .iter()
            .map(|claim| (claim, &self.entries[claim.at]))
            .collect();
        let check = |claims: &[(&Claim, &Entry)]| {
            claims.iter().try_for_each(|(claim, entry)| {
                let (namespace, message) = (MEMBERS_NAMESPACE, &entry.message);
                let verified = entry.signature.verify(&claim.key, namespace, message);
                verified.map_err(|error| (claim.at, error))
            })
        };
        if claims.len() < MANY {
            return check(&claims);
        }
        let (first, second) = claims.split_at(claims.len() / 2);
        let (first, second) = beside(|| check(second), || check(first));
        first.and(second)
    }

    /// What the signature of the next entry has to prove: the signer could write before it, on every branch; the first one is a writer that
    /// it adds itself.
    fn claims(
        &self,
        entry: &Entry,
        parents: &[usize],
        state: &Policy,
    ) -> Result<Vec<Claim>, LogFault> {
        let before: Vec<&Policy> = match parents {
            [] => vec![state],
            parents => parents.iter().map(|parent| &self.states[*parent]).collect(),
        };
        let key = |policy: &Policy| policy.member(&entry.by)?.writes_with().cloned();
        let claim = |policy| {
            let key = key(policy).ok_or_else(|| LogFault::NotAWriter(entry.by.clone()))?;
            let at = self.entries.len();
            Ok(Claim { at, key })
        };
        before.into_iter().map(claim).collect()
    }

    /// Every entry but the last is followed by a later one.
    fn refuse_dangling(&self, document: &Document) -> Result<(), LogError> {
        let followed: BTreeSet<&Digest> = self
            .entries
            .iter()
            .flat_map(|entry| &entry.previous)
            .collect();
        let dangling = self.entries[..self.entries.len() - 1]
            .iter()
            .find(|entry| !followed.contains(&entry.digest));
        match dangling {
            Some(entry) => Err(LogError::at(document, entry.index, LogFault::Dangling)),
            None => Ok(()),
        }
    }
}

fn beginning(entry: &Entry) -> Result<Policy, LogFault> {
    let repository = entry
        .repository
        .clone()
        .filter(|id| is_repository_id(id))
        .ok_or(LogFault::Expected("a repository id of 32 hex digits"))?;
    Ok(Policy {
        repository,
        environment: entry
            .environment
            .clone()
            .ok_or(LogFault::Missing("environment"))?,
        rule: entry.rule.clone().ok_or(LogFault::Missing("rule"))?,
        extends: entry.extends.clone().unwrap_or_default(),
        members: Default::default(),
        digest: entry.digest,
    })
}

fn is_repository_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn refuse_twice(entry: &Entry) -> Result<(), LogFault> {
    let is_twice = |name: &&Name| entry.remove.contains(*name) || entry.replace.contains_key(*name);
    let replaced_and_removed = || {
        entry
            .replace
            .keys()
            .find(|name| entry.remove.contains(*name))
    };
    match entry
        .add
        .keys()
        .find(is_twice)
        .or_else(replaced_and_removed)
    {
        Some(name) => Err(LogFault::Twice(name.clone())),
        None => Ok(()),
    }
}

fn change_members(state: &mut Policy, entry: &Entry) -> Result<(), LogFault> {
    let unlisted = |name: &Name| LogFault::Unlisted(name.clone());
    for name in &entry.remove {
        if !state.members.remove_mut(name) {
            return Err(unlisted(name));
        }
    }
    for (name, member) in &entry.replace {
        if !state.members.contains_key(name) {
            return Err(unlisted(name));
        }
        state.members.insert_mut(name.clone(), member.clone());
    }
    for (name, member) in &entry.add {
        if state.members.contains_key(name) {
            return Err(LogFault::AddsListed(name.clone()));
        }
        state.members.insert_mut(name.clone(), member.clone());
    }
    Ok(())
}

/// Only whom the entry brings in, or gives other keys, can be what the state before did not allow.
fn check_state(state: &Policy, entry: &Entry) -> Result<(), LogFault> {
    if state.members.is_empty() {
        return Err(LogFault::NoMember);
    }
    let mut new = entry.brought();
    if new.any(|(name, member)| has_another(state, name, member)) {
        // It says which two.
        state.checked()?;
    }
    match state.writers().next() {
        Some(_) => Ok(()),
        None => Err(LogFault::NoWriter),
    }
}

/// Whether somebody else has that name but for case, or one of the keys.
fn has_another(state: &Policy, name: &Name, member: &Member) -> bool {
    state.members().any(|(other, its)| {
        other != name && (other.is_but_for_case(name) || its.shares_a_key_with(member))
    })
}

fn is_same(before: &Policy, after: &Policy, entry: &Entry) -> bool {
    let mut replaced = entry.replaced();
    before.environment == after.environment
        && before.rule == after.rule
        && before.extends == after.extends
        && entry.add.is_empty()
        && entry.remove.is_empty()
        && replaced.all(|(name, member)| before.member(name) == Some(member))
}
