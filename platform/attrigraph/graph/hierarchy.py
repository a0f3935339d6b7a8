"""The campaign tree of the graph (ad account, campaign, ad set, creative) and that of audiences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from attrigraph.graph.names import record_of

if TYPE_CHECKING:
    from neo4j import Driver

NodeKind = Literal["ad_account", "campaign", "ad_set", "creative", "audience"]

NODE_KINDS: Final[tuple[NodeKind, ...]] = get_args(NodeKind)
"""Kinds of nodes, parents before their children."""


@dataclass(frozen=True, slots=True)
class TreeRows:
    """Nodes of both trees with their parents, as columns of length n; an empty graph has length 0.

    Nodes are in the order of ``NODE_KINDS``, those of one kind by id. Each has one row. Ids are
    unique within a kind, not beyond it. Levels that the graph lacks are skipped.

    Attributes:
        kinds: kind of each node.
        ids: id of each node.
        parent_kinds: kind of each node's parent; None at the top. The parent of a campaign is its
            ad account, of an ad set its campaign, of a creative its ad set, else its campaign, and
            of an audience the audience around it.
        parents: id of each node's parent; None at the top.
    """

    kinds: tuple[NodeKind, ...]
    ids: tuple[str, ...]
    parent_kinds: tuple[NodeKind | None, ...]
    parents: tuple[str | None, ...]

    def __len__(self) -> int:
        return len(self.ids)


def read_tree(driver: Driver) -> TreeRows:
    """All nodes of the campaign tree and of the tree of audiences, with their parents."""
    record = record_of(driver, "similarity/read_tree")
    rows = [(kind, *row) for kind in NODE_KINDS for row in record[kind]]
    return TreeRows(*zip(*rows, strict=True)) if rows else TreeRows((), (), (), ())
