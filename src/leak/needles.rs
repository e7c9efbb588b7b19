//! What is looked for of a value.

use zeroize::Zeroizing;

use super::{Catch, WINDOW};
use crate::{
    keys::PrivateKey,
    mask::forms,
    value::{Kind, Scalar},
};

/// Bytes that a value must have: shorter ones stand everywhere.
pub const SHORTEST: usize = 8;
/// Bytes from which on plain words and numbers tell something, too.
pub const LONG: usize = 16;
/// Bytes of a line, of a value that has several, that is looked for by itself.
const LONG_LINE: usize = 24;
/// Columns of a line in base64, at least; the last one of a text has fewer.
const FULL_LINE: usize = 64;
/// Letters and digits in a row that make such a line one of its kind.
const RANDOM: usize = 20;
/// Bytes that are compared: a text that has so many of a value has the value.
const COMPARED: usize = 4096;
/// Places at which a window of a needle is tried.
const TRIED: usize = 64;
/// Hosts that every machine has.
const LOCAL: [&str; 4] = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"];

/// Whether a text that holds this value gives it away.
///
/// Not if it has fewer than [`SHORTEST`] bytes; nor if it is made of plain words and numbers (`production`, `eu-central-1`, `127.0.0.1:5432`) and has fewer
/// than [`LONG`], or is the address of something on the same machine (`postgres://app:app@localhost/app`). A word is plain that has letters of
/// one case, or begins with a capital.
pub fn is_telling(text: &str) -> bool {
    let text = text.trim();
    let is_local = || LOCAL.iter().any(|host| text.contains(host));
    text.len() >= SHORTEST && !(is_plain(text) && (text.len() < LONG || is_local()))
}

fn is_plain(text: &str) -> bool {
    text.split(|letter: char| !letter.is_alphanumeric())
        .all(|part| is_number(part) || is_word(part))
}

fn is_number(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_word(part: &str) -> bool {
    let mut letters = part.chars();
    let is_capital = letters.next().is_some_and(char::is_uppercase);
    let rest = letters.as_str();
    let is_small = |letter: char| letter.is_alphabetic() && !letter.is_uppercase();
    part.chars().all(is_small)
        || part.chars().all(char::is_uppercase)
        || (is_capital && rest.chars().all(is_small))
}

/// Something that is looked for.
pub(super) struct Needle {
    text: Zeroizing<Vec<u8>>,
    /// Where the part of it stands by which it is found first.
    window: usize,
    catch: Catch,
}

/// What private keys are found by.
pub(super) fn of_keys() -> impl Iterator<Item = Needle> {
    let beginnings = PrivateKey::BEGINNINGS.into_iter();
    beginnings.map(|(text, key)| Needle::of_key(text, key))
}

impl Needle {
    fn of_value(at: usize, text: &str) -> Self {
        let text = text.as_bytes();
        let text = &text[..text.len().min(COMPARED)];
        Needle {
            text: Zeroizing::new(text.to_vec()),
            window: rarest(text),
            catch: Catch::Value(at),
        }
    }

    /// What stands at the beginning of a private key.
    fn of_key(text: &[u8], key: PrivateKey) -> Self {
        Needle {
            text: Zeroizing::new(text.to_vec()),
            window: 0,
            catch: Catch::Key(key),
        }
    }

    pub(super) fn catch(&self) -> Catch {
        self.catch
    }

    pub(super) fn window(&self) -> [u8; WINDOW] {
        let window = &self.text[self.window..self.window + WINDOW];
        window.try_into().expect("as many bytes as were taken")
    }

    /// Bytes that must be at hand so that it is found.
    pub(super) fn reach(&self) -> usize {
        match self.catch {
            Catch::Value(_) => self.text.len(),
            Catch::Key(_) => PrivateKey::REACH,
        }
    }

    /// Where it begins, if its window stands at this place.
    pub(super) fn stands(&self, bytes: &[u8], window: usize) -> Option<usize> {
        let start = window.checked_sub(self.window)?;
        let is_whole = bytes[start..].starts_with(&self.text);
        let is_one = match self.catch {
            Catch::Value(_) => is_whole,
            Catch::Key(key) => is_whole && key.stands(bytes, start),
        };
        is_one.then_some(start)
    }
}

/// The window with the most digits and capitals: what many texts have in common, such as `postgres://`, has few.
fn rarest(text: &[u8]) -> usize {
    let is_rare = |byte: &&u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    let windows = text.windows(WINDOW).take(TRIED).enumerate();
    let rarity = |window: &[u8]| window.iter().filter(is_rare).count();
    windows
        .max_by_key(|(_, window)| rarity(window))
        .map_or(0, |(at, _)| at)
}

/// Everything that is looked for of a value; nothing if it is not telling.
pub(super) fn of(at: usize, value: &Scalar) -> Vec<Needle> {
    let text = value.expose().trim();
    let is_text = matches!(value.kind(), Kind::Str | Kind::Int);
    if !is_text || !is_telling(text) {
        return Vec::new();
    }
    let mut texts = forms::whole(text);
    texts.extend(lines(text));
    texts.extend(wrapped(text));
    texts.extend(with_other_line_ends(text));
    texts.retain(|text| text.len() >= SHORTEST);
    texts.sort_unstable_by(|one, other| one.as_str().cmp(other));
    texts.dedup();
    texts
        .iter()
        .map(|text| Needle::of_value(at, text))
        .collect()
}

/// A value of several lines as a file has it whose lines end otherwise.
fn with_other_line_ends(text: &str) -> Option<Zeroizing<String>> {
    let other = match (text.contains("\r\n"), text.contains('\n')) {
        (true, _) => text.replace("\r\n", "\n"),
        (false, true) => text.replace('\n', "\r\n"),
        (false, false) => return None,
    };
    Some(Zeroizing::new(other))
}

/// The lines of a value with several that hold something random: an indented copy has them, and not the whole.
fn lines(text: &str) -> Vec<Zeroizing<String>> {
    let mut kept = Vec::new();
    let mut is_after_heading = false;
    let is_single = !text.contains('\n');
    for line in text.lines().map(str::trim).filter(|_| !is_single) {
        // All keys of a kind have the beginning of the first line in common.
        let is_common = std::mem::replace(&mut is_after_heading, line.starts_with("-----BEGIN "));
        if !is_common && line.len() >= LONG_LINE && is_random(line) {
            kept.push(Zeroizing::new(line.to_owned()));
        }
    }
    kept
}

fn is_random(line: &str) -> bool {
    let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut runs = line.as_bytes().split(|byte| !is_inside(byte));
    runs.any(|run| run.len() >= RANDOM && run.iter().any(u8::is_ascii_digit))
}

/// The full lines of a value in base64, without the one that every PEM of a kind has.
fn wrapped(text: &str) -> Vec<Zeroizing<String>> {
    let is_heading = |line: &str| line.starts_with("LS0tLS1CRUdJTi");
    let mut lines = forms::wrapped_base64(text);
    lines.retain(|line| line.len() >= FULL_LINE && !is_heading(line));
    lines
}
