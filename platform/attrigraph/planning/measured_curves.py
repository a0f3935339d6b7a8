"""From curves that were measured by multiples of a spend to campaigns that can be planned.

A curve of some days becomes that of a period by the ratio of their lengths, spend and value alike.
Without limits of a person, a campaign may spend from nothing to the end of its curve.

A synergy is linear in how far its members run, and the curves of its members are not. So a synergy
is the line to what the members bring together at the ends of their curves, where they saturate as
their own curves do; what the line lacks at the spends of today stays in the curves. Members give
equal parts of the line, and the value of the plan of today stays as it was measured.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.planning.request import CampaignSynergy, PlannedCampaign
from attrigraph.planning.responses import DrawnResponse
from attrigraph.planning.uncertainty import MAX_DRAWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.planning.request import Borrowed
    from attrigraph.planning.touch_prices import TouchPrice

    Floats = NDArray[np.float64]

MAX_TAKEN: Final = 0.5
"""Largest part of a curve that its synergies take. They are less certain than the curve, and a plan
would give nothing to a campaign whose value were all in them, once one partner is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredCurve:
    """What a campaign brought and would have brought over some days, in money.

    Attributes:
        id: of the campaign.
        spend: over these days, above 0.
        multiples: float64 ``[points]``, of the spend, ascending from 0, with 1.
        values: float64 ``[points]``, 0 at the first point.
        draws: float64 ``[draws, points]``.
        observed: largest multiple that the data show, at least 1.
        identified: whether the data could answer what the campaign causes.
        borrowed: where the curve is from, if it is that of other campaigns.
    """

    id: str
    spend: float
    multiples: Floats
    values: Floats
    draws: Floats
    observed: float
    identified: bool
    borrowed: Borrowed | None = None

    @property
    def now(self) -> float:
        """Value of the spend."""
        return float(self.values[self.one])

    @property
    def one(self) -> int:
        """The point of the multiple 1."""
        return int(np.searchsorted(self.multiples, 1.0))

    @property
    def shape(self) -> Floats:
        """Values ``[points]`` in units of the value of the spend, which is not 0."""
        return self.values / self.now

    def reduced(self, value: float) -> MeasuredCurve:
        """The curve without a part of its value of the spend, which has its shape."""
        if value == 0:
            return self
        part = value * self.shape
        return replace(self, values=self.values - part, draws=self.draws - part)

    def by_spend(self, price: TouchPrice) -> MeasuredCurve:
        """The curve by multiples of a spend, if it is one by multiples of touches."""
        bought = price.bought
        return replace(
            self,
            values=np.interp(bought, self.multiples, self.values),
            draws=np.stack([np.interp(bought, self.multiples, draw) for draw in self.draws]),
            observed=min(float(np.interp(self.observed, bought, self.multiples)), price.observed),
        )

    def planned(self, factor: float) -> PlannedCampaign:
        """The campaign in a period that is ``factor`` times as long."""
        spends = factor * self.spend * self.multiples
        response = DrawnResponse(
            spends,
            factor * self.draws[:MAX_DRAWS],
            identified=self.identified,
            center=factor * self.values,
            observed=factor * self.spend * min(self.observed, float(self.multiples[-1])),
        )
        old = factor * self.spend
        return PlannedCampaign(
            self.id, 0.0, float(spends[-1]), response, old, envelope=True, borrowed=self.borrowed
        )


@dataclass(frozen=True, slots=True)
class MeasuredSynergy:
    """Value that campaigns brought together, above 0 and in equal parts in their curves."""

    members: tuple[str, ...]
    value: float


@dataclass(frozen=True, slots=True)
class PlannedCurves:
    """Campaigns and synergies for a request."""

    campaigns: tuple[PlannedCampaign, ...]
    synergies: tuple[CampaignSynergy, ...]


def planned_curves(
    curves: Sequence[MeasuredCurve], synergies: Iterable[MeasuredSynergy], factor: float
) -> PlannedCurves:
    """Curves for a period that is ``factor`` times as long as the data.

    Synergies of campaigns without a curve stay in the curves of the others.
    """
    by_id = {curve.id: curve for curve in curves}
    with_value = {curve.id for curve in curves if curve.now > 0}
    lines = tuple(_lines([one for one in synergies if with_value >= {*one.members}], by_id))
    taken = _taken(lines)
    return PlannedCurves(
        tuple(curve.reduced(taken.get(curve.id, 0.0)).planned(factor) for curve in curves),
        tuple(line.planned(factor) for line in lines),
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """A synergy as a line: at the spend of today, and at the ends of the curves."""

    members: tuple[str, ...]
    today: float
    at_end: float
    spends: tuple[float, ...]

    def planned(self, factor: float) -> CampaignSynergy:
        spends = tuple(factor * spend for spend in self.spends)
        return CampaignSynergy(self.members, factor * self.at_end, spends)


def _lines(
    synergies: Sequence[MeasuredSynergy], curves: Mapping[str, MeasuredCurve]
) -> Iterator[_Line]:
    """The lines of synergies, lower where they would take more than ``MAX_TAKEN`` of a curve."""
    lines = [_line(one, curves) for one in synergies]
    taken = _taken(lines)
    for line in lines:
        part = min(1.0, *(MAX_TAKEN * curves[m].now / taken[m] for m in line.members))
        yield _Line(line.members, part * line.today, part * line.at_end, line.spends)


def _line(synergy: MeasuredSynergy, curves: Mapping[str, MeasuredCurve]) -> _Line:
    members = [curves[member] for member in synergy.members]
    end = min(float(one.multiples[-1]) for one in members)
    rise = min(float(np.interp(end, one.multiples, one.shape)) for one in members)
    # a line is below a concave curve; it lies above one that bends upwards
    rise = min(rise, end)
    return _Line(
        synergy.members,
        synergy.value * rise / end,
        synergy.value * rise,
        tuple(end * one.spend for one in members),
    )


def _taken(lines: Iterable[_Line]) -> dict[str, float]:
    """What lines take from the value of today of their members, in equal parts."""
    taken: dict[str, float] = {}
    for line in lines:
        for member in line.members:
            taken[member] = taken.get(member, 0.0) + line.today / len(line.members)
    return taken
