"""All baselines by name. What needs an optional package is imported when it is fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.fatigue.baselines.exponential import Exponential, fit_shrunk_exponential
from attrigraph.fatigue.baselines.signatures import fit_change_point
from attrigraph.fatigue.baselines.thresholds import DropThreshold, FrequencyThreshold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attrigraph.fatigue.baselines.baseline import Baseline, Example


def _weibull(examples: Sequence[Example]) -> Baseline:
    from attrigraph.fatigue.baselines.survival import fit_weibull

    return fit_weibull(examples)


def _cox(examples: Sequence[Example]) -> Baseline:
    from attrigraph.fatigue.baselines.survival import fit_cox

    return fit_cox(examples)


def _boosting(examples: Sequence[Example]) -> Baseline:
    from attrigraph.fatigue.baselines.boosting import fit_boosting

    return fit_boosting(examples)


def _boosting_with_neighbours(examples: Sequence[Example]) -> Baseline:
    from attrigraph.fatigue.baselines.boosting import fit_boosting

    return fit_boosting(examples, with_neighbours=True)


BASELINES: Final[dict[str, Callable[[Sequence[Example]], Baseline]]] = {
    "frequency above 3": lambda _: FrequencyThreshold(),
    "click rate 20% below its peak": lambda _: DropThreshold(),
    "exponential": lambda _: Exponential(),
    "shrunk exponential": fit_shrunk_exponential,
    "Weibull AFT": _weibull,
    "Cox": _cox,
    "change point": fit_change_point,
    "boosting": _boosting,
    "boosting with neighbours": _boosting_with_neighbours,
}
"""Fits a baseline, by its name; see the files of these for what they raise."""
