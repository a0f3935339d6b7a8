from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.errors import InputError
from attrigraph.similarity.hyperbolic.encoder import TextEncoder
from attrigraph.similarity.hyperbolic.held_out import held_out_gain, ndcg, same_branch
from attrigraph.similarity.hyperbolic.texts import Texts
from attrigraph.similarity.hyperbolic.tree import Relation, Tree
from noisy_texts import noisy_texts
from regular_trees import regular_tree

TREE = regular_tree(3, 4)
TEXTS = noisy_texts(TREE, width=40, signal=4, nuisance=20)


def first_columns(columns: int, scale: float = 4.0) -> TextEncoder:
    """An encoder that places texts by some of their columns."""
    return TextEncoder(
        scale * np.eye(columns, TEXTS.vectors.shape[1]),
        np.full(columns, 10.0),  # where GELU is the identity
        np.eye(columns),
        np.full(columns, -10.0),
        8.0,
    )


def revealed(tree: Tree) -> Texts:
    """Texts whose first two columns hold the place in the tree, under columns of noise."""
    rng = np.random.default_rng(1)
    top = np.array([int(node[2]) for node in TEXTS.ids])
    below = np.array([int(node[4]) for node in TEXTS.ids])
    angle = 2 * np.pi * (3 * top + below) / 9
    place = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    vectors = np.hstack([place, rng.normal(size=(len(angle), 38))])
    return Texts(TEXTS.ids, vectors)


def test_ndcg_by_hand() -> None:
    ideal = 1 + 1 / math.log2(3)
    assert ndcg([False, True, True], 2) == pytest.approx((1 / math.log2(3) + 1 / 2) / ideal)
    assert ndcg([True, True], 50) == 1.0


def test_two_campaigns_are_on_the_same_branch_as_the_tree_relates_them() -> None:
    nodes = np.arange(len(TREE))
    same = same_branch(TREE, nodes)
    for one in range(0, len(TREE), 7):
        for two in range(len(TREE)):
            relation = TREE.relation(TREE.ids[one], TREE.ids[two])
            if relation in (Relation.SAME_BRANCH, Relation.OTHER) and one != two:
                assert same[one, two] == (relation == Relation.SAME_BRANCH)


def test_an_encoder_that_finds_the_place_in_the_text_gains() -> None:
    gain = held_out_gain(TREE, revealed(TREE), lambda tree, texts: first_columns(2))
    assert gain.adds
    assert gain.low > 0.1
    assert gain.n_queries == len(TEXTS)


def test_an_encoder_that_knows_nothing_gains_nothing() -> None:
    texts = revealed(TREE)
    shuffled = Texts(texts.ids, np.random.default_rng(2).permutation(texts.vectors))
    gain = held_out_gain(TREE, shuffled, lambda tree, texts: first_columns(2))
    assert not gain.adds
    assert gain.low <= 0 <= gain.high


def test_what_is_learnt_from_never_holds_a_held_out_campaign() -> None:
    seen: list[set[str]] = []

    def learn(tree: Tree, texts: Texts) -> TextEncoder:
        assert set(texts.ids) <= set(tree.ids)
        leaves = {node for node in tree.ids if node in TEXTS.ids}
        assert leaves == set(texts.ids)
        seen.append(leaves)
        return first_columns(2)

    held_out_gain(TREE, TEXTS, learn)
    assert [len(leaves) for leaves in seen] == pytest.approx([0.6 * len(TEXTS)] * 5, abs=1)
    assert set.intersection(*seen) == set()


def test_texts_may_be_of_nodes_below_each_other() -> None:
    nested = Tree.from_rows([(f"{n}", f"{n // 3}" if n else None) for n in range(40)])
    texts = Texts(
        nested.ids[1:], np.random.default_rng(0).normal(size=(39, TEXTS.vectors.shape[1]))
    )

    def learn(tree: Tree, known: Texts) -> TextEncoder:
        assert set(known.ids) == set(tree.ids) - {"0"}
        return first_columns(2)

    assert held_out_gain(nested, texts, learn).n_queries > 0


@given(st.integers(0, 5))
def test_the_same_seed_gives_the_same_gain(seed: int) -> None:
    few = TEXTS.take(np.arange(20))
    gains = [held_out_gain(TREE, few, lambda tree, t: first_columns(2), seed=seed) for _ in "12"]
    assert gains[0] == gains[1]


def test_what_cannot_be_evaluated_is_named() -> None:
    with pytest.raises(InputError, match="at least 5 campaigns need a text, got 4"):
        held_out_gain(TREE, TEXTS.take(np.arange(4)), lambda tree, texts: first_columns(2))
    alone = Tree.from_rows((node, None) for node in TEXTS.ids)
    with pytest.raises(InputError, match="no held-out campaign has a parent or grandparent"):
        held_out_gain(alone, TEXTS, lambda tree, texts: first_columns(2))
