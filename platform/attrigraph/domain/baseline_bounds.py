"""Bounds of the baseline where nobody knows how many people saw no marketing."""

from __future__ import annotations

from dataclasses import dataclass

from attrigraph.quantities import counted


@dataclass(frozen=True, slots=True)
class BaselineBounds:
    """What the baseline is at least and at most, whatever marketing caused (Manski 1990).

    Attributes:
        low: conversions of people without an earlier touch, which happened without marketing.
        high: all conversions: marketing caused none of them. It does not hold if marketing prevents
            purchases.
    """

    low: float
    high: float

    def sentence(self) -> str:
        """The bounds, to somebody who does not know the field."""
        least = (
            f"at least the {self.low:,.0f} that no touch preceded" if self.low else "at least none"
        )
        return (
            "people who saw no marketing, or their conversions, are missing from the data, so these"
            " give only limits for the baseline: without marketing,"
            f" {least} and at most all of {counted(self.high, 'conversion')} would have happened"
        )
