"""Curves of a plan as lines to draw: what each spend brings, with intervals over draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.planning.concave import concave_envelope
from attrigraph.planning.responses import has_draws, is_identified, observed_of
from attrigraph.planning.uncertainty import INTERVAL, case_draws, count_cases

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from attrigraph.planning.plan import Allocation, BudgetPlan
    from attrigraph.planning.request import CampaignGroup, PlanRequest
    from attrigraph.planning.responses import Response

    Floats = NDArray[np.float64]

POINTS: Final = 41
"""Points of a line, at equal distances from no spend to the most."""

ROOM: Final = 1.1
"""How far a line reaches, as a multiple of the largest spend that is shown."""


@dataclass(frozen=True, slots=True)
class Point:
    """A spend and what it brings with its 90 % interval, all in money."""

    spend: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ResponseLine:
    """The curve of a campaign, or of a group with a response of its own.

    Attributes:
        name: of the campaign or group.
        points: of the curve, by spend.
        limits: least and most spend of the plan, in money.
        plan: where the plan is.
        old: where the plan before is, if it is known.
        best: ends of the best spend over draws, in money; None without draws.
        envelope: spends and values of the concave envelope that was planned with; empty where the
            curve is concave.
        identified: whether the data could answer what it causes.
        observed: spend beyond which the curve is extrapolated; None where that is not stated.
    """

    name: str
    points: tuple[Point, ...]
    limits: tuple[float, float]
    plan: Point
    old: Point | None
    best: tuple[float, float] | None
    envelope: tuple[tuple[float, float], ...] = ()
    identified: bool = True
    observed: float | None = None


def response_lines(plan: BudgetPlan, shown: Collection[str]) -> Iterator[ResponseLine]:
    """The curves of some campaigns and of all groups, in the order of the request.

    Campaigns without a response of their own have none.

    Args:
        plan: with its request.
        shown: ids of campaigns.
    """
    request = plan.request
    n_cases = count_cases(request)
    for campaign, allocation in zip(request.campaigns, plan.allocations, strict=True):
        if campaign.response is not None and campaign.id in shown:
            curve = _Curve(campaign.response, request.season, n_cases)
            limits = campaign.minimum, campaign.maximum
            line = _line(campaign.id, curve, limits, allocation.spend, allocation.old, allocation)
            has_gap = campaign.id in plan.envelope_gaps
            yield replace(line, envelope=curve.envelope(*limits)) if has_gap else line
    for group in request.groups:
        if group.response is not None:
            curve = _Curve(group.response, request.season, n_cases)
            yield _of_group(request, plan, group, curve)


def _of_group(
    request: PlanRequest, plan: BudgetPlan, group: CampaignGroup, curve: _Curve
) -> ResponseLine:
    members = _members(request, group)
    inside = [one for one in plan.allocations if one.campaign in members]
    old = [one.old for one in inside if one.old is not None]
    most = sum(c.maximum for c in request.campaigns if c.id in members)
    limits = group.minimum, most if group.maximum is None else min(group.maximum, most)
    spend = sum(one.spend for one in inside)
    return _line(group.id, curve, limits, spend, sum(old) if len(old) == len(inside) else None)


def _members(request: PlanRequest, group: CampaignGroup) -> set[str]:
    """Campaigns of a group, those of nested groups included."""
    groups = {one.id: one for one in request.groups}
    inside: set[str] = set()
    for member in group.members:
        inside |= _members(request, groups[member]) if member in groups else {member}
    return inside


@dataclass(frozen=True, slots=True)
class _Curve:
    response: Response
    season: float
    n_cases: int

    def points(self, spends: Floats) -> tuple[Point, ...]:
        values = self.season * self.response.value(spends)
        ends = np.stack([values, values])
        if has_draws(self.response):
            numbers = case_draws(self.response.n_draws, self.n_cases)
            draws = [self.response.draw(number).value(spends) for number in numbers]
            ends = self.season * np.percentile(draws, INTERVAL, axis=0, method="weibull")
        columns = (spends, values, *ends)
        return tuple(Point(*row) for row in zip(*(c.tolist() for c in columns), strict=True))

    def envelope(self, minimum: float, maximum: float) -> tuple[tuple[float, float], ...]:
        spends = np.linspace(minimum, maximum, POINTS)
        values = concave_envelope(self.season * self.response.value(spends))
        return tuple(zip(spends.tolist(), values.tolist(), strict=True))


def _line(
    name: str,
    curve: _Curve,
    limits: tuple[float, float],
    spend: float,
    old: float | None,
    allocation: Allocation | None = None,
) -> ResponseLine:
    top = ROOM * max(limits[1], spend, old or 0.0)
    marks = curve.points(np.array([spend, spend if old is None else old]))
    return ResponseLine(
        name=name,
        points=curve.points(np.linspace(0.0, top, POINTS)),
        limits=limits,
        plan=marks[0],
        old=None if old is None else marks[1],
        best=_best(allocation) if has_draws(curve.response) else None,
        identified=is_identified(curve.response),
        observed=observed_of(curve.response),
    )


def _best(allocation: Allocation | None) -> tuple[float, float] | None:
    return None if allocation is None else (allocation.low, allocation.high)
