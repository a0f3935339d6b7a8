"""Fatigue of creatives: what their units have, summed over audiences by planned impressions."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.fatigue.curve import DAYS_AHEAD, HORIZON, days_remaining

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from attrigraph.fatigue.forecast import UnitForecasts
    from attrigraph.fatigue.money import Basis, ClickValues, Losses
    from attrigraph.fatigue.panel import Panel

    Floats = NDArray[np.float64]

REASONS: Final = {
    "few-campaigns": (
        "there are fewer than 30 campaigns, so an exponential fit is used and no interval is known"
    ),
    "short-history": (
        "too few campaigns were seen for 30 days after a forecast to know how far forecasts are off"
    ),
    "too-young": "the creative ran for less than 3 days, so that its highest rate is not known",
    "frequency-estimated": (
        "the reach of its audience is not known, so that frequency is estimated from impressions"
    ),
    "value-unknown": (
        "neither attributed value nor cost is known; give --value-per-click for losses in money"
    ),
}
"""Why a forecast is to be read with care, in sentences."""

UNIDENTIFIED: Final = frozenset({"few-campaigns", "short-history", "too-young"})
"""Reasons for which the interval is all days: the data cannot answer."""

YOUNG: Final = 3
"""Days."""


@dataclass(frozen=True, slots=True)
class DaysRemaining:
    """Days until a creative is tired, with the 80 % interval.

    Attributes:
        value: 0 to 30.
        low: lower end.
        high: upper end.
        capped: whether the value is 30 or more.
    """

    value: float
    low: float
    high: float
    capped: bool


@dataclass(frozen=True, slots=True)
class WeeklyLoss:
    """What a creative loses in the next seven days against a fresh one, in money.

    Attributes:
        value: None where the value of a click is not known; negative where a fresh creative would
            bring less.
        low: lower end of the 80 % interval; None where nothing is calibrated.
        high: upper end.
        currency: code; None where it is not known.
        basis: what the value of a click is taken from: ``attributed value``, ``value per click``
            or ``cost``.
    """

    value: float | None
    low: float | None
    high: float | None
    currency: str | None
    basis: Basis | None


@dataclass(frozen=True, slots=True)
class AudienceFatigue:
    """Fatigue of a creative in one audience.

    Attributes:
        audience: its id.
        fatigue_score: 1 - R.
        days_remaining: days left.
        planned_impressions: per day.
        frequency: impressions per person and day, the mean of the last seven days.
        p_tired_7d: probability of being tired within seven days; None where not calibrated.
        loss_per_week: against a fresh creative.
        spill_per_week: what exposure to similar creatives costs in a week, currency.
    """

    audience: str
    fatigue_score: float
    days_remaining: DaysRemaining
    planned_impressions: float
    frequency: float
    p_tired_7d: float | None
    loss_per_week: WeeklyLoss
    spill_per_week: float | None


@dataclass(frozen=True, slots=True)
class CreativeFatigue:
    """How tired people are of a creative, how long it lasts, and what it costs to go on with it.

    Attributes:
        creative: its id.
        fatigue_score: 1 - R, the response rate now over the highest so far, 0 to 1.
        days_remaining: days until R is a half.
        decay_curve: R in 3, 6, .., 30 days.
        confidence: 1 - width of the interval of days / 30.
        p_tired_7d: probability of being tired within seven days; None where not calibrated.
        loss_per_day: now, against a fresh creative, currency; None where not known.
        loss_per_week: the same of the next seven days, with its interval.
        spill_per_week: what exposure to similar creatives costs in a week, currency.
        element: kind of the element that lowers R in 15 days most; None where none does.
        method: name of what forecast it.
        identified: False where the data cannot answer; the interval is then all days.
        reasons: codes of ``REASONS``.
        run: id of the run whose scores these are; None where they are not of a run.
        as_of: the last day that is known.
        audiences: the units, by id.
    """

    creative: str
    fatigue_score: float
    days_remaining: DaysRemaining
    decay_curve: tuple[float, ...]
    confidence: float
    p_tired_7d: float | None
    loss_per_day: float | None
    loss_per_week: WeeklyLoss
    spill_per_week: float | None
    element: str | None
    method: str
    identified: bool
    reasons: tuple[str, ...]
    run: str | None
    as_of: date
    audiences: tuple[AudienceFatigue, ...]

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph fatigue predict --json`` prints."""
        return {**asdict(self), "as_of": self.as_of.isoformat()}

    def of_run(self, run: str) -> CreativeFatigue:
        """The same, as the scores of a run."""
        return replace(self, run=run)


@dataclass(frozen=True, slots=True, eq=False)
class Forecasting:
    """All that is known of the live units of a day.

    Attributes:
        panel: as of that day.
        forecasts: of its units.
        losses: of the same.
        values: of their clicks.
        method: name of the method.
        currency: code of the currency of losses; None where it is not known.
        as_of: the day.
        few_campaigns: whether there are too few for the network.
        kinds: of elements.
    """

    panel: Panel
    forecasts: UnitForecasts
    losses: Losses
    values: ClickValues
    method: str
    currency: str | None
    as_of: date
    few_campaigns: bool
    kinds: Sequence[str]


def creatives_of(forecasting: Forecasting) -> Iterator[CreativeFatigue]:
    """The creatives with live units, by number."""
    history = forecasting.panel.history
    of_unit = history.creative[forecasting.forecasts.snapshot.units]
    for creative in np.unique(of_unit).tolist():
        yield _creative(forecasting, creative, np.flatnonzero(of_unit == creative))


def creative_of(forecasting: Forecasting, creative: str) -> CreativeFatigue | None:
    """The creative of an id; None if it has no live unit."""
    history = forecasting.panel.history
    if creative not in history.creatives:
        return None
    number = history.creatives.index(creative)
    rows = np.flatnonzero(history.creative[forecasting.forecasts.snapshot.units] == number)
    return _creative(forecasting, number, rows) if len(rows) else None


def _creative(known: Forecasting, creative: int, rows: NDArray[np.int64]) -> CreativeFatigue:
    found, losses = known.forecasts, known.losses
    weight = _weights(losses.planned[rows])
    ratio = weighted_mean(weight, np.exp(found.log_ratio[rows]))
    reasons = _reasons(known, rows)
    identified = not UNIDENTIFIED & set(reasons)
    [value] = days_remaining(np.log(ratio)[None], DAYS_AHEAD)
    low, high = 0.0, float(HORIZON)
    if identified:
        low = float(min(weighted_mean(weight, found.low[rows]), value))
        high = float(max(weighted_mean(weight, found.high[rows]), value))
    days = DaysRemaining(float(value), low, high, bool(value >= HORIZON))
    bases = {known.values.basis[row] for row in rows.tolist()}
    return CreativeFatigue(
        creative=known.panel.history.creatives[creative],
        fatigue_score=float(1 - ratio[0]),
        days_remaining=days,
        decay_curve=tuple(ratio[1:].tolist()),
        confidence=1 - (days.high - days.low) / HORIZON,
        p_tired_7d=(
            _known(float(weighted_mean(weight, found.probability[rows]))) if identified else None
        ),
        loss_per_day=_known(losses.per_day[rows].sum()),
        loss_per_week=_loss(known, rows, bases, identified=identified),
        spill_per_week=_known(losses.spill_per_week[rows].sum()),
        element=_element(known.kinds, weight @ found.elements[rows]),
        method=known.method,
        identified=identified,
        reasons=reasons,
        run=None,
        as_of=known.as_of,
        audiences=tuple(_audience(known, row, identified=identified) for row in rows.tolist()),
    )


def _weights(planned: Floats) -> Floats:
    """Shares of planned impressions; equal ones where none are planned."""
    total = planned.sum()
    return planned / total if total > 0 else np.full(len(planned), 1 / len(planned))


def weighted_mean(weight: Floats, values: Floats) -> Floats:
    """The mean of rows by weights that sum to 1; never outside its values, whatever is rounded."""
    return np.clip(weight @ values, values.min(axis=0), values.max(axis=0))


def _audience(known: Forecasting, row: int, *, identified: bool) -> AudienceFatigue:
    found, losses, history = known.forecasts, known.losses, known.panel.history
    unit = int(found.snapshot.units[row])
    low, high = (found.low[row], found.high[row]) if identified else (0.0, HORIZON)
    days = float(found.days[row])
    audience = int(history.audience[unit])
    rows = np.array([row])
    return AudienceFatigue(
        audience=history.audiences[audience],
        fatigue_score=float(1 - np.exp(found.log_ratio[row, 0])),
        days_remaining=DaysRemaining(days, float(low), float(high), days >= HORIZON),
        planned_impressions=float(losses.planned[row]),
        frequency=float(losses.planned[row] / known.panel.audiences.people[audience]),
        p_tired_7d=_known(found.probability[row]) if identified else None,
        loss_per_week=_loss(known, rows, {known.values.basis[row]}, identified=identified),
        spill_per_week=_known(losses.spill_per_week[row]),
    )


def _loss(
    known: Forecasting, rows: NDArray[np.int64], bases: set[Basis], *, identified: bool
) -> WeeklyLoss:
    """The sum over units, whose ends are taken to lie on the same side."""
    losses = known.losses
    value = _known(losses.per_week[rows].sum())
    ends = (_known(end[rows].sum()) if identified else None for end in (losses.low, losses.high))
    low, high = ends
    basis: Basis = "cost" if "cost" in bases else min(bases)
    return WeeklyLoss(value, low, high, known.currency, None if value is None else basis)


def _reasons(known: Forecasting, rows: NDArray[np.int64]) -> tuple[str, ...]:
    units = known.forecasts.snapshot.units[rows]
    history = known.panel.history
    holds = {
        "few-campaigns": known.few_campaigns,
        "short-history": known.forecasts.calibration is None and not known.few_campaigns,
        "too-young": bool((history.days - known.panel.launch[units] < YOUNG).all()),
        "frequency-estimated": bool(known.panel.audiences.estimated[history.audience[units]].any()),
        "value-unknown": bool(np.isnan(known.losses.per_week[rows].sum())),
    }
    return tuple(code for code in REASONS if holds[code])


def _element(kinds: Sequence[str], shapley: Floats) -> str | None:
    """The kind of element that lowers R most."""
    if not len(shapley) or shapley.min() >= 0:
        return None
    return kinds[int(shapley.argmin())]


def _known(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


def by_urgency(creatives: Sequence[CreativeFatigue]) -> list[CreativeFatigue]:
    """The order of replacement: largest loss per week first, those without one by days left."""

    def urgency(one: CreativeFatigue) -> tuple[bool, float, float, str]:
        loss = one.loss_per_week.value
        return loss is None, -(loss or 0.0), one.days_remaining.value, one.creative

    return sorted(creatives, key=urgency)
