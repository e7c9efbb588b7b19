//! Hides values in what another program prints: a search that goes along with the bytes, over the edges of the pieces in which they come.
//!
//! Every byte that belongs to an occurrence of a value, or of one of its other spellings ([`forms`]), is left out; each run of such bytes becomes
//! [`MASK`]. All other bytes pass unchanged, and as early as they can: only what may still be the beginning of a value is held back.

pub mod forms;

use std::ops::Range;

use aho_corasick::{
    Anchored,
    automaton::{Automaton, StateID},
    nfa::contiguous::NFA,
};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::value::Scalar;

/// What stands in the place of a value.
pub const MASK: &[u8] = b"***";

/// More text is to be hidden than a search can hold.
#[derive(Debug, Error)]
#[error("there are too many values to look for in the output")]
pub struct TooMany;

/// What is to be hidden.
///
/// Holds the values; whoever wants them wiped uses an allocator that wipes what is freed, as the program does.
pub struct Masks {
    search: Option<Search>,
}

struct Search {
    automaton: NFA,
    start: StateID,
}

impl Masks {
    /// Collects the spellings of all values that are worth to be hidden: see [`forms::of`].
    ///
    /// # Errors
    ///
    /// [`TooMany`], beyond about two billion bytes.
    pub fn of<'v>(values: impl IntoIterator<Item = &'v Scalar>) -> Result<Self, TooMany> {
        let mut forms: Vec<_> = values.into_iter().flat_map(forms::of).collect();
        forms.sort_by(|one, other| one.as_str().cmp(other));
        forms.dedup();
        Masks::of_texts(&forms)
    }

    fn of_texts(texts: &[Zeroizing<String>]) -> Result<Self, TooMany> {
        if texts.is_empty() {
            return Ok(Masks { search: None });
        }
        let texts = texts.iter().map(|text| text.as_bytes());
        // All occurrences count, so the kind of match is the standard one; a prefilter would not be used by single steps.
        let automaton = NFA::builder()
            .prefilter(false)
            .build(texts)
            .map_err(|_| TooMany)?;
        let start = automaton
            .start_state(Anchored::No)
            .expect("the automaton is made for unanchored searches, too");
        let search = Some(Search { automaton, start });
        Ok(Masks { search })
    }

    /// Whether nothing is to be hidden.
    pub fn is_empty(&self) -> bool {
        self.search.is_none()
    }

    /// Begins with a stream.
    pub fn masker(&self) -> Masker<'_> {
        Masker {
            search: self.search.as_ref(),
            state: self.search.as_ref().map_or(StateID::ZERO, |it| it.start),
            held: Zeroizing::default(),
            runs: Vec::new(),
        }
    }
}

impl Search {
    fn next(&self, state: StateID, byte: u8) -> StateID {
        self.automaton.next_state(Anchored::No, state, byte)
    }

    /// Bytes of the longest text that ends here; 0 where none does.
    fn ends_here(&self, state: StateID) -> usize {
        if !self.automaton.is_match(state) {
            return 0;
        }
        let count = self.automaton.match_len(state);
        let lengths = (0..count).map(|at| {
            let text = self.automaton.match_pattern(state, at);
            self.automaton.pattern_len(text)
        });
        lengths.max().unwrap_or(0)
    }

    /// Bytes at the end of `text` that may be the beginning of something hidden, where reading `text` led to `state`.
    ///
    /// A state stands for the longest such end. So reading this end alone leads to the same state, and a shorter one to another: the
    /// length is found by bisection, without a table of lengths for each state.
    fn begun(&self, state: StateID, text: &[u8]) -> usize {
        let leads_here = |length: usize| {
            let end = &text[text.len() - length..];
            let from_start = |at, byte: &u8| self.next(at, *byte);
            end.iter().fold(self.start, from_start) == state
        };
        let mut enough = 0;
        let mut too_few = 0;
        while !leads_here(enough) {
            too_few = enough + 1;
            enough = (2 * enough + 1).min(text.len());
        }
        while too_few < enough {
            let middle = too_few + (enough - too_few) / 2;
            match leads_here(middle) {
                true => enough = middle,
                false => too_few = middle + 1,
            }
        }
        enough
    }
}

/// One stream on its way through [`Masks`].
pub struct Masker<'m> {
    search: Option<&'m Search>,
    state: StateID,
    /// What has come and is not decided: the longest end of the stream that may be the beginning of something hidden.
    held: Zeroizing<Vec<u8>>,
    /// What is hidden, by place in `held`, in order; no two touch.
    runs: Vec<Run>,
}

struct Run {
    place: Range<usize>,
    /// Whether [`MASK`] was given out already; then the run goes on from before `held`, or ended right there.
    is_told: bool,
}

impl Masker<'_> {
    /// Takes the next bytes and returns what is decided now.
    pub fn push(&mut self, bytes: &[u8]) -> Zeroizing<Vec<u8>> {
        let Some(search) = self.search else {
            return Zeroizing::new(bytes.to_vec());
        };
        let mut text = Vec::with_capacity(self.held.len() + bytes.len());
        text.extend_from_slice(&self.held);
        text.extend_from_slice(bytes);
        let text = Zeroizing::new(text);
        for (end, byte) in (self.held.len() + 1..).zip(bytes) {
            self.state = search.next(self.state, *byte);
            let length = search.ends_here(self.state);
            if length > 0 {
                self.hide(end - length..end);
            }
        }
        let decided = text.len() - search.begun(self.state, &text);
        let released = self.release(&text[..decided]);
        self.held = Zeroizing::new(text[decided..].to_vec());
        released
    }

    /// Ends the stream: what was begun and not ended is nothing hidden.
    pub fn finish(mut self) -> Zeroizing<Vec<u8>> {
        let held = std::mem::take(&mut self.held);
        self.release(&held)
    }

    /// Notes an occurrence; it ends where no earlier one ended.
    fn hide(&mut self, place: Range<usize>) {
        let mut run = Run {
            place,
            is_told: false,
        };
        while let Some(last) = self.runs.pop_if(|last| last.place.end >= run.place.start) {
            run.place.start = run.place.start.min(last.place.start);
            run.is_told |= last.is_told;
        }
        self.runs.push(run);
    }

    /// Gives out the beginning of `held` with its runs replaced, and counts the places of what is left anew.
    fn release(&mut self, text: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut shown = Vec::with_capacity(text.len() + MASK.len() * self.runs.len());
        let mut from = 0;
        for run in &mut self.runs {
            if run.place.start >= text.len() && !run.is_told {
                break;
            }
            let start = run.place.start.min(text.len());
            shown.extend_from_slice(&text[from..start]);
            if !run.is_told {
                shown.extend_from_slice(MASK);
                run.is_told = true;
            }
            from = run.place.end.min(text.len());
        }
        shown.extend_from_slice(&text[from..]);
        // One that ends right here stays: what follows may touch it.
        self.runs.retain(|run| run.place.end >= text.len());
        for run in &mut self.runs {
            let count = |place: usize| place.saturating_sub(text.len());
            run.place = count(run.place.start)..count(run.place.end);
        }
        Zeroizing::new(shown)
    }
}

#[cfg(test)]
mod tests;
