"""Curves of all that has spend: figures for people, JSON, and the question of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from attrigraph.errors import InputError
from attrigraph.planning.alike_returns import with_alike_returns
from attrigraph.planning.measured_curves import planned_curves
from attrigraph.planning.request import PlanRequest
from attrigraph.quantities import enumerated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from numpy.typing import NDArray

    from attrigraph.planning.measured_curves import MeasuredCurve, MeasuredSynergy
    from attrigraph.planning.related_campaigns import RelatedCampaigns

    Floats = NDArray[np.float64]

CurveLevel = Literal["channel", "campaign"]
"""What has a curve."""

INTERVAL: Final = (5.0, 95.0)
"""Percentiles of a 90 % interval."""


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A number with its 90 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class SpendCurve:
    """What one channel or campaign brought for its spend in the period of the data.

    Attributes:
        curve: in money, by multiples of the spend.
        name: of a campaign, where it differs from its id.
        cost_known: share of its touches whose cost is known; the others are taken to cost the same.
        reasons: codes of ``domain.reasons`` why it is not identified; empty if it is.
    """

    curve: MeasuredCurve
    name: str
    cost_known: float
    reasons: tuple[str, ...]

    @property
    def value(self) -> Uncertain:
        """Credited value of the spend."""
        return self._of(self.curve.values[self.curve.one], self.curve.draws[:, self.curve.one])

    @property
    def marginal_return(self) -> Uncertain:
        """Value of the next unit of money at the spend, from a quarter less to a quarter more."""
        one = self.curve.one
        width = self.curve.spend * (self.curve.multiples[one + 1] - self.curve.multiples[one - 1])
        rise = (self.curve.values[one + 1] - self.curve.values[one - 1]) / width
        draws = (self.curve.draws[:, one + 1] - self.curve.draws[:, one - 1]) / width
        return self._of(rise, draws)

    @property
    def saturation(self) -> float | None:
        """How far the spend is saturated, in [0, 1]: 1 less marginal over average return.

        None without positive value.
        """
        if self.curve.now <= 0:
            return None
        average = self.curve.now / self.curve.spend
        return float(np.clip(1 - self.marginal_return.value / average, 0.0, 1.0))

    @property
    def observed_spend(self) -> float:
        """Spend in the period of the data beyond which the curve is extrapolated."""
        return self.curve.spend * self.curve.observed

    @staticmethod
    def _of(value: float, draws: Floats) -> Uncertain:
        low, high = np.percentile(draws, INTERVAL)
        return Uncertain(float(value), float(low), float(high))

    def to_json(self) -> dict[str, Any]:
        """The curve as JSON: figures of today, then its points with their 90 % intervals."""
        curve, marginal, value = self.curve, self.marginal_return, self.value
        low, high = np.percentile(curve.draws, INTERVAL, axis=0)
        return {
            "key": curve.id,
            "name": self.name,
            "spend": curve.spend,
            "cost_known": self.cost_known,
            "value": value.value,
            "value_low": value.low,
            "value_high": value.high,
            "marginal_return": marginal.value,
            "marginal_return_low": marginal.low,
            "marginal_return_high": marginal.high,
            "saturation": self.saturation,
            "identified": curve.identified,
            "reasons": list(self.reasons),
            "observed_spend": self.observed_spend,
            "spends": (curve.spend * curve.multiples).tolist(),
            "values": curve.values.tolist(),
            "low": low.tolist(),
            "high": high.tolist(),
        }


@dataclass(frozen=True, slots=True, eq=False)
class BudgetCurves:
    """Curves of all that has spend, and what has none.

    Attributes:
        by: ``channel`` or ``campaign``.
        curves: the most valuable first.
        synergies: channels that bring more together; their curves have equal parts of it.
        unplanned: names, and why each has no curve.
        currency: of all money; None where it is not known.
        start: first day of the data.
        end: last day of the data.
        kind: kind of the conversions; None for several or unknown ones.
        notes: what a reader must know.
        related: campaigns that may take from or help each other; None where not looked for.
    """

    by: CurveLevel
    curves: tuple[SpendCurve, ...]
    synergies: tuple[MeasuredSynergy, ...]
    unplanned: tuple[tuple[str, str], ...]
    currency: str | None
    start: date
    end: date
    kind: str | None
    notes: tuple[str, ...]
    related: RelatedCampaigns | None = None

    @property
    def days(self) -> int:
        """Days of the data."""
        return (self.end - self.start).days + 1

    def request(self, start: date, end: date, budget: float | None = None) -> PlanRequest:
        """The question of a plan for a period: curves, synergies, and no limits but their ends.

        Returns of the curves are drawn to each other; see ``alike_returns``.

        Args:
            start: first day.
            end: last day.
            budget: for the whole period; None for the spend of as many days of the data.

        Raises:
            InputError: the period ends before it starts, or nothing can be planned.
        """
        if end < start:
            raise InputError(f"the period ends on {end}, before it starts on {start}")
        if not self.curves:
            raise InputError(
                f"no {self.by} can be planned: {'; '.join(self._without())}; load a table of spend"
            )
        factor = ((end - start).days + 1) / self.days
        # what is borrowed has been shrunk already
        measured = [one.curve for one in self.curves if one.curve.borrowed is None]
        drawn = {curve.id: curve for curve in with_alike_returns(measured)}
        curves = [drawn.get(one.curve.id, one.curve) for one in self.curves]
        planned = planned_curves(curves, self.synergies, factor)
        spent = sum(one.curve.spend for one in self.curves)
        return PlanRequest(
            planned.campaigns,
            factor * spent if budget is None else budget,
            self.currency,
            start,
            end,
            synergies=planned.synergies,
            related=self.related,
        )

    def _without(self) -> Iterator[str]:
        for name, reason in self.unplanned:
            yield f"{name} {reason}"

    def sentences(self) -> Iterator[str]:
        """What a reader must know besides the curves."""
        for sentence in self._without():
            yield f"not planned: {sentence}"
        for one in self.curves:
            if one.cost_known < 1:
                yield (
                    f"the cost of {one.name} is known for {one.cost_known:.0%} of its touches; the "
                    "others are taken to cost the same"
                )
        for synergy in self.synergies:
            part = "half" if len(synergy.members) == 2 else "a third"
            names = enumerated(synergy.members)
            yield f"{names} bring {synergy.value:,.0f} together, {part} in each curve"
        yield from self.notes

    def comments(self) -> Iterator[str]:
        """What the file of a plan says of its curves."""
        kind = "" if self.kind is None else f", conversions of the kind {self.kind}"
        yield f"Curves by {self.by} from the data of {self.start} to {self.end}{kind}."
        ends = sorted({float(one.curve.multiples[-1]) for one in self.curves})
        times = " or ".join(f"{end:g}" for end in ends)
        yield f"min and max may be edited; a max is the end of its curve, {times} times the spend."
        yield "Returns are drawn to each other by how little the data show of each."
        yield from self.sentences()

    def to_json(self) -> dict[str, Any]:
        """The curves as JSON."""
        return {
            "by": self.by,
            "kind": self.kind,
            "currency": self.currency,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "curves": [one.to_json() for one in self.curves],
            "synergies": [
                {"campaigns": list(one.members), "value": one.value} for one in self.synergies
            ],
            "unplanned": [{"name": name, "reason": reason} for name, reason in self.unplanned],
            "notes": list(self.notes),
        }
