"""What all baselines learn from, and what they answer.

A baseline is a function ``fit(examples)`` that gives a ``Baseline``. Examples have what was known
on a day and what was seen afterwards; a forecast is made of what is known on its day alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from attrigraph.errors import InputError
from attrigraph.fatigue.curve import HORIZON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.fatigue.labels import Labels
    from attrigraph.fatigue.panel import Panel
    from attrigraph.fatigue.snapshot import Snapshot

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A day to learn from.

    Attributes:
        panel: as it was known at the end of the day.
        snapshot: of that panel.
        labels: what was seen afterwards, of the units of the snapshot.
        learn: bool ``[n]``: units to learn from; labels of others are not read.
    """

    panel: Panel
    snapshot: Snapshot
    labels: Labels
    learn: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """What a baseline forecasts for the units of a snapshot.

    Attributes:
        days: until they are tired ``[n]``, 0 to ``HORIZON``.
        log_ratio: log R at ``DAYS_AHEAD`` ``[n, 11]``, decreasing and at most 0; None where the
            baseline has no curve.
    """

    days: Floats
    log_ratio: Floats | None = None


class Baseline(Protocol):
    """A forecast that has learnt from examples."""

    def predict(self, snapshot: Snapshot, panel: Panel, /) -> Forecast:
        """Forecast the units of a snapshot from the panel of which it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The units to learn from, of all examples.

    Attributes:
        own: features ``[n, features]``.
        neighbour: features ``[n, features]``.
        days: until tired or last seen ``[n]``.
        tired: bool ``[n]``; others are censored after ``days``.
    """

    own: Floats
    neighbour: Floats
    days: Floats
    tired: NDArray[np.bool_]

    @property
    def weights(self) -> Floats:
        """Weights of units, 0 for censored ones; see ``weights_of_known``."""
        return weights_of_known(self.days, self.tired | (self.days >= HORIZON))


def weights_of_known(days: Floats, known: NDArray[np.bool_]) -> Floats:
    """Weights of units with known days, which represent censored ones too ``[n]``.

    Units that last long are censored more often, so that those that are known wear out too soon.
    Each is weighted by the inverse of its chance of not being censored before (Robins and
    Rotnitzky 1992), from the estimator of Kaplan and Meier (1958). Censored ones weigh 0.

    Args:
        days: until tired or last seen ``[n]``.
        known: False for units that were censored after ``days`` ``[n]``.
    """
    ends, count = np.unique(days[~known], return_counts=True)
    at_risk = len(days) - np.searchsorted(np.sort(days), ends)
    left = np.concatenate([[1.0], np.cumprod(1 - count / at_risk)])
    chance = left[np.searchsorted(ends, days)]
    weighs = known & (chance > 0)
    return np.asarray(np.divide(1.0, chance, out=np.zeros_like(chance), where=weighs))


def learning_rows(examples: Sequence[Example]) -> Rows:
    """The units to learn from.

    Raises:
        InputError: there are none.
    """
    if not any(example.learn.any() for example in examples):
        raise InputError("baselines need units to learn from, got none")

    chosen = [(example.snapshot, example.labels, example.learn) for example in examples]
    return Rows(
        own=np.concatenate([snapshot.own[learn] for snapshot, _, learn in chosen]),
        neighbour=np.concatenate([snapshot.neighbour[learn] for snapshot, _, learn in chosen]),
        days=np.concatenate([labels.days[learn] for _, labels, learn in chosen]),
        tired=np.concatenate([labels.tired[learn] for _, labels, learn in chosen]),
    )
