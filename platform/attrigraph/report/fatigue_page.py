"""Fatigue of creatives as one HTML page, for the person who decides what to replace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from attrigraph.fatigue.creatives import REASONS
from attrigraph.report.decay_picture import HEIGHT, WIDTH, decay_picture
from attrigraph.report.downloads import csv_link
from attrigraph.report.page import template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from attrigraph.fatigue.creatives import CreativeFatigue, WeeklyLoss
    from attrigraph.fatigue.money import Basis

MAX_URGENT: Final = 10
"""Creatives whose replacement the headline is about."""

MAX_ROWS: Final = 50
"""Creatives of the table; the CSV file has all."""

MAX_PICTURES: Final = 12
"""Creatives whose curves are drawn."""

BASES: Final[Mapping[Basis, str]] = {
    "attributed value": "what attribution credits clicks of its campaign with",
    "value per click": "the value per click that was given",
    "cost": "what a click of a fresh creative costs",
}
"""What the value of a click is taken from."""


@dataclass(frozen=True, slots=True)
class FatigueReport:
    """What the page is about.

    Attributes:
        creatives: in the order of replacement.
        as_of: the last day that is known.
        method: name of what forecasts.
        currency: of losses; None where it is not known.
        not_live: creatives that are paused or replaced.
        errors: mean absolute error of days left, by method; empty where it is not known.
        tested_campaigns: campaigns of which the errors are; 0 where their number is not known.
        notes: what a reader may not expect, in sentences.
    """

    creatives: Sequence[CreativeFatigue]
    as_of: date
    method: str
    currency: str | None
    not_live: int
    errors: Mapping[str, float]
    tested_campaigns: int
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Savings:
    """What the most urgent replacements save in a week.

    Attributes:
        creatives: that are replaced; those whose loss has an interval, if any has.
        value: currency.
        low: lower end of the 80 % interval; None where no interval is known. Ends of all creatives
            are taken to lie on the same side.
        high: upper end.
    """

    creatives: Sequence[CreativeFatigue]
    value: float
    low: float | None
    high: float | None

    @property
    def doubtful(self) -> int:
        """How many of the creatives may bring more than a fresh one."""
        return sum((one.loss_per_week.low or 0) < 0 for one in self.creatives)


def savings(creatives: Sequence[CreativeFatigue]) -> Savings | None:
    """What the most urgent replacements save; None where no creative is known to lose money."""
    losing = [one for one in creatives if (one.loss_per_week.value or 0) > 0]
    certain = [one for one in losing if one.loss_per_week.low is not None]
    chosen = (certain or losing)[:MAX_URGENT]
    if not chosen:
        return None
    losses = [one.loss_per_week for one in chosen]
    low, high = (_total([getattr(loss, end) for loss in losses]) for end in ("low", "high"))
    return Savings(chosen, sum(loss.value or 0 for loss in losses), low, high)


def _total(amounts: Sequence[float | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


def render(report: FatigueReport, *, written: datetime) -> str:
    """The HTML of the page; it needs no network and no script.

    Args:
        report: of at least one creative.
        written: when the page is written.
    """
    creatives = report.creatives
    shown = creatives[:MAX_ROWS]
    common = [code for code in REASONS if all(code in one.reasons for one in creatives)]
    found = savings(creatives)
    return template("fatigue.html.j2").render(
        report=report,
        unit=f" {report.currency}" if report.currency else "",
        written=written,
        savings=found,
        with_interval=found is not None and found.low is not None,
        left_out=_left_out(creatives, found),
        has_value=any(one.loss_per_week.value is not None for one in creatives),
        bases=[text for basis, text in BASES.items() if basis in _bases(creatives)],
        soon=sum((one.p_tired_7d or 0) > 0.5 for one in creatives),
        soon_known=any(one.p_tired_7d is not None for one in creatives),
        common=[REASONS[code] for code in common],
        rows=[
            (one, [REASONS[code] for code in one.reasons if code not in common]) for one in shown
        ],
        amounts=[amount for one in shown for amount in _amounts(one.loss_per_week)],
        hidden=max(0, len(creatives) - MAX_ROWS),
        csv=csv_link([_csv_row(rank, one) for rank, one in enumerate(creatives, 1)]),
        pictures=[decay_picture(one) for one in creatives[:MAX_PICTURES]],
        width=WIDTH,
        height=HEIGHT,
    )


def _left_out(creatives: Sequence[CreativeFatigue], found: Savings | None) -> int:
    """More urgent creatives than the last of the headline that it leaves out."""
    if found is None:
        return 0
    until = list(creatives).index(found.creatives[-1])
    return until + 1 - len(found.creatives)


def _bases(creatives: Sequence[CreativeFatigue]) -> set[Basis | None]:
    return {one.loss_per_week.basis for one in creatives}


def _amounts(loss: WeeklyLoss) -> Iterator[float | None]:
    yield from (loss.low, loss.value, loss.high)


def _csv_row(rank: int, one: CreativeFatigue) -> dict[str, Any]:
    loss, days = one.loss_per_week, one.days_remaining
    return {
        "order": rank,
        "creative": one.creative,
        "loss_per_week": loss.value,
        "loss_low": loss.low,
        "loss_high": loss.high,
        "currency": loss.currency,
        "basis": loss.basis,
        "loss_per_day": one.loss_per_day,
        "spill_per_week": one.spill_per_week,
        "days_remaining": days.value,
        "days_low": days.low,
        "days_high": days.high,
        "capped": days.capped,
        "p_tired_7d": one.p_tired_7d,
        "fatigue_score": one.fatigue_score,
        "element": one.element,
        "identified": one.identified,
        "reasons": " ".join(one.reasons),
        "method": one.method,
        "as_of": one.as_of.isoformat(),
    }
