//! The order in which environments lie over each other.

/// How far the walk has come with an environment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

/// Environments that extend each other.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cycle {
    /// First and last are the same.
    pub(super) path: Vec<usize>,
    /// The last but one, and which item of its list closes the cycle.
    pub(super) closed_by: (usize, usize),
}

/// A walk over environments, numbered from zero, that meets each one after everything that it extends.
pub(super) struct Walk<'a, F: Fn(usize) -> &'a [usize]> {
    below: F,
    state: Vec<State>,
    /// Lowest first.
    pub(super) order: Vec<usize>,
}

impl<'a, F: Fn(usize) -> &'a [usize]> Walk<'a, F> {
    pub(super) fn new(count: usize, below: F) -> Self {
        Walk {
            below,
            state: vec![State::New; count],
            order: Vec::new(),
        }
    }

    /// Adds `start` and everything below it that was not met yet; without recursion, since a chain can be as long as the file.
    pub(super) fn visit(&mut self, start: usize) -> Result<(), Cycle> {
        let mut open: Vec<(usize, usize)> = Vec::new();
        self.enter(start, &mut open);
        while let Some((at, next)) = open.last_mut() {
            let (current, position) = (*at, *next);
            *next += 1;
            match (self.below)(current).get(position) {
                None => {
                    self.state[current] = State::Done;
                    self.order.push(current);
                    open.pop();
                }
                Some(&child) if self.state[child] == State::Open => {
                    let path = open.iter().map(|(at, _)| *at);
                    let path = path.skip_while(|at| *at != child).chain([child]).collect();
                    return Err(Cycle {
                        path,
                        closed_by: (current, position),
                    });
                }
                Some(&child) => self.enter(child, &mut open),
            }
        }
        Ok(())
    }

    fn enter(&mut self, index: usize, open: &mut Vec<(usize, usize)>) {
        if self.state[index] == State::New {
            self.state[index] = State::Open;
            open.push((index, 0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(below: &[&[usize]], start: usize) -> Result<Vec<usize>, Cycle> {
        let mut walk = Walk::new(below.len(), |at| below[at]);
        walk.visit(start)?;
        Ok(walk.order)
    }

    #[test]
    fn each_layer_comes_once_above_what_it_extends_and_later_in_the_list_wins() {
        assert_eq!(order(&[&[], &[0], &[0], &[1, 2]], 3).unwrap(), [0, 1, 2, 3]);
        assert_eq!(order(&[&[], &[0], &[0], &[2, 1]], 3).unwrap(), [0, 2, 1, 3]);
        assert_eq!(order(&[&[], &[0], &[1, 0]], 2).unwrap(), [0, 1, 2]);
        assert_eq!(order(&[&[], &[]], 1).unwrap(), [1]);
    }

    #[test]
    fn a_cycle_is_told_with_its_path() {
        let cycle = order(&[&[1], &[2], &[3, 1], &[]], 0).unwrap_err();
        assert_eq!(cycle.path, [1, 2, 1]);
        assert_eq!(cycle.closed_by, (2, 1));
        assert_eq!(order(&[&[0]], 0).unwrap_err().path, [0, 0]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let below: Vec<Vec<usize>> = (0..100_000)
            .map(|at: usize| at.checked_sub(1).into_iter().collect())
            .collect();
        let mut walk = Walk::new(below.len(), |at| below[at].as_slice());
        walk.visit(99_999).unwrap();
        assert_eq!(walk.order.len(), 100_000);
    }
}
