//! Random work of two people, by fixed seeds: whatever they do, and in whichever way they bring it together, all of it is there afterwards.

use std::collections::BTreeMap;

use super::{CAROL, DAVE, WAYS, Way, bring_together, commit, holds, members, unsigned, works};
use crate::people::People;

/// Numbers that look random and are the same in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }
}

/// What there has to be.
#[derive(Default)]
struct Expected {
    values: BTreeMap<String, String>,
    /// Whether carol, whom alice adds and removes, and dave, whom bob does, are members.
    members: [bool; 2],
}

const PEOPLE: [&str; 2] = ["alice", "bob"];
const OTHERS: [(&str, &str); 2] = [CAROL, DAVE];

impl Expected {
    fn values(&self) -> Vec<(&str, &str)> {
        let values = self.values.iter();
        values
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect()
    }

    fn members(&self) -> Vec<&str> {
        let others = OTHERS.iter().zip(self.members);
        let others = others
            .filter(|(_, is_in)| *is_in)
            .map(|((name, _), _)| *name);
        PEOPLE.into_iter().chain(others).collect()
    }

    /// One of the two does something of their own.
    fn work(&mut self, people: &People, at: usize, numbers: &mut Numbers) {
        let who = PEOPLE[at];
        match numbers.below(6) {
            0..=2 => {
                let (name, key) = OTHERS[at];
                match self.members[at] {
                    true => works(people, who, &format!("recipients remove {name} --yes")),
                    false => readmit(people, who, name, key),
                }
                self.members[at] = !self.members[at];
            }
            3 => works(people, who, "rekey dev --yes"),
            _ => {
                let key = format!("OF_{}_{}", who.to_uppercase(), numbers.below(3));
                let value = format!("value-{}", numbers.below(1_000_000));
                works(people, who, &format!("set dev {key} {value}"));
                self.values.insert(key, value);
            }
        }
    }
}

/// Lets somebody in, also one who has left before.
fn readmit(people: &People, who: &str, name: &str, key: &str) {
    let line = [
        "recipients",
        "add",
        name,
        key,
        "--env",
        "dev",
        "--yes",
        "--readmit",
    ];
    people.vault(who, line).succeeds();
}

fn live(people: People, seed: u64) {
    let mut numbers = Numbers(seed);
    let mut expected = Expected::default();
    for round in 0..4 {
        let first = numbers.below(2);
        let second = 1 - first;
        expected.work(&people, first, &mut numbers);
        expected.work(&people, first, &mut numbers);
        people.push(PEOPLE[first], "work");
        let way = WAYS[numbers.below(WAYS.len())];
        for _ in 0..=numbers.below(2) {
            expected.work(&people, second, &mut numbers);
            if way != Way::Stash {
                commit(&people, PEOPLE[second]);
            }
        }
        works(&people, PEOPLE[second], &format!("set dev ROUND {round}"));
        expected
            .values
            .insert("ROUND".to_owned(), round.to_string());
        let told = format!("seed {seed}, round {round}: {} by {way:?}", PEOPLE[second]);
        bring_together(&people, PEOPLE[second], way);
        people.git(PEOPLE[second], ["push", "--quiet", "origin", "HEAD:main"]);
        people.pull(PEOPLE[first]);
        for who in PEOPLE {
            holds(&people, who, &expected.values());
            assert_eq!(members(&people, who), expected.members(), "{told}");
        }
    }
}

#[test]
fn whatever_two_people_do_at_a_time_all_of_it_is_there_1() {
    live(People::alice_and_bob(), 0x5c0e_6a1f);
}

#[test]
fn whatever_two_people_do_at_a_time_all_of_it_is_there_2() {
    live(People::alice_and_bob(), 0x8a3f_10d2);
}

#[test]
fn whatever_two_people_who_do_not_sign_do_at_a_time_all_of_it_is_there_1() {
    live(unsigned::team(false), 0x5c0e_6a1f);
}

#[test]
fn whatever_two_people_who_do_not_sign_do_at_a_time_all_of_it_is_there_2() {
    live(unsigned::team(false), 0x8a3f_10d2);
}
