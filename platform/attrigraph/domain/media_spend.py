"""Spend on channels over the dates of an answer, for what is computed per money."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


@dataclass(frozen=True, slots=True)
class MediaSpend:
    """What was spent from the first to the last day of the data.

    Attributes:
        start: first day, UTC.
        end: last day, inclusive.
        by_channel: spend > 0, currency; channels of unknown spend are missing.
        notes: by channel, where its spend is not simply the cost of all its touches.
    """

    start: date
    end: date
    by_channel: Mapping[str, float]
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def days(self) -> int:
        """Number of days, both ends included."""
        return (self.end - self.start).days + 1
