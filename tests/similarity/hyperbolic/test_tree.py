from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.errors import InputError
from attrigraph.similarity.hyperbolic.tree import Relation, Tree

ROWS: list[tuple[str, str | None]] = [
    ("creative", "ad set"),
    ("account", None),
    ("brand", "account"),
    ("shop", "account"),
    ("spring", "brand"),
    ("autumn", "brand"),
    ("sale", "shop"),
    ("ad set", "spring"),
    ("other account", None),
    ("other campaign", "other account"),
]


@st.composite
def forests(draw: st.DrawFn) -> Tree:
    """Up to 12 nodes; each has an earlier one as its parent, or none."""
    n = draw(st.integers(0, 12))
    parents = [draw(st.integers(-1, node - 1)) for node in range(n)]
    rows = [(f"n{i}", None if p < 0 else f"n{p}") for i, p in enumerate(parents)]
    return Tree.from_rows(draw(st.permutations(rows)))


def test_depth_ancestors_and_pairs() -> None:
    tree = Tree.from_rows(ROWS)
    depth = dict(zip(tree.ids, tree.depth.tolist(), strict=True))
    assert depth["account"] == 0
    assert depth["creative"] == 4
    above = [tree.ids[node] for node in tree.ancestors(tree.positions["creative"])]
    assert above == ["ad set", "spring", "brand", "account"]
    assert len(tree.pairs) == tree.depth.sum()


@given(forests())
def test_pairs_are_the_transitive_closure_of_parents(tree: Tree) -> None:
    graph = nx.DiGraph([(i, int(p)) for i, p in enumerate(tree.parents) if p >= 0])
    closure = set(nx.transitive_closure(graph).edges)
    assert {tuple(pair) for pair in tree.pairs.tolist()} == closure
    assert tree.depth.tolist() == [len(tree.ancestors(i)) for i in range(len(tree))]


@pytest.mark.parametrize(
    ("node", "other", "relation"),
    [
        ("spring", "account", Relation.ANCESTOR),
        ("account", "spring", Relation.DESCENDANT),
        ("spring", "autumn", Relation.SAME_BRANCH),
        ("spring", "sale", Relation.SAME_BRANCH),
        ("ad set", "autumn", Relation.SAME_BRANCH),
        ("ad set", "sale", Relation.OTHER),
        ("spring", "other campaign", Relation.OTHER),
        ("account", "other account", Relation.OTHER),
        ("spring", "spring", Relation.SAME_BRANCH),
        ("spring", "unknown", None),
    ],
)
def test_relation_of_two_nodes(node: str, other: str, relation: Relation | None) -> None:
    assert Tree.from_rows(ROWS).relation(node, other) == relation


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("a", None), ("a", "a")], "each node needs one row in the tree, got two of 'a'"),
        ([("a", "b")], "the parent 'b' of 'a' has no row in the tree"),
        ([("r", None), ("a", "b"), ("b", "a")], "no cycles, but the ancestors of 'a' form one"),
        ([("a", "a")], "no cycles, but the ancestors of 'a' form one"),
        ([("c", "a"), ("a", "b"), ("b", "a")], "no cycles, but the ancestors of 'c' form one"),
    ],
)
def test_what_is_no_tree_is_one_clear_error(
    rows: list[tuple[str, str | None]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Tree.from_rows(rows)


@given(forests(), st.data())
def test_a_tree_without_nodes_keeps_the_relations_of_the_others(
    tree: Tree, data: st.DataObject
) -> None:
    removed = data.draw(st.lists(st.sampled_from(tree.ids), unique=True)) if len(tree) else []
    rest = tree.without(removed)
    for node in set(tree.ids) - set(rest.ids):
        above = {tree.ids[a] for a in tree.ancestors(tree.positions[node])}
        assert node in removed or above & set(removed)
    for node in rest.ids:
        kept = [rest.ids[a] for a in rest.ancestors(rest.positions[node])]
        assert kept == [tree.ids[a] for a in tree.ancestors(tree.positions[node])]


def test_removing_an_unknown_node_is_an_error() -> None:
    with pytest.raises(InputError, match="the tree has no node 'x'"):
        Tree.from_rows(ROWS).without(["x"])


def test_a_tree_may_be_empty() -> None:
    tree = Tree.from_rows([])
    assert tree.pairs.shape == (0, 2)
    assert tree.depth.shape == (0,)
    assert np.array_equal(tree.without([]).parents, tree.parents)
