"""A trained hierarchy as bytes: the encoder of texts, and the tree with its picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from attrigraph import archive
from attrigraph.similarity.hyperbolic.distance import Positions
from attrigraph.similarity.hyperbolic.encoder import TextEncoder
from attrigraph.similarity.hyperbolic.tree import Tree

WEIGHTS: Final = ("hidden_weight", "hidden_bias", "out_weight", "out_bias")


@dataclass(frozen=True, eq=False)
class SavedHierarchy:
    """What is kept of a training.

    Attributes:
        encoder: places campaigns by their text.
        tree: the nodes of the picture.
        disc: their positions in two dimensions.
    """

    encoder: TextEncoder
    tree: Tree
    disc: Positions

    def to_bytes(self) -> bytes:
        """A compressed archive of arrays; the same hierarchy gives the same numbers to the bit."""
        arrays = {
            **{name: getattr(self.encoder, name) for name in WEIGHTS},
            "max_radius": np.array(self.encoder.max_radius),
            "parents": self.tree.parents,
            "disc": self.disc.tangents,
            "ids": archive.text_array(self.tree.ids),
        }
        return archive.to_bytes(arrays, compressed=True)

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """What ``to_bytes`` has written."""
        arrays = archive.from_bytes(content)
        weights = {name: arrays[name] for name in WEIGHTS}
        ids = tuple(archive.text_of(arrays["ids"]))
        return cls(
            TextEncoder(**weights, max_radius=float(arrays["max_radius"])),
            Tree(ids, arrays["parents"]),
            Positions(ids, arrays["disc"]),
        )
