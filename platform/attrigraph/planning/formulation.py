"""From what a person asks to the arrays that solvers take, with every contradiction named."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.planning.concave import concave_envelope
from attrigraph.planning.faults import faults_of
from attrigraph.planning.problem import Problem, Row, SharedResponse, Synergies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from attrigraph.planning.request import (
        CampaignGroup,
        CampaignSynergy,
        MeasureLimit,
        PlannedCampaign,
        PlanRequest,
    )
    from attrigraph.planning.responses import Response

    Floats = NDArray[np.float64]

LEVELS: Final = 20
"""Pieces of each response: the value is off by less than .02 % at 50 campaigns."""

MAX_ROUNDING: Final = 1e-9
"""A curve is concave if its envelope lies above it by at most this share of its height."""


@dataclass(frozen=True, slots=True)
class Formulation:
    """A problem, and what its curves lost on the way.

    Attributes:
        problem: for solvers, with the part of the budget that does not explore.
        gaps: by campaign or group with a curve that is not concave, the largest height of its
            envelope above it, in money.
    """

    problem: Problem
    gaps: Mapping[str, float]


def formulate(request: PlanRequest, *, levels: int = LEVELS) -> Formulation:
    """The problem of a request.

    Raises:
        InputError: limits contradict each other, a campaign is unknown or given twice, a number is
            not finite, or a curve is not concave and may not be replaced by its envelope. All
            faults are in one message.
    """
    faults = list(faults_of(request))
    if faults:
        raise InputError("; ".join(faults))
    minimum = np.array([campaign.minimum for campaign in request.campaigns])
    maximum = np.array([campaign.maximum for campaign in request.campaigns])
    curves = _Curves(request.season, levels)
    values = np.stack(
        [curves.of_campaign(*c) for c in zip(request.campaigns, minimum, maximum, strict=True)]
    )
    number = {campaign.id: place for place, campaign in enumerate(request.campaigns)}
    members = _members(request, number)
    problem = Problem(
        ids=tuple(number),
        minimum=minimum,
        maximum=maximum,
        at_minimum=values[:, 0] + _together_at_minimum(request, number),
        gains=np.diff(values, axis=1),
        budget=request.budget - request.explored,
        synergies=_synergies(request, number),
        rows=(*_group_rows(request, members), *_limit_rows(request.limits, number)),
        shared=tuple(curves.of_groups(request.groups, members, maximum)),
        whole=np.array([campaign.whole for campaign in request.campaigns]),
    )
    problem = _within_change(problem, request)
    _check_minima(problem, request)
    return Formulation(problem, curves.gaps)


def _within_change(problem: Problem, request: PlanRequest) -> Problem:
    """The problem with activities within the largest change, those of the old plan if kept.

    An old spend outside the limits moves to the nearer one.
    """
    change = 0.0 if request.freeze else request.max_change
    if change is None:
        return problem
    old = np.array([campaign.old for campaign in request.campaigns], dtype=np.float64)
    least, most = (problem.activity_of(old * (1 + sign * change)) for sign in (-1, 1))
    return replace(problem, least=least, most=most)


def _check_minima(problem: Problem, request: PlanRequest) -> None:
    least = problem.least_spend
    shortfall = least - problem.budget
    if shortfall > MAX_ROUNDING * max(problem.budget, 1.0):
        rest = " without exploration" if request.explored else ""
        raise InputError(
            f"the budget{rest} of {problem.budget:,.2f}{request.unit} is {shortfall:,.2f} below "
            f"the sum of the least spends, {least:,.2f}; raise the budget or lower minima"
        )


class _Curves:
    """Values of responses at equal distances, concave, and what that took."""

    def __init__(self, season: float, levels: int) -> None:
        self.gaps: dict[str, float] = {}
        self._season = season
        self._levels = levels

    def of_campaign(self, campaign: PlannedCampaign, minimum: float, maximum: float) -> Floats:
        """Values ``[levels + 1]`` from least to most spend."""
        if campaign.response is None:
            return np.zeros(self._levels + 1)
        spends = np.linspace(minimum, maximum, self._levels + 1)
        return self._concave(campaign.id, campaign.response, spends, envelope=campaign.envelope)

    def of_groups(
        self,
        groups: Iterable[CampaignGroup],
        members: Mapping[str, NDArray[np.int64]],
        maximum: Floats,
    ) -> Iterator[SharedResponse]:
        """Shared responses from no spend to the most that the members may spend."""
        for group in groups:
            most = float(maximum[members[group.id]].sum())
            if group.response is not None and most > 0:
                spends = np.linspace(0, most, self._levels + 1)
                values = self._concave(group.id, group.response, spends, envelope=group.envelope)
                width = most / self._levels
                yield SharedResponse(group.id, members[group.id], width, np.diff(values))

    def _concave(self, name: str, response: Response, spends: Floats, *, envelope: bool) -> Floats:
        values = self._season * response.value(spends)
        if not np.isfinite(values).all():
            raise InputError(f"the response of {name!r} is not finite between its limits")
        concave = concave_envelope(values)
        gap = float(np.max(concave - values))
        if gap > MAX_ROUNDING * float(np.ptp(values)):
            if not envelope:
                raise InputError(
                    f"the response of {name!r} is not concave: it lies up to {gap:,.2f} below its "
                    "envelope; set envelope = true to plan with the envelope"
                )
            self.gaps[name] = gap
        return concave


def _members(request: PlanRequest, number: Mapping[str, int]) -> dict[str, NDArray[np.int64]]:
    """Campaigns of each group, those of nested groups included."""
    groups = {group.id: group for group in request.groups}

    def inside(name: str) -> set[int]:
        if name in number:
            return {number[name]}
        return set().union(*map(inside, groups[name].members))

    return {name: np.array(sorted(inside(name)), dtype=np.int64) for name in groups}


def _synergies(request: PlanRequest, number: Mapping[str, int]) -> Synergies:
    members = [[number[member] for member in synergy.members] for synergy in request.synergies]
    return Synergies.of(members, [_worth(request, synergy) for synergy in request.synergies])


def _worth(request: PlanRequest, synergy: CampaignSynergy) -> float:
    """What a synergy brings from the least to the most spend of all members.

    It is proportional to the smallest share of the spends at which its value is stated.
    """
    least, most = _ends(request, synergy)
    return request.season * synergy.value * (most - least)


def _together_at_minimum(request: PlanRequest, number: Mapping[str, int]) -> Floats:
    """What synergies bring at the least spend of all members, by their first one ``[n]``."""
    values = np.zeros(len(request.campaigns))
    for synergy in request.synergies:
        least, _ = _ends(request, synergy)
        values[number[synergy.members[0]]] += request.season * synergy.value * least
    return values


def _ends(request: PlanRequest, synergy: CampaignSynergy) -> tuple[float, float]:
    """The least and the most of a synergy in units of its value."""
    if synergy.at is None:
        return 0.0, 1.0
    limits = {c.id: (c.minimum, c.maximum) for c in request.campaigns if c.id in synergy.members}
    shares = [
        (limits[member][0] / spend, limits[member][1] / spend)
        for member, spend in zip(synergy.members, synergy.at, strict=True)
    ]
    least, most = (min(ends) for ends in zip(*shares, strict=True))
    return least, most


def _group_rows(request: PlanRequest, members: Mapping[str, NDArray[np.int64]]) -> Iterator[Row]:
    for group in request.groups:
        lower = group.minimum if group.minimum > 0 else -math.inf
        upper = math.inf if group.maximum is None else group.maximum
        if math.isfinite(lower) or math.isfinite(upper):
            inside = members[group.id]
            yield Row(group.id, inside, np.ones(len(inside)), lower, upper)


def _limit_rows(limits: Iterable[MeasureLimit], number: Mapping[str, int]) -> Iterator[Row]:
    for limit in limits:
        members = np.array([number[name] for name in limit.weights], dtype=np.int64)
        weights = np.array(list(limit.weights.values()), dtype=np.float64)
        lower = -math.inf if limit.minimum is None else limit.minimum
        upper = math.inf if limit.maximum is None else limit.maximum
        yield Row(limit.measure, members, weights, lower, upper)
