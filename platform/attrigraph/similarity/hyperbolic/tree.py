"""The tree of accounts, campaign groups, campaigns, ad sets and creatives, and its relations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

ROOT: Final = -1
"""Parent of a root."""


class Relation(StrEnum):
    """What one node of a tree is to another."""

    ANCESTOR = "ancestor"
    DESCENDANT = "descendant"
    SAME_BRANCH = "same branch"
    """The two have a parent or a grandparent in common."""
    OTHER = "other"


@dataclass(frozen=True, eq=False)
class Tree:
    """Nodes with at most one parent each; several roots are allowed, and so is no node at all.

    Attributes:
        ids: of all nodes.
        parents: position of each node's parent ``[n_nodes]``, ``ROOT`` for roots.
    """

    ids: tuple[str, ...]
    parents: NDArray[np.int64]

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[str, str | None]]) -> Self:
        """Build a tree from rows (node, parent), where the parent of a root is None.

        Raises:
            InputError: a node has two rows, a parent has none, or parents form a cycle.
        """
        parent_of: dict[str, str | None] = {}
        for node, parent in rows:
            if node in parent_of:
                raise InputError(f"each node needs one row in the tree, got two of {node!r}")
            parent_of[node] = parent
        position = {node: number for number, node in enumerate(parent_of)}
        for node, parent in parent_of.items():
            if parent is not None and parent not in position:
                raise InputError(f"the parent {parent!r} of {node!r} has no row in the tree")
        parents = [ROOT if parent is None else position[parent] for parent in parent_of.values()]
        tree = cls(tuple(parent_of), np.array(parents, dtype=np.int64))
        tree._check_cycles()
        return tree

    def _check_cycles(self) -> None:
        """The depth of nodes below a cycle is never found."""
        if (self.depth < 0).any():
            node = self.ids[int(np.argmax(self.depth < 0))]
            raise InputError(f"a tree has no cycles, but the ancestors of {node!r} form one")

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def positions(self) -> dict[str, int]:
        """Position of each id."""
        return {node: number for number, node in enumerate(self.ids)}

    @cached_property
    def depth(self) -> NDArray[np.int64]:
        """Number of ancestors of each node ``[n_nodes]``."""
        depth = np.where(self.parents == ROOT, 0, -1)
        level = 0
        while (below := (depth < 0) & (self.parents >= 0) & (depth[self.parents] == level)).any():
            level += 1
            depth[below] = level
        return depth

    def ancestors(self, position: int) -> list[int]:
        """Positions of a node's ancestors, its parent first."""
        found = []
        while (position := int(self.parents[position])) != ROOT:
            found.append(position)
        return found

    @cached_property
    def pairs(self) -> NDArray[np.int64]:
        """All pairs (node, ancestor) as positions ``[n_pairs, 2]``, those with parents first."""
        nodes = np.arange(len(self))
        above, pairs = self.parents, []
        while (nodes := nodes[above != ROOT]).size:
            above = above[above != ROOT]
            pairs.append(np.stack([nodes, above], axis=1))
            above = self.parents[above]
        return np.concatenate([np.empty((0, 2), dtype=np.int64), *pairs])

    def relation(self, node: str, other: str) -> Relation | None:
        """What ``other`` is to ``node``; None where the tree lacks one of them.

        A node is on the same branch as itself.
        """
        if node not in self.positions or other not in self.positions:
            return None
        one, two = self.positions[node], self.positions[other]
        above, above_other = self.ancestors(one), self.ancestors(two)
        if two in above:
            return Relation.ANCESTOR
        if one in above_other:
            return Relation.DESCENDANT
        near = one == two or set(above[:2]) & set(above_other[:2])
        return Relation.SAME_BRANCH if near else Relation.OTHER

    def without(self, removed: Iterable[str]) -> Self:
        """The tree without some nodes and all their descendants.

        Raises:
            InputError: a node is not in the tree.
        """
        lost = np.zeros(len(self), dtype=bool)
        for node in removed:
            if node not in self.positions:
                raise InputError(f"the tree has no node {node!r}")
            lost[self.positions[node]] = True
        lost[self.pairs[lost[self.pairs[:, 1]], 0]] = True
        kept = np.flatnonzero(~lost)
        new = np.cumsum(~lost) - 1
        parents = self.parents[kept]
        moved = np.where(parents == ROOT, ROOT, new[parents])
        return type(self)(tuple(self.ids[number] for number in kept), moved)
