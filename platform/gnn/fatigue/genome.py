"""Attention of units over their own elements, by some kinds of these or all.

Kinds are few, and come first, so that each step passes over all units at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from attention.mechanisms.projections import HeadProjections

UNSEEN = -1e9
"""Score of an element that is not there; finite, as units may have none."""


@dataclass(frozen=True, eq=False)
class Elements:
    """Elements of units, as heads of attention see them.

    Attributes:
        scores: of each element with its unit as the query ``[kinds, n, heads]``.
        values: ``[kinds, n, heads, width]``.
        present: which elements there are ``[kinds, n]``.
    """

    scores: Float[Tensor, "kinds n heads"]
    values: Float[Tensor, "kinds n heads width"]
    present: Bool[Tensor, "kinds n"]

    def averages(self, kinds: Sequence[int]) -> tuple[Float[Tensor, "n d"], Bool[Tensor, " n"]]:
        """Averages of the values of some kinds, and whether a unit has any of them."""
        chosen = slice(None) if len(kinds) == len(self.scores) else list(kinds)
        present = self.present[chosen]
        scores = self.scores[chosen].masked_fill(~present[..., None], UNSEEN)
        weights = torch.softmax(scores, 0)
        return (weights[..., None] * self.values[chosen]).sum(0).flatten(1), present.any(0)


def elements_of(
    maps: HeadProjections,
    state: Float[Tensor, "n d"],
    vectors: Float[Tensor, "kinds n d"],
    present: Bool[Tensor, "kinds n"],
) -> Elements:
    """The elements of units with these states."""
    width = maps.dim // maps.heads  # view cannot find it where there are no units
    shape = (*vectors.shape[:2], maps.heads, width)
    query = maps.query(state).view(shape[1:])
    keys, values = maps.key(vectors).view(shape), maps.value(vectors).view(shape)
    scores = (keys * query).sum(-1) * width**-0.5
    return Elements(scores, values, present)
