"""Bars with intervals in one common scale, as percentages of the width of their strip."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

STEPS: Final = (1, 2, 5, 10)
"""Distances of ticks, times a power of ten."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A bar from zero and its interval, in per cent of the width of the strip.

    Attributes:
        zero: where zero is.
        value: where the bar ends.
        low: where the interval begins; None without one.
        high: where it ends.
    """

    zero: float
    value: float
    low: float | None
    high: float | None

    @property
    def start(self) -> float:
        """Where the bar is from the left."""
        return min(self.zero, self.value)

    @property
    def width(self) -> float:
        """How wide the bar is."""
        return round(abs(self.value - self.zero), 2)


@dataclass(frozen=True, slots=True)
class Scale:
    """The numbers at both ends of the strips.

    Attributes:
        low: at the left.
        high: at the right, above ``low``.
    """

    low: float
    high: float

    @classmethod
    def over(cls, numbers: Iterable[float]) -> Scale:
        """The scale that contains zero and all numbers."""
        known = [0.0, *numbers]
        low, high = min(known), max(known)
        return cls(low, high) if high > low else cls(0.0, 1.0)

    def place(self, number: float) -> float:
        """Where a number is, in per cent from the left."""
        return round(100 * (number - self.low) / (self.high - self.low), 2)

    def strip(self, value: float, ends: tuple[float, float] | None = None) -> Strip:
        """The bar of a value with its interval."""
        low, high = (None, None) if ends is None else map(self.place, ends)
        return Strip(self.place(0.0), self.place(value), low, high)

    def ticks(self, most: int = 5) -> tuple[float, ...]:
        """Round numbers within the scale, at most so many, in equal distances."""
        width = self.high - self.low
        unit = 10.0 ** floor(log10(width / most))
        step = next(unit * step for step in STEPS if self._fits(unit * step, most))
        first, last = ceil(self.low / step), floor(self.high / step)
        return tuple(round(number * step, 12) for number in range(first, last + 1))

    def _fits(self, step: float, most: int) -> bool:
        return floor(self.high / step) - ceil(self.low / step) < most
