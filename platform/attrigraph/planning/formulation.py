"""From what a person asks to the arrays that solvers take, with every contradiction named."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.planning.concave import concave_envelope
from attrigraph.planning.faults import faults_of
from attrigraph.planning.kept_plan import kept_faults
from attrigraph.planning.pieces import (
    LEVELS,
    Range,
    are_close,
    ends_at_maxima,
    ends_by_budget,
    levels_of,
)
from attrigraph.planning.problem import Problem, Row, SharedResponse, Synergies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from attrigraph.planning.pieces import CurveEnds
    from attrigraph.planning.request import CampaignSynergy, MeasureLimit, PlanRequest

    Floats = NDArray[np.float64]

MAX_ROUNDING: Final = 1e-9
"""A curve is concave if its envelope lies above it by at most this share of its height."""


@dataclass(frozen=True, slots=True)
class Formulation:
    """A problem, and what its curves lost on the way.

    Attributes:
        problem: for solvers, with the part of the budget that does not explore.
        gaps: by campaign or group with a curve that is not concave, the largest height of its
            envelope above it, in money.
        ends: where the curves of the problem end.
    """

    problem: Problem
    gaps: Mapping[str, float]
    ends: CurveEnds


def formulate(
    request: PlanRequest,
    *,
    levels: int | None = None,
    any_budget: bool = False,
    like: Formulation | None = None,
) -> Formulation:
    """The problem of a request.

    Args:
        request: what is asked.
        levels: number of pieces of each response; None for as many as the curves need.
        any_budget: whether the budget is asked for, and that of the request says nothing.
        like: a formulation of the same campaigns with other curves, whose pieces are taken.

    Raises:
        InputError: limits contradict each other, a campaign is unknown or given twice, a number is
            not finite, or a curve is not concave and may not be replaced by its envelope. All
            faults are in one message.
    """
    _raise_any(faults_of(request))
    minimum = np.array([campaign.minimum for campaign in request.campaigns])
    number = {campaign.id: place for place, campaign in enumerate(request.campaigns)}
    members = _members(request, number)
    if like is not None:
        ends, levels = like.ends, like.problem.levels
    elif levels is not None:
        ends = ends_at_maxima(request)
    else:
        ends, levels = _pieces(request, members, any_budget=any_budget)
    ranges = _ranges(request, ends, members)
    curves = _Curves(request.season, levels)
    flat = np.zeros(levels + 1)
    values = np.stack(
        [
            curves.of(ranges[c.id], envelope=c.envelope) if c.id in ranges else flat
            for c in request.campaigns
        ]
    )
    problem = Problem(
        ids=tuple(number),
        minimum=minimum,
        maximum=ends.campaigns,
        at_minimum=values[:, 0] + _together_at_minimum(request, number),
        gains=np.diff(values, axis=1),
        budget=request.budget - request.explored,
        synergies=_synergies(request, number),
        rows=(*_group_rows(request, members), *_limit_rows(request.limits, number)),
        shared=tuple(
            curves.of_group(ranges[group.id], members[group.id], envelope=group.envelope)
            for group in request.groups
            if group.id in ranges
        ),
        whole=np.array([campaign.whole for campaign in request.campaigns]),
    )
    if request.freeze:
        _raise_any(kept_faults(request, problem))
    problem = _within_change(problem, request)
    if not any_budget:
        _check_minima(problem, request)
    return Formulation(problem, curves.gaps, ends)


def _raise_any(faults: Iterable[str]) -> None:
    message = "; ".join(faults)
    if message:
        raise InputError(message)


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
        by_change = problem.minimum.sum() < least and problem.minimum.sum() <= problem.budget
        cause = f" that max_change = {request.max_change:g} allows" if by_change else ""
        advice = "allow a larger change" if by_change else "lower minima"
        raise InputError(
            f"the budget{rest} of {problem.budget:,.2f}{request.unit} is {shortfall:,.2f} below "
            f"the sum of the least spends{cause}, {least:,.2f}; raise the budget or {advice}"
        )


def _pieces(
    request: PlanRequest, members: Mapping[str, NDArray[np.int64]], *, any_budget: bool
) -> tuple[CurveEnds, int]:
    """Where curves end, and how many pieces they have.

    They end at the maxima, if that takes no more pieces or any budget may be found.
    """
    ends = ends_at_maxima(request)
    ranges = list(_ranges(request, ends, members).values())
    if any_budget:
        return ends, levels_of(ranges)
    if are_close(ranges, LEVELS):
        return ends, LEVELS
    ends = ends_by_budget(request)
    return ends, levels_of(list(_ranges(request, ends, members).values()))


def _ranges(
    request: PlanRequest, ends: CurveEnds, members: Mapping[str, NDArray[np.int64]]
) -> dict[str, Range]:
    """Responses of campaigns, and of groups whose members may spend anything."""
    ranges = {
        campaign.id: Range(campaign.id, campaign.response, campaign.minimum, float(end))
        for campaign, end in zip(request.campaigns, ends.campaigns, strict=True)
        if campaign.response is not None
    }
    for group in request.groups:
        most = min(float(ends.campaigns[members[group.id]].sum()), ends.most)
        if group.response is not None and most > 0:
            ranges[group.id] = Range(group.id, group.response, 0.0, most)
    return ranges


class _Curves:
    """Values of responses at the ends of pieces, concave, and what that took."""

    def __init__(self, season: float, levels: int) -> None:
        self.gaps: dict[str, float] = {}
        self._season = season
        self._levels = levels

    def of(self, one: Range, *, envelope: bool) -> Floats:
        """Values ``[levels + 1]`` from the least to the most spend."""
        values = self._season * one.values(self._levels)
        if not np.isfinite(values).all():
            raise InputError(f"the response of {one.name!r} is not finite between its limits")
        concave = concave_envelope(values)
        gap = float(np.max(concave - values))
        if gap > MAX_ROUNDING * float(np.ptp(values)):
            if not envelope:
                raise InputError(
                    f"the response of {one.name!r} is not concave: it lies up to {gap:,.2f} below "
                    "its envelope; set envelope = true to plan with the envelope"
                )
            self.gaps[one.name] = gap
        return concave

    def of_group(self, one: Range, members: NDArray[np.int64], *, envelope: bool) -> SharedResponse:
        """The response to the spend of several campaigns."""
        gains = np.diff(self.of(one, envelope=envelope))
        return SharedResponse(one.name, members, one.high / self._levels, gains)


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
