"""What changed against the run before: the credit of each key in both runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from attrigraph.domain import Attribution, Credit, ModelCredits


@dataclass(frozen=True, slots=True, eq=False)
class EarlierRun:
    """A run that readers saw before the current one.

    Attributes:
        answer: its credits by channel.
        finished: when it ended, UTC.
        differs_in: what else is not the same as in the current run, such as ``the data``.
    """

    answer: Attribution
    finished: datetime
    differs_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A key in both runs.

    Attributes:
        key: the channel; None where it is unknown.
        before: its amount in the earlier run, 0 where it had none.
        now: its amount now.
        beyond_chance: whether the intervals of both are known and do not overlap.
    """

    key: str | None
    before: float
    now: float
    beyond_chance: bool

    @property
    def difference(self) -> float:
        """Now less before."""
        return self.now - self.before


def changes(
    model: ModelCredits, earlier: Attribution, unit: str, *, max_rows: int
) -> tuple[Change, ...] | None:
    """The keys of both runs by one model, the largest changes first.

    Args:
        model: its present credits.
        earlier: the answer of the earlier run.
        unit: ``value`` or ``conversions``.
        max_rows: how many at most.

    Returns:
        None where the earlier run has no such model.
    """
    other = earlier.models.get(model.model)
    if other is None:
        return None
    now = {credit.key: credit for credit in model.credits}
    before = {credit.key: credit for credit in other.credits}
    found = [
        Change(
            key,
            _amount(before.get(key), unit),
            _amount(now.get(key), unit),
            _apart(before.get(key), now.get(key), unit),
        )
        for key in dict.fromkeys([*now, *before])
    ]
    return tuple(sorted(found, key=lambda one: -abs(one.difference)))[:max_rows]


def _amount(credit: Credit | None, unit: str) -> float:
    amount: float = 0.0 if credit is None else getattr(credit, unit)
    return amount


def _apart(one: Credit | None, other: Credit | None, unit: str) -> bool:
    """Whether both have intervals that do not overlap."""
    if one is None or other is None or False in (one.identified, other.identified):
        return False
    ends = [_ends(credit, unit) for credit in (one, other)]
    if ends[0] is None or ends[1] is None:
        return False
    return ends[0][1] < ends[1][0] or ends[1][1] < ends[0][0]


def _ends(credit: Credit, unit: str) -> tuple[float, float] | None:
    low, high = (
        (credit.value_low, credit.value_high) if unit == "value" else (credit.low, credit.high)
    )
    return None if low is None or high is None else (low, high)
