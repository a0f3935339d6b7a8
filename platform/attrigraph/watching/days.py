"""Finds days without events, and days with fewer conversions than chance explains.

A day is compared with the same weekday of the weeks before. Counts are transformed by
``2 sqrt(x + 3/8)``, after which a Poisson count has a standard deviation of 1 whatever its mean
(Anscombe, 1948, https://doi.org/10.1093/biomet/35.3-4.246). The transformed count of the day is
compared with the prediction of Student's t from the earlier ones; their standard deviation is taken
as at least 1, since a few equal counts do not show that a count does not vary.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

WEEKS: Final = 8
"""Weeks before a day that it is compared with."""
MIN_WEEKS: Final = 4
"""Fewer earlier days with events do not show what is usual."""
FALSE_ALARMS: Final = 0.001
"""Rate of days that are reported although nothing changed."""


@dataclass(frozen=True, slots=True)
class Unusual:
    """Something unusual about a day.

    Attributes:
        kind: ``no_events``, or ``few_conversions``.
        what: ``touches``, or a kind of conversions.
        day: the day.
        found: number on the day.
        usual: mean of the same weekday in the weeks before.
        p: probability of so few by chance; None for ``no_events``.
    """

    kind: Literal["no_events", "few_conversions"]
    what: str
    day: date
    found: int
    usual: float
    p: float | None = None

    def sentence(self) -> str:
        """For people."""
        usual = f"usual are {self.usual:,.1f} on this weekday"
        if self.p is None:
            return f"no {self.what} on {self.day}; {usual}"
        return f"{self.found:,} {self.what} on {self.day}; {usual} (p = {self.p:.2g})"

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "kind": self.kind,
            "what": self.what,
            "day": self.day.isoformat(),
            "found": self.found,
            "usual": self.usual,
            "p": self.p,
            "message": self.sentence(),
        }


def compared_days(day: date) -> list[date]:
    """The same weekday of the weeks before, latest first."""
    return [day - timedelta(weeks=week) for week in range(1, WEEKS + 1)]


def probability_of_so_few(found: int, earlier: Sequence[int]) -> float:
    """Probability of a count or a smaller one, if the day is like earlier ones.

    Args:
        found: count of the day.
        earlier: counts of at least two comparable days.
    """
    usual = _transformed(np.asarray(earlier, dtype=np.float64))
    spread = max(float(usual.std(ddof=1)), 1.0) * np.sqrt(1 + 1 / len(usual))
    distance = (float(_transformed(np.asarray(found))) - float(usual.mean())) / spread
    return float(stats.t.cdf(distance, len(usual) - 1))


def _transformed(count: Any) -> Any:
    return 2 * np.sqrt(count + 3 / 8)


def unusual_counts(what: str, day: date, counts: Mapping[date, int]) -> list[Unusual]:
    """What is unusual about the number of touches, or of conversions of a kind, on a day.

    Weeks before the first event are not compared. Touches are reported if there are none alone.

    Args:
        what: ``touches``, or a kind of conversions.
        day: the day.
        counts: by day, where there are any.
    """
    first = min(counts, default=day)
    earlier = [counts.get(one, 0) for one in compared_days(day) if one >= first]
    if len(earlier) < MIN_WEEKS or not any(earlier):
        return []
    found, usual = counts.get(day, 0), sum(earlier) / len(earlier)
    p = probability_of_so_few(found, earlier)
    if found == 0 and all(earlier):
        return [Unusual("no_events", what, day, found, usual)]
    if what != "touches" and p < FALSE_ALARMS:
        return [Unusual("few_conversions", what, day, found, usual, p)]
    return []
