"""The history of a market: spend by campaign and day, and the value of all conversions by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MIN_WARM_UP: Final = 14
WARM_UP_PART: Final = 7
"""Of the first days only the spend counts: a seventh of all days, and at least two weeks.

What was spent before them is unknown, and may last for weeks.
"""

MIN_DAYS: Final = 42
"""Six weeks: fewer days cannot tell campaigns from weekdays and trend."""


@dataclass(frozen=True, slots=True, eq=False)
class SpendHistory:
    """Daily spend and value.

    Attributes:
        campaigns: names of the n campaigns.
        channels: the channel of each campaign; campaigns of a channel borrow from each other.
        spend: float64 ``[n, days]``, money.
        value: float64 ``[days]``, value of all conversions of the day, whatever caused them, money.
        start: first day.

    Raises:
        InputError: shapes differ, a number is negative or not finite, there are fewer days than
            ``MIN_DAYS``, or a campaign has no spend after the warm-up.
    """

    campaigns: tuple[str, ...]
    channels: tuple[str, ...]
    spend: Floats
    value: Floats
    start: date

    def __post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            raise InputError("; ".join(faults))

    @property
    def days(self) -> int:
        """Number of days."""
        return len(self.value)

    @property
    def warm_up(self) -> int:
        """Number of first days of which only the spend counts."""
        return warm_up(self.days)

    @property
    def weekdays(self) -> NDArray[np.int64]:
        """Weekday of each day ``[days]``; Monday is 0."""
        return (self.start.weekday() + np.arange(self.days)) % 7


def warm_up(days: int) -> int:
    """Number of first days of which only the spend counts, in a history of so many days."""
    return max(MIN_WARM_UP, days // WARM_UP_PART)


def _faults(history: SpendHistory) -> Iterator[str]:
    n, days = len(history.campaigns), len(history.value)
    if history.spend.shape != (n, days) or len(history.channels) != n:
        yield (
            f"a history of {n} campaigns and {days} days needs as many channels and spend of shape "
            f"({n}, {days}), got {len(history.channels)} channels and {history.spend.shape}"
        )
        return
    if not n or len(set(history.campaigns)) < n:
        yield f"a history needs campaigns with distinct names, got {[*history.campaigns]}"
    if days < MIN_DAYS:
        yield f"a history needs at least {MIN_DAYS} days, got {days}"
    for name, numbers in (("spend", history.spend), ("value", history.value)):
        if not np.isfinite(numbers).all() or (numbers < 0).any():
            yield f"{name} of a history must be finite numbers of at least 0"
    if days and history.value.sum() <= 0:
        yield "the history has no value of conversions"
    for name, spend in zip(history.campaigns, history.spend, strict=True):
        if not spend[warm_up(days) :].any():
            yield (
                f"campaign {name!r} has no spend after the first {warm_up(days)} days of the "
                "history; leave it out"
            )
