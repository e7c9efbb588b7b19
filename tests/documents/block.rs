//! Block collections and what stands in them.

use rand::Rng;
use vault::value::{Map, Node, Scalar};

use super::{Writer, put};

const WORDS: &[&str] = &[
    "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india",
];

impl Writer {
    /// A map whose first key stands at `column`; the text is at the start of a line.
    pub(super) fn map(&mut self, column: usize, depth: usize) -> Map {
        let mut map = Map::new();
        for at in 0..self.count() {
            if at > 0 && !self.spend() {
                break;
            }
            self.gap(column);
            self.indent(column);
            self.entry(&mut map, column, depth);
        }
        map
    }

    /// A key with its value; the text is where the key begins.
    fn entry(&mut self, map: &mut Map, column: usize, depth: usize) {
        let (written, key) = self.key(map);
        self.swallow = None;
        self.keeps_blank_lines = false;
        match self.chance(0.02) {
            true => {
                self.push("? ");
                self.push(&written);
                self.side_comment();
                self.push("\n");
                self.indent(column);
            }
            false => self.push(&written),
        }
        self.push(":");
        let node = self.after_colon(column, depth);
        put(map, key, node);
    }

    fn key(&mut self, map: &Map) -> (String, String) {
        let number = self.rng.gen_range(0..1000);
        let (written, key) = match self.rng.gen_range(0..14) {
            0 => (format!("\"quoted {number}\""), format!("quoted {number}")),
            1 => (format!("'it''s: {number}'"), format!("it's: {number}")),
            2 => (format!("\"{number}\""), format!("{number}")),
            3 => (
                format!("with space {number}"),
                format!("with space {number}"),
            ),
            4 => (
                format!("dotted.and-dashed_{number}"),
                format!("dotted.and-dashed_{number}"),
            ),
            5 => (format!("日本{number}"), format!("日本{number}")),
            6 => (format!("\"#{number}\\t\\u00e9\""), format!("#{number}\té")),
            7 => (format!("on{number} "), format!("on{number}")),
            8 => ("y".to_owned(), "y".to_owned()),
            9 => (
                format!("x_unencrypted{number}_unencrypted"),
                format!("x_unencrypted{number}_unencrypted"),
            ),
            _ => {
                let word = self.pick(WORDS);
                (word.to_owned(), word.to_owned())
            }
        };
        match map.get(&key) {
            Some(_) => self.key(map),
            None => (written, key),
        }
    }

    /// A key for a flow map.
    pub(super) fn flow_key(&mut self, map: &Map) -> (String, String) {
        let number = self.rng.gen_range(0..1000);
        let (written, key) = match self.rng.gen_range(0..4) {
            0 => (format!("\"q {number}\""), format!("q {number}")),
            1 => (format!("'{number}'"), format!("{number}")),
            _ => (format!("k{number}"), format!("k{number}")),
        };
        match map.get(&key) {
            Some(_) => self.flow_key(map),
            None => (written, key),
        }
    }

    /// What follows `key:`, to the end of its last line.
    fn after_colon(&mut self, column: usize, depth: usize) -> Node {
        let goes_on = depth < 5 && self.budget > 0;
        match self.rng.gen_range(0..24) {
            0..=4 if goes_on => {
                let inner = column + self.width;
                self.end_line_and_gap(inner);
                Node::Map(self.map_after_gap(inner, depth + 1))
            }
            5..=8 if goes_on => {
                let inner = if self.chance(0.4) {
                    column
                } else {
                    column + self.width
                };
                self.end_line_and_gap(inner);
                Node::List(self.list(inner, depth + 1))
            }
            9..=11 => self.block_scalar(column, true),
            12 | 13 => {
                self.push(" ");
                let node = self.flow(column, depth);
                self.end_line();
                node
            }
            14 => {
                self.end_line();
                Node::Scalar(Scalar::null())
            }
            15 => self.lines_of_plain(column),
            16 => self.lines_of_quoted(column),
            17 => {
                self.end_line_and_gap(column + self.width);
                self.indent(column + self.width);
                self.inline_scalar("")
            }
            18 => {
                let (written, node) = match self.chance(0.5) {
                    true => (" {}", Node::Map(Map::new())),
                    false => (" []", Node::List(Vec::new())),
                };
                self.push(written);
                self.end_line();
                node
            }
            _ => {
                let lead = self.pick(&[" ", " ", " ", "  ", "\t"]);
                self.inline_scalar(lead)
            }
        }
    }

    fn inline_scalar(&mut self, lead: &str) -> Node {
        let (written, scalar) = self.line_scalar();
        self.push(lead);
        self.push(&written);
        self.end_line();
        Node::Scalar(scalar)
    }

    fn end_line(&mut self) {
        self.side_comment();
        self.push("\n");
    }

    fn end_line_and_gap(&mut self, column: usize) {
        self.end_line();
        if self.chance(0.3) {
            self.gap(column);
        }
    }

    fn map_after_gap(&mut self, column: usize, depth: usize) -> Map {
        self.map(column, depth)
    }

    /// A list whose dashes stand at `column`; the text is at the start of a line.
    fn list(&mut self, column: usize, depth: usize) -> Vec<Node> {
        let mut items = Vec::new();
        for at in 0..self.count() {
            if at > 0 && !self.spend() {
                break;
            }
            self.gap(column);
            self.indent(column);
            items.push(self.item(column, depth));
        }
        items
    }

    /// A dash and what follows it.
    fn item(&mut self, column: usize, depth: usize) -> Node {
        self.swallow = None;
        self.keeps_blank_lines = false;
        self.push("-");
        let goes_on = depth < 5 && self.budget > 0;
        match self.rng.gen_range(0..20) {
            0..=3 if goes_on => {
                let lead = if self.chance(0.8) {
                    1
                } else {
                    self.rng.gen_range(1..4)
                };
                self.indent(lead);
                Node::Map(self.rest_of_map(column + 1 + lead, depth + 1))
            }
            4 | 5 if goes_on => {
                self.push(" ");
                Node::List(self.rest_of_list(column + 2, depth + 1))
            }
            6 if goes_on => {
                self.end_line_and_gap(column + 2);
                Node::Map(self.map(column + 2, depth + 1))
            }
            7 if goes_on => {
                self.end_line_and_gap(column + 2);
                Node::List(self.list(column + 2, depth + 1))
            }
            8 | 9 => self.block_scalar(column, false),
            10 | 11 => {
                self.push(" ");
                let node = self.flow(column, depth);
                self.end_line();
                node
            }
            12 => {
                self.end_line();
                Node::Scalar(Scalar::null())
            }
            13 => {
                self.end_line_and_gap(column + 2);
                self.indent(column + 2);
                self.inline_scalar("")
            }
            _ => self.inline_scalar(" "),
        }
    }

    /// A map whose first key stands behind a dash.
    fn rest_of_map(&mut self, column: usize, depth: usize) -> Map {
        let mut map = Map::new();
        self.entry(&mut map, column, depth);
        for _ in 1..self.count() {
            if !self.spend() {
                break;
            }
            self.gap(column);
            self.indent(column);
            self.entry(&mut map, column, depth);
        }
        map
    }

    fn rest_of_list(&mut self, column: usize, depth: usize) -> Vec<Node> {
        let mut items = vec![self.item(column, depth)];
        for _ in 1..self.count() {
            if !self.spend() {
                break;
            }
            self.gap(column);
            self.indent(column);
            items.push(self.item(column, depth));
        }
        items
    }
}

// Scalars of several lines.
impl Writer {
    fn lines_of_plain(&mut self, column: usize) -> Node {
        self.push(" first line");
        let mut text = "first line".to_owned();
        for _ in 0..self.rng.gen_range(1..3) {
            let is_apart = self.chance(0.2);
            self.push(if is_apart { "\n\n" } else { "\n" });
            text.push(if is_apart { '\n' } else { ' ' });
            self.indent(column + self.width);
            let line = self.pick(&["next", "- dash", "a#b"]);
            self.push(line);
            text.push_str(line);
        }
        self.end_line();
        Node::Scalar(Scalar::str(&text))
    }

    fn lines_of_quoted(&mut self, column: usize) -> Node {
        let is_single = self.chance(0.5);
        let quote = if is_single { "'" } else { "\"" };
        self.push(" ");
        self.push(quote);
        self.push("first");
        let mut text = "first".to_owned();
        for _ in 0..self.rng.gen_range(1..3) {
            match self.rng.gen_range(0..3) {
                0 if !is_single => self.push("\\\n"),
                1 => {
                    self.push("\n\n");
                    text.push('\n');
                }
                _ => {
                    self.push("\n");
                    text.push(' ');
                }
            }
            self.indent(column + self.width);
            let line = self.pick(&["next", "# no comment", "a: b"]);
            self.push(line);
            text.push_str(line);
        }
        self.push(quote);
        self.end_line();
        Node::Scalar(Scalar::str(&text))
    }

    /// A block scalar in a collection at `column`.
    fn block_scalar(&mut self, column: usize, in_map: bool) -> Node {
        let is_literal = self.chance(0.7);
        let body = column
            + if self.chance(0.8) {
                self.width.max(if in_map { 1 } else { 2 })
            } else {
                self.rng.gen_range(1..6)
            };
        let with_indicator = in_map && body - column < 10 && self.chance(0.15);
        let chomping = self.pick(&["", "", "-", "-", "+"]);
        let lines = self.body_lines(is_literal, with_indicator);
        self.push(if is_literal { " |" } else { " >" });
        if with_indicator {
            self.push(&(body - column).to_string());
        }
        self.push(chomping);
        self.end_line();
        for line in &lines {
            if !line.is_empty() {
                self.indent(body);
            }
            self.push(line);
            self.push("\n");
        }
        let mut text = match is_literal {
            true => lines.join("\n"),
            false => folded(&lines),
        };
        if chomping != "-" && !lines.is_empty() {
            text.push('\n');
        }
        if chomping == "+" {
            let kept = self.rng.gen_range(0..3);
            self.push(&"\n".repeat(kept));
            text.push_str(&"\n".repeat(kept));
            self.keeps_blank_lines = true;
        }
        self.swallow = Some(if lines.is_empty() { column + 1 } else { body });
        Node::Scalar(Scalar::str(&text))
    }

    fn body_lines(&mut self, is_literal: bool, with_indicator: bool) -> Vec<String> {
        if self.chance(0.04) {
            return Vec::new();
        }
        let mut lines = Vec::new();
        if self.chance(0.05) {
            lines.push(String::new());
        }
        for at in 0..self.rng.gen_range(1..5) {
            let line = self.pick(&[
                "text",
                "# not a comment",
                "- dash",
                "key: value",
                "ünï 日本",
                "-----BEGIN KEY-----",
                "\"quoted\"",
                "x # y",
                "word word word",
            ]);
            let mut line = line.to_owned();
            if is_literal && (at > 0 || with_indicator) && self.chance(0.2) {
                line.insert_str(0, "  ");
            }
            if is_literal && self.chance(0.05) {
                line.push_str("  ");
            }
            lines.push(line);
            if self.chance(0.15) {
                lines.push(String::new());
            }
        }
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines
    }
}

/// Lines are joined by blanks, blank lines are line breaks.
fn folded(lines: &[String]) -> String {
    let mut text = String::new();
    let mut breaks = 0;
    for line in lines {
        if line.is_empty() {
            breaks += 1;
            continue;
        }
        match (text.trim_matches('\n').is_empty(), breaks) {
            (true, breaks) => text.push_str(&"\n".repeat(breaks)),
            (false, 0) => text.push(' '),
            (false, breaks) => text.push_str(&"\n".repeat(breaks)),
        }
        breaks = 0;
        text.push_str(line);
    }
    text
}
