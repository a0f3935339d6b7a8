"""A trained hierarchy as bytes and back."""

from __future__ import annotations

import numpy as np

from attrigraph.similarity.hyperbolic.distance import Positions
from attrigraph.similarity.hyperbolic.encoder import TextEncoder
from attrigraph.similarity.hyperbolic.saved import WEIGHTS, SavedHierarchy
from attrigraph.similarity.hyperbolic.tree import Tree

RNG = np.random.default_rng(1)


def test_a_hierarchy_comes_back_to_the_bit() -> None:
    tree = Tree.from_rows([("a\0", None), ("ä", "a\0"), ("", "ä")])
    encoder = TextEncoder(
        RNG.normal(size=(64, 5)),
        RNG.normal(size=64),
        RNG.normal(size=(3, 64)),
        RNG.normal(size=3),
        8,
    )
    saved = SavedHierarchy(encoder, tree, Positions(tree.ids, RNG.normal(size=(3, 2))))
    back = SavedHierarchy.from_bytes(saved.to_bytes())
    assert back.tree.ids == back.disc.ids == tree.ids
    assert (back.tree.parents == tree.parents).all()
    assert (back.disc.tangents == saved.disc.tangents).all()
    assert back.encoder.max_radius == 8
    for name in WEIGHTS:
        assert (getattr(back.encoder, name) == getattr(encoder, name)).all()
    texts = RNG.normal(size=(4, 5))
    assert (back.encoder.place(texts) == encoder.place(texts)).all()
