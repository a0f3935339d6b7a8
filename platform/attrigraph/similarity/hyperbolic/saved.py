"""A trained hierarchy as bytes: the encoder of texts, and the tree with its picture."""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from attrigraph.similarity.hyperbolic.distance import Positions
from attrigraph.similarity.hyperbolic.encoder import TextEncoder
from attrigraph.similarity.hyperbolic.tree import Tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
        buffer = BytesIO()
        weights = {name: getattr(self.encoder, name) for name in WEIGHTS}
        np.savez_compressed(
            buffer,
            **weights,
            max_radius=np.array(self.encoder.max_radius),
            parents=self.tree.parents,
            disc=self.disc.tangents,
            ids=_text(self.tree.ids),
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """What ``to_bytes`` has written."""
        with np.load(BytesIO(content)) as arrays:
            weights = {name: arrays[name] for name in WEIGHTS}
            ids = tuple(json.loads(arrays["ids"].tobytes()))
            return cls(
                TextEncoder(**weights, max_radius=float(arrays["max_radius"])),
                Tree(ids, arrays["parents"]),
                Positions(ids, arrays["disc"]),
            )


def _text(ids: tuple[str, ...]) -> NDArray[np.uint8]:
    """Ids as bytes, as arrays of texts lose zeros at their ends."""
    return np.frombuffer(json.dumps(ids).encode(), np.uint8)
