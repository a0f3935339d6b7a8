"""Everything that is wrong with a request, each fault in one sentence."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.planning.responses import DrawnResponse, Tabulated, has_draws

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from attrigraph.planning.request import (
        CampaignGroup,
        CampaignSynergy,
        PlannedCampaign,
        PlanRequest,
    )
    from attrigraph.planning.responses import Response


def faults_of(request: PlanRequest) -> Iterator[str]:
    """Faults of a request; none if it can be formulated as a problem."""
    if not request.campaigns:
        yield "a plan needs at least one campaign"
    yield from _of_whole(request)
    for campaign in request.campaigns:
        yield from _of_campaign(campaign, needs_old=_needs_old(request))
    yield from _of_names(request)
    yield from _without_response(request)
    for group in request.groups:
        yield from _of_group(group)
    yield from _without_effect(request.groups)
    yield from _of_synergies(request)
    yield from _of_limits(request)


def _needs_old(request: PlanRequest) -> bool:
    return request.freeze or request.max_change is not None


def _of_whole(request: PlanRequest) -> Iterator[str]:
    yield from _not_amounts("the plan", budget=request.budget, max_change=request.max_change)
    if not (math.isfinite(request.season) and request.season > 0):
        yield f"season must be a number above 0, got {request.season}"
    if not 0 <= request.exploration < 1:
        yield f"exploration must be a share of at least 0 and below 1, got {request.exploration}"
    if request.freeze and (request.max_change is not None or request.exploration):
        yield (
            "freeze keeps the old plan, which leaves nothing to max_change and exploration; "
            "leave them out"
        )
    yield from _of_period(request.start, request.end)


def _of_period(start: date | None, end: date | None) -> Iterator[str]:
    if (start is None) != (end is None):
        yield f"a period needs a start and an end, got {start} and {end}"
    if start is not None and end is not None and end < start:
        yield f"the period ends on {end}, before it starts on {start}"


def _of_campaign(campaign: PlannedCampaign, *, needs_old: bool) -> Iterator[str]:
    name = f"campaign {campaign.id!r}"
    amounts = list(_not_amounts(name, min=campaign.minimum, max=campaign.maximum, old=campaign.old))
    yield from amounts
    if not amounts and campaign.maximum < campaign.minimum:
        yield f"{name}: max {campaign.maximum:,.2f} is below min {campaign.minimum:,.2f}"
    yield from _of_response(name, campaign.response)
    if needs_old and campaign.old is None:
        yield f"{name} has no old spend, which max_change and freeze need"


def _of_response(name: str, response: Response | None) -> Iterator[str]:
    if isinstance(response, Tabulated | DrawnResponse) and (np.diff(response.spends) <= 0).any():
        yield f"{name}: the spends of its response must increase"
    if has_draws(response) and response.n_draws < 1:
        yield f"{name}: its response has no draws; give at least one, or a response without draws"
    if response is not None and not hasattr(response, "value"):
        yield f"{name}: a response must be an object with value(spend), got {response!r}"


def _without_response(request: PlanRequest) -> Iterator[str]:
    """Campaigns that bring nothing, neither by themselves nor together with others."""
    members = {group.id: group.members for group in request.groups}
    reached = {member for synergy in request.synergies for member in synergy.members}
    waiting = [group.id for group in request.groups if group.response is not None]
    while waiting:
        name = waiting.pop()
        inside = set(members.get(name, ())) - reached
        reached |= inside
        waiting += inside
    for campaign in request.campaigns:
        if campaign.response is None and campaign.id not in reached:
            yield (
                f"campaign {campaign.id!r} has no response, and is in no synergy and in no group "
                "that has one; give it value and scale, or spends and values"
            )


def _of_group(group: CampaignGroup) -> Iterator[str]:
    name = f"group {group.id!r}"
    amounts = list(_not_amounts(name, min=group.minimum, max=group.maximum))
    yield from amounts
    yield from _of_response(name, group.response)
    if not group.members:
        yield f"{name} has no members"
    for member, count in Counter(group.members).items():
        if count > 1:
            yield f"{name} names {member!r} {count} times; name each member once"
    if not amounts and group.maximum is not None and group.maximum < group.minimum:
        yield f"{name}: max {group.maximum:,.2f} is below min {group.minimum:,.2f}"


def _without_effect(groups: tuple[CampaignGroup, ...]) -> Iterator[str]:
    """Groups that limit nothing, bring nothing, and are in no other group."""
    inside = {member for group in groups for member in group.members}
    for group in groups:
        is_limited = group.minimum > 0 or group.maximum is not None
        if not is_limited and group.response is None and group.id not in inside:
            yield f"group {group.id!r} has no effect; give it a min, a max or a response"


def _not_amounts(name: str, **amounts: float | None) -> Iterator[str]:
    for field, amount in amounts.items():
        if amount is not None and not (math.isfinite(amount) and amount >= 0):
            yield f"{name}: {field} must be a number of at least 0, got {amount}"


def _of_names(request: PlanRequest) -> Iterator[str]:
    names = [*(c.id for c in request.campaigns), *(g.id for g in request.groups)]
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{name!r} is given {count} times; ids of campaigns and groups must be unique"
    campaigns = {campaign.id for campaign in request.campaigns}
    for group in request.groups:
        yield from _unknown(f"group {group.id!r}", group.members, {*names})
    for synergy in request.synergies:
        yield from _unknown("a synergy", synergy.members, campaigns)
    for limit in request.limits:
        yield from _unknown(f"limit {limit.measure!r}", limit.weights, campaigns)
    yield from _cycles(request.groups)


def _unknown(where: str, members: Iterable[str], known: set[str]) -> Iterator[str]:
    for member in members:
        if member not in known:
            yield f"{where} names {member!r}, which is not a campaign of the plan"


def _cycles(groups: tuple[CampaignGroup, ...]) -> Iterator[str]:
    members = {group.id: group.members for group in groups}

    def reaches(name: str, seen: frozenset[str]) -> bool:
        return name in seen or any(reaches(m, seen | {name}) for m in members.get(name, ()))

    for group in groups:
        if any(reaches(member, frozenset({group.id})) for member in group.members):
            yield f"group {group.id!r} contains itself"


def _of_synergies(request: PlanRequest) -> Iterator[str]:
    for synergy in request.synergies:
        name = " and ".join(map(repr, synergy.members))
        if len(set(synergy.members)) < max(len(synergy.members), 2):
            yield f"a synergy needs two or more different campaigns, got {name or 'none'}"
        if not (math.isfinite(synergy.value) and synergy.value >= 0):
            yield (
                f"the synergy of {name} must be a number of at least 0, got {synergy.value}; "
                "give campaigns that take from each other a group with a response of its own"
            )
        yield from _of_spends(name, synergy)
    members = [frozenset(synergy.members) for synergy in request.synergies]
    for several, count in Counter(members).items():
        if count > 1:
            name = " and ".join(map(repr, sorted(several)))
            yield f"the synergy of {name} is given {count} times; give it once, with one value"


def _of_spends(name: str, synergy: CampaignSynergy) -> Iterator[str]:
    if synergy.at is None:
        return
    if len(synergy.at) != len(synergy.members):
        yield (
            f"the synergy of {name} must have a spend in at for each campaign, got "
            f"{len(synergy.at)} for {len(synergy.members)}"
        )
    elif not all(math.isfinite(spend) and spend > 0 for spend in synergy.at):
        yield f"the synergy of {name} must have spends above 0 in at, got {[*synergy.at]}"


def _of_limits(request: PlanRequest) -> Iterator[str]:
    for name, count in Counter(limit.measure for limit in request.limits).items():
        if count > 1:
            yield f"limit {name!r} is given {count} times"
        if name in {group.id for group in request.groups}:
            yield f"limit {name!r} has the name of a group; give it another"
    for limit in request.limits:
        name = f"limit {limit.measure!r}"
        numbers = [*limit.weights.values(), limit.minimum, limit.maximum]
        if not all(math.isfinite(number) for number in numbers if number is not None):
            yield f"{name} has a number that is not finite"
        if limit.minimum is None and limit.maximum is None:
            yield f"{name} needs a min or a max"
        if not limit.weights:
            yield f"{name} has no campaign in per_unit; give the amount per unit of money of each"
