"""A reliability diagram: how often something happened against how likely it was forecast to be."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

from attrigraph.fatigue.calibration import DEVIATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.fatigue.metrics import ReliabilityBin

WIDTH: Final = 360
HEIGHT: Final = 340
LEFT: Final = 48
RIGHT: Final = 344
TOP: Final = 14
BOTTOM: Final = 296
LARGEST: Final = 7.0
"""Radius of the mark of the largest group, in pixels."""


@dataclass(frozen=True, slots=True)
class ReliabilityMark:
    """A group of forecasts, in pixels.

    Attributes:
        x: of its mean probability.
        y: of the share to which it happened.
        radius: its area grows with the count.
        low: y of the lower end of the share's 80 % interval (Wilson 1927).
        high: y of the upper end.
        text: what it is in words.
    """

    x: float
    y: float
    radius: float
    low: float
    high: float
    text: str


def reliability_marks(bins: Sequence[ReliabilityBin]) -> tuple[ReliabilityMark, ...]:
    """The groups of a diagram of ``WIDTH`` by ``HEIGHT`` pixels; none for none."""
    most = max((one.count for one in bins), default=1)
    return tuple(_mark(one, most) for one in bins)


def across(probability: float) -> float:
    """X of a probability."""
    return round(LEFT + (RIGHT - LEFT) * probability, 1)


def up(share: float) -> float:
    """Y of a share."""
    return round(BOTTOM - (BOTTOM - TOP) * share, 1)


def _mark(one: ReliabilityBin, most: int) -> ReliabilityMark:
    low, high = wilson(one.observed, one.count)
    return ReliabilityMark(
        across(one.predicted),
        up(one.observed),
        round(LARGEST * sqrt(one.count / most), 1),
        up(low),
        up(high),
        f"{one.observed:.0%} of {one.count:,} forecast at {one.predicted:.0%}",
    )


def wilson(share: float, count: int) -> tuple[float, float]:
    """80 % interval of a share (Wilson 1927)."""
    middle = (share + DEVIATIONS**2 / (2 * count)) / (1 + DEVIATIONS**2 / count)
    half = DEVIATIONS * sqrt(share * (1 - share) / count + DEVIATIONS**2 / (4 * count**2))
    half /= 1 + DEVIATIONS**2 / count
    return max(middle - half, 0.0), min(middle + half, 1.0)
