//! Collections in brackets, on one line or on several.

use rand::Rng;
use vault::value::{Map, Node, Scalar};

use super::{Writer, put};

impl Writer {
    /// A list or map in brackets; `column` is that of the block around it.
    pub(super) fn flow(&mut self, column: usize, depth: usize) -> Node {
        let spreads = self.chance(0.35);
        match self.chance(0.5) {
            true => self.flow_list(column, depth, spreads),
            false => self.flow_map(column, depth, spreads),
        }
    }

    fn flow_list(&mut self, column: usize, depth: usize, spreads: bool) -> Node {
        self.push("[");
        let mut items = Vec::new();
        for at in 0..self.rng.gen_range(0..4) {
            if !self.spend() {
                break;
            }
            self.separate(at, column, spreads);
            let item = match self.chance(0.1) {
                true => {
                    let mut pair = Map::new();
                    self.flow_entry(&mut pair, column, depth + 1, false);
                    Node::Map(pair)
                }
                false => self.flow_node(column, depth),
            };
            items.push(item);
        }
        self.close(items.is_empty(), column, spreads, "]");
        Node::List(items)
    }

    fn flow_map(&mut self, column: usize, depth: usize, spreads: bool) -> Node {
        self.push("{");
        let mut map = Map::new();
        for at in 0..self.rng.gen_range(0..4) {
            if !self.spend() {
                break;
            }
            self.separate(at, column, spreads);
            self.flow_entry(&mut map, column, depth, true);
        }
        self.close(map.is_empty(), column, spreads, "}");
        Node::Map(map)
    }

    fn flow_entry(&mut self, map: &mut Map, column: usize, depth: usize, may_be_bare: bool) {
        let (written, key) = self.flow_key(map);
        self.push(&written);
        if may_be_bare && self.chance(0.05) {
            put(map, key, Node::Scalar(Scalar::null()));
            return;
        }
        self.push(": ");
        let node = self.flow_node(column, depth);
        put(map, key, node);
    }

    fn flow_node(&mut self, column: usize, depth: usize) -> Node {
        if depth < 6 && self.chance(0.2) {
            return self.flow(column, depth + 1);
        }
        let (written, scalar) = self.flow_scalar();
        self.push(&written);
        Node::Scalar(scalar)
    }

    /// What stands before an entry or item.
    fn separate(&mut self, at: usize, column: usize, spreads: bool) {
        self.push(if at > 0 { "," } else { "" });
        match spreads {
            true => self.flow_break(column),
            false if at > 0 => self.push(" "),
            false => {}
        }
    }

    fn flow_break(&mut self, column: usize) {
        self.side_comment();
        self.push("\n");
        let inner = column + self.width;
        if self.chance(0.3) {
            self.gap(inner);
        }
        self.indent(inner);
    }

    fn close(&mut self, is_empty: bool, column: usize, spreads: bool, bracket: &str) {
        if spreads && !is_empty {
            if self.chance(0.3) {
                self.push(",");
            }
            self.flow_break(column);
            if self.chance(0.5) {
                // As most people write it, though YAML wants it further right.
                let at = self.out.trim_end_matches(' ').len();
                self.out.truncate(at);
                self.indent(column);
            }
        } else if self.chance(0.1) {
            self.push(" ");
        }
        self.push(bracket);
    }
}
