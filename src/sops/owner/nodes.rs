//! The nodes that go-yaml makes of a document, and the comments that it attaches to them.
//!
//! Follows `parserc.go` and `decode.go` of go-yaml 3.0.4: what is attached to a thing that carries no comments is lost, as it is for sops.

use std::mem;

use super::tokens::{Differs, Kind, Side, Token, Tokens};
use crate::yaml::{Document, Part};

/// Comments of a node, by their items.
#[derive(Default)]
pub(super) struct Attached {
    pub(super) above: Vec<usize>,
    pub(super) beside: Vec<usize>,
    pub(super) below: Vec<usize>,
}

/// What a node is; collections with the item at which they begin.
pub(super) enum Content {
    Scalar,
    Map(usize, Vec<(Node, Node)>),
    List(usize, Vec<Node>),
}

pub(super) struct Node {
    pub(super) comments: Attached,
    pub(super) content: Content,
}

/// A document: its node, and the comments at its end.
pub(super) struct Tree {
    pub(super) root: Node,
    pub(super) below: Vec<usize>,
}

type Step<T = ()> = Result<T, Differs>;

/// Reads a document as go-yaml does.
///
/// # Errors
///
/// [`Differs`] where go-yaml would not find the structure that the tape has.
pub(super) fn tree(document: &Document) -> Result<Tree, Differs> {
    let items = document.items();
    let is_start = |at: &usize| matches!(items[*at].part, Part::MapStart | Part::ListStart);
    let mut nodes = Nodes {
        tokens: Tokens::new(document),
        waiting: Attached::default(),
        stem: Vec::new(),
        starts: Box::new((0..items.len()).filter(is_start)),
    };
    nodes.document()
}

struct Nodes<'d> {
    tokens: Tokens<'d>,
    /// Comments for the next node that takes any.
    waiting: Attached,
    /// Comments above a dash whose item is a collection.
    stem: Vec<usize>,
    starts: Box<dyn Iterator<Item = usize> + 'd>,
}

impl Nodes<'_> {
    fn peek(&mut self) -> Step<Token> {
        let token = self.tokens.peek()?;
        while let Some(mut run) = self.tokens.run_before(token) {
            let comments = match run.side {
                Side::Above => &mut self.waiting.above,
                Side::Beside => &mut self.waiting.beside,
                Side::Below => &mut self.waiting.below,
            };
            comments.append(&mut run.comments);
        }
        Ok(token)
    }

    /// Takes the token that was looked at, and looks at the next.
    fn next(&mut self) -> Step<Kind> {
        self.tokens.skip();
        self.kind()
    }

    fn kind(&mut self) -> Step<Kind> {
        Ok(self.peek()?.kind)
    }

    fn take(&mut self) -> Attached {
        self.stem.clear();
        mem::take(&mut self.waiting)
    }

    fn start(&mut self) -> Step<usize> {
        self.starts.next().ok_or_else(|| self.tokens.differs())
    }

    fn document(&mut self) -> Step<Tree> {
        self.kind()?;
        if self.next()? == Kind::DocumentStart {
            self.next()?;
        }
        let root = self.node(false)?;
        if self.kind()? == Kind::DocumentEnd {
            self.tokens.skip();
        }
        let mut last = self.take();
        last.below.append(&mut last.above);
        Ok(Tree {
            root,
            below: last.below,
        })
    }

    fn node(&mut self, may_be_unindented: bool) -> Step<Node> {
        let mut kind = self.kind()?;
        let is_tagged = kind == Kind::Tag;
        if is_tagged {
            kind = self.next()?;
        }
        match kind {
            Kind::BlockEntry if may_be_unindented => self.unindented_list(),
            Kind::Scalar => {
                let comments = self.take();
                self.tokens.skip();
                Ok(scalar(comments))
            }
            Kind::FlowListStart => self.flow_list(),
            Kind::FlowMapStart => self.flow_map(),
            Kind::ListStart => self.block_list(),
            Kind::MapStart => self.block_map(),
            _ if is_tagged => Ok(empty()),
            _ => Err(self.tokens.differs()),
        }
    }

    fn stem(&mut self) -> Attached {
        Attached {
            above: mem::take(&mut self.stem),
            ..Attached::default()
        }
    }

    fn block_list(&mut self) -> Step<Node> {
        let (comments, start) = (self.stem(), self.start()?);
        let mut items = Vec::new();
        let mut kind = self.next()?;
        while kind == Kind::BlockEntry {
            items.push(match self.after_dash()? {
                Kind::BlockEntry | Kind::BlockEnd => empty(),
                _ => self.node(false)?,
            });
            kind = self.kind()?;
        }
        if kind != Kind::BlockEnd {
            return Err(self.tokens.differs());
        }
        self.tokens.skip();
        Ok(list(start, items, comments))
    }

    /// A list whose dashes stand in the column of its key: no token begins or ends it.
    fn unindented_list(&mut self) -> Step<Node> {
        let start = self.start()?;
        let mut items = Vec::new();
        while self.kind()? == Kind::BlockEntry {
            items.push(match self.after_dash()? {
                Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd => empty(),
                _ => self.node(false)?,
            });
        }
        Ok(list(start, items, Attached::default()))
    }

    /// Goes over a dash; what stood above it belongs to the collection behind it, if there is one.
    fn after_dash(&mut self) -> Step<Kind> {
        let above_dash = self.waiting.above.len();
        let kind = self.next()?;
        if above_dash > 0 && matches!(kind, Kind::ListStart | Kind::MapStart) {
            let above_item = self.waiting.above.split_off(above_dash);
            self.stem = mem::replace(&mut self.waiting.above, above_item);
        }
        Ok(kind)
    }

    fn block_map(&mut self) -> Step<Node> {
        let (comments, start) = (self.stem(), self.start()?);
        let mut entries: Vec<(Node, Node)> = Vec::new();
        let mut kind = self.next()?;
        while kind == Kind::Key {
            let mut key = match self.next()? {
                Kind::Key | Kind::Value | Kind::BlockEnd => empty(),
                _ => self.node(true)?,
            };
            if let Some((before, _)) = entries.last_mut()
                && !key.comments.below.is_empty()
            {
                before.comments.below = mem::take(&mut key.comments.below);
            }
            let value = self.block_value()?;
            entries.push(pair(key, value));
            kind = self.kind()?;
        }
        if kind != Kind::BlockEnd {
            return Err(self.tokens.differs());
        }
        let mut last = self.take();
        self.tokens.skip();
        if let Some((key, _)) = entries.last_mut()
            && !last.below.is_empty()
        {
            key.comments.below = mem::take(&mut last.below);
        }
        Ok(map(start, entries, comments.above, last))
    }

    fn block_value(&mut self) -> Step<Node> {
        if self.kind()? != Kind::Value {
            return Ok(empty());
        }
        match self.next()? {
            Kind::Key | Kind::Value | Kind::BlockEnd => Ok(empty()),
            _ => self.node(true),
        }
    }

    fn flow_list(&mut self) -> Step<Node> {
        let (comments, start) = (self.take(), self.start()?);
        let mut items = Vec::new();
        let mut kind = self.next()?;
        while kind != Kind::FlowListEnd {
            if !items.is_empty() {
                kind = self.after_comma(kind)?;
            }
            match kind {
                Kind::FlowListEnd => break,
                Kind::Key => items.push(self.flow_pair()?),
                _ => items.push(self.node(false)?),
            }
            kind = self.kind()?;
        }
        let last = self.take();
        self.tokens.skip();
        let mut node = list(start, items, last);
        node.comments.above = comments.above;
        Ok(node)
    }

    fn after_comma(&mut self, kind: Kind) -> Step<Kind> {
        match kind {
            Kind::FlowEntry => self.next(),
            _ => Err(self.tokens.differs()),
        }
    }

    /// `key: value` as an item of a flow list.
    fn flow_pair(&mut self) -> Step<Node> {
        let start = self.start()?;
        let key = match self.next()? {
            Kind::FlowEntry | Kind::FlowListEnd | Kind::Value => return Err(self.tokens.differs()),
            _ => self.node(false)?,
        };
        let value = self.flow_value(Kind::FlowListEnd)?;
        let entries = vec![pair(key, value)];
        Ok(map(start, entries, Vec::new(), Attached::default()))
    }

    fn flow_map(&mut self) -> Step<Node> {
        let (comments, start) = (self.take(), self.start()?);
        let mut entries = Vec::new();
        let mut kind = self.next()?;
        while kind != Kind::FlowMapEnd {
            if !entries.is_empty() {
                kind = self.after_comma(kind)?;
            }
            entries.push(match kind {
                Kind::FlowMapEnd => break,
                Kind::Key => self.flow_entry()?,
                _ => pair(self.node(false)?, empty()),
            });
            kind = self.kind()?;
        }
        let last = self.take();
        self.tokens.skip();
        Ok(map(start, entries, comments.above, last))
    }

    fn flow_entry(&mut self) -> Step<(Node, Node)> {
        let key = match self.next()? {
            Kind::Value | Kind::FlowEntry | Kind::FlowMapEnd => empty(),
            _ => self.node(false)?,
        };
        let value = self.flow_value(Kind::FlowMapEnd)?;
        Ok(pair(key, value))
    }

    fn flow_value(&mut self, end: Kind) -> Step<Node> {
        if self.kind()? != Kind::Value {
            return Ok(empty());
        }
        match self.next()? {
            Kind::FlowEntry => Ok(empty()),
            kind if kind == end => Ok(empty()),
            _ => self.node(false),
        }
    }
}

fn scalar(comments: Attached) -> Node {
    Node {
        comments,
        content: Content::Scalar,
    }
}

fn empty() -> Node {
    scalar(Attached::default())
}

fn list(start: usize, items: Vec<Node>, comments: Attached) -> Node {
    Node {
        comments,
        content: Content::List(start, items),
    }
}

/// What is below a value is kept with its key.
fn pair(mut key: Node, mut value: Node) -> (Node, Node) {
    if key.comments.below.is_empty() {
        key.comments.below = mem::take(&mut value.comments.below);
    }
    (key, value)
}

fn map(start: usize, entries: Vec<(Node, Node)>, above: Vec<usize>, last: Attached) -> Node {
    Node {
        comments: Attached { above, ..last },
        content: Content::Map(start, entries),
    }
}
