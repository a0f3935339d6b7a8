"""The sum of two credits, where the data show nothing else of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attrigraph.domain.columns import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class PairCredit:
    """What two channels caused together; neither credit alone is identified, and their sum is.

    Attributes:
        channels: names of both; None for touches of unknown channel.
        conversions: sum of their credits.
        low: lower end of its 90 % interval, of chance and bias where the size of bias is known;
            None without draws.
        high: its upper end.
    """

    channels: tuple[str | None, str | None]
    conversions: float
    low: float | None = None
    high: float | None = None

    def sentence(self) -> str:
        """The sum, to somebody who sees that neither credit is identified."""
        first, second = (UNKNOWN if name is None else name for name in self.channels)
        known = f"only the sum of the credits of {first} and {second} is identified:"
        if self.low is None or self.high is None:
            return f"{known} {self.conversions:,.1f} conversions"
        interval = f"90 % interval {self.low:,.1f} to {self.high:,.1f}"
        return f"{known} {self.conversions:,.1f} conversions ({interval})"

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "channels": list(self.channels),
            "conversions": self.conversions,
            "low": self.low,
            "high": self.high,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> PairCredit:
        """The inverse of ``to_json``."""
        first, second = stored["channels"]
        return cls((first, second), stored["conversions"], stored["low"], stored["high"])
