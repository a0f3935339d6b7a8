"""A bank of what adapters learnt in contexts that may come back, such as seasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.adaptation.adapter import load_state, state_of
from attrigraph.adaptation.kmeans import kmeans
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.adaptation.adapter import Adapter
    from attrigraph.adaptation.losses import Loss

    Floats = NDArray[np.float64]

MIN_QUALITY: Final = 0.3
MIN_COSINE: Final = 0.8
MIN_MEMBERS: Final = 5
MAX_CLUSTERS: Final = 100
RECENT: Final = 20
"""Feedbacks on which a pattern must beat the present adapter."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """What an adapter had learnt in a context.

    Attributes:
        context: embedding of the context, of length 1.
        state: parameters of the adapter.
        quality: 1 - held-out loss / that of the frozen model, from 0 to 1.
        count: patterns that it represents.
        last_used: seconds since 1970.
    """

    context: Floats
    state: Mapping[str, Floats]
    quality: float
    count: int = 1
    last_used: float = 0.0


@dataclass(frozen=True, slots=True)
class Case:
    """A case with feedback: features, frozen scores and what was observed."""

    x: Floats
    frozen: Floats
    observed: Floats


def quality(loss: float, frozen_loss: float) -> float:
    """1 - loss / frozen loss, within 0 and 1; 0 where the frozen model makes no error."""
    return min(1.0, max(0.0, 1 - loss / frozen_loss)) if frozen_loss > 0 else 0.0


class PatternBank:
    """Patterns of adapters of one kind and size."""

    def __init__(self, patterns: Sequence[Pattern] = ()) -> None:
        self.patterns = list(patterns)

    def add(self, pattern: Pattern) -> bool:
        """Keep a pattern; False where its quality is below ``MIN_QUALITY``.

        Raises:
            InputError: the context does not have length 1, or another size than others.
        """
        if abs(float(np.linalg.norm(pattern.context)) - 1) > 1e-6:
            raise InputError("the embedding of a context must have length 1: divide it by its own")
        if self.patterns and self.patterns[0].context.shape != pattern.context.shape:
            shape = self.patterns[0].context.shape
            raise InputError(f"contexts must have the shape {shape}, got {pattern.context.shape}")
        if not pattern.quality >= MIN_QUALITY:
            return False
        self.patterns.append(pattern)
        return True

    def nearest(self, context: Floats) -> Pattern | None:
        """The pattern with the highest cosine, if that is above ``MIN_COSINE``."""
        if not self.patterns:
            return None
        cosines = np.array([pattern.context for pattern in self.patterns]) @ context
        best = int(cosines.argmax())
        return self.patterns[best] if cosines[best] > MIN_COSINE else None

    def recall(self, context: Floats, adapter: Adapter, recent: Sequence[Case], loss: Loss) -> bool:
        """Load the nearest pattern into the adapter, if it is better than what that has.

        It must have the smaller loss on the last ``RECENT`` of the cases, which should be those of
        this context. Without cases nothing is loaded.
        """
        pattern = self.nearest(context)
        if pattern is None or not recent:
            return False
        present, before = state_of(adapter), _loss_of(adapter, recent[-RECENT:], loss)
        load_state(adapter, pattern.state)
        if _loss_of(adapter, recent[-RECENT:], loss) < before:
            return True
        load_state(adapter, present)
        return False

    def consolidate(self, *, seed: int = 0) -> None:
        """Replace the patterns by the best one of each of up to ``MAX_CLUSTERS`` clusters.

        Members are not averaged: a product of factors is not linear in them. Patterns of clusters
        with fewer than ``MIN_MEMBERS`` stay as they are, until there are more.
        """
        k = min(MAX_CLUSTERS, len(self.patterns) // MIN_MEMBERS)
        if k == 0:
            return
        contexts = np.array([pattern.context for pattern in self.patterns])
        labels = kmeans(contexts, k, seed=seed).labels
        clusters = [
            [pattern for pattern, label in zip(self.patterns, labels, strict=True) if label == each]
            for each in range(k)
        ]
        self.patterns = [kept for cluster in clusters for kept in _representatives(cluster)]

    def to_arrays(self) -> dict[str, Floats]:
        """All patterns as arrays with one row each; empty if there are none."""
        if not self.patterns:
            return {}
        rows = [
            {
                "context": pattern.context,
                "figures": np.array([pattern.quality, pattern.count, pattern.last_used]),
                **{f"state_{name}": array for name, array in pattern.state.items()},
            }
            for pattern in self.patterns
        ]
        return {name: np.stack([row[name] for row in rows]) for name in rows[0]}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats]) -> PatternBank:
        """The bank of which ``to_arrays`` gave the arrays, to the bit."""
        states = {
            name.removeprefix("state_"): a
            for name, a in arrays.items()
            if name.startswith("state_")
        }
        return cls(
            [
                Pattern(
                    context=arrays["context"][row],
                    state={name: array[row] for name, array in states.items()},
                    quality=float(figures[0]),
                    count=int(figures[1]),
                    last_used=float(figures[2]),
                )
                for row, figures in enumerate(arrays.get("figures", ()))
            ]
        )


def _representatives(cluster: list[Pattern]) -> list[Pattern]:
    """The member with the least held-out loss, or all of a small cluster."""
    if len(cluster) < MIN_MEMBERS:
        return cluster
    best = max(cluster, key=lambda pattern: pattern.quality)
    count = sum(pattern.count for pattern in cluster)
    last_used = max(pattern.last_used for pattern in cluster)
    return [Pattern(best.context, best.state, best.quality, count, last_used)]


def _loss_of(adapter: Adapter, cases: Sequence[Case], loss: Loss) -> float:
    return sum(
        loss.value(case.frozen + adapter.correction(case.x), case.observed) for case in cases
    )
