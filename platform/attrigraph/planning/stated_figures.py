"""Figures that a plan states and that follow from others of it, checked against these.

Reasons, the value of the next 1,000 units, intervals and regret rest on the curves themselves,
which a plan does not hold; of them only the order of ends is checked.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TOLERANCE: Final = 1e-6
"""Relative to the figures of the same kind."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What follows from the allocations and the certificate.

    Attributes:
        spent: sum of spend, in money.
        explored: sum of the spend that explores, in money.
        value: of all spend by the certificate's pieces, in money.
        planned: of the spend that does not explore, in money.
        bound: the most that any plan can bring, in money.
    """

    spent: float
    explored: float
    value: float
    planned: float
    bound: float


def misallocations(ids: Sequence[str], allocations: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Campaigns of the certificate without one allocation, and allocations to others."""
    given = Counter(one["campaign"] for one in allocations)
    for name in ids:
        if given[name] != 1:
            yield f"{name} has {given[name]} allocations, and needs one"
    for name in given.keys() - set(ids):
        yield f"{name} has an allocation, and is no campaign of the certificate"


def not_finite(value: Any, place: str = "plan") -> Iterator[str]:
    """Places of numbers that are not finite."""
    if isinstance(value, float) and not math.isfinite(value):
        yield f"{place} is {value}"
    children = list(value.items()) if isinstance(value, dict) else []
    if isinstance(value, list):
        children = list(enumerate(value, start=1))
    for name, child in children:
        yield from not_finite(child, f"{place}.{name}")


def misstatements(plan: Mapping[str, Any], computed: Computed) -> Iterator[str]:
    """Stated figures that differ from those that they follow from."""
    certificate, value = plan["certificate"], plan["value"]["value"]
    money = max(abs(plan["budget"]), computed.spent)
    room = {"money": money, "value": max(abs(value), abs(computed.value))}
    left_over = max(plan["budget"] - computed.spent, 0.0)
    gap = computed.bound - computed.planned
    for name, kind, stated, right in (
        ("spent", "money", plan["spent"], computed.spent),
        ("left over", "money", plan["left_over"], left_over),
        ("exploration", "money", plan["exploration"], computed.explored),
        ("a value", "value", value, computed.value),
        ("a certified value", "value", certificate["value"], computed.planned),
        ("a bound", "value", certificate["bound"], computed.bound),
        ("a gap", "value", certificate["gap"], gap),
    ):
        if abs(stated - right) > TOLERANCE * room[kind]:
            yield f"the plan states {stated:,.2f} for {name}, and its figures give {right:,.2f}"
    yield from _of_return(plan)
    yield from _of_budget(plan, computed.explored, TOLERANCE * money)
    yield from _of_gain(plan, TOLERANCE * room["value"])
    yield from _crossed(plan)


def _of_return(plan: Mapping[str, Any]) -> Iterator[str]:
    price = plan["certificate"]["price"]
    in_limits = [one["price"] for one in plan["limits"] if one["limit"] == "budget"]
    for stated in (plan["marginal_return"], *in_limits):
        if not math.isclose(stated, price, rel_tol=TOLERANCE, abs_tol=1e-9):
            yield f"the plan states a marginal return of {stated:g}, its certificate {price:g}"


def _of_budget(plan: Mapping[str, Any], explored: float, room: float) -> Iterator[str]:
    proven = plan["certificate"]["budget"]
    if plan["budget"] - explored > proven + room and not explored:
        yield (
            f"the plan states a budget of {plan['budget']:,.2f}, and its certificate is about "
            f"{proven:,.2f}"
        )


def _of_gain(plan: Mapping[str, Any], room: float) -> Iterator[str]:
    if plan["gain"] is None:
        return
    gain = plan["gain"]["value"]
    by_value = plan["value"]["value"] - plan["old_value"]["value"]
    by_change = math.fsum(change["value"] for change in plan["changes"])
    for right, what in ((by_value, "its values"), (by_change, "its changes")):
        if abs(gain - right) > room:
            yield f"the plan states a gain of {gain:,.2f}, and {what} give {right:,.2f}"


def _crossed(plan: Mapping[str, Any]) -> Iterator[str]:
    """Intervals whose low end is above the high one."""
    named = {name: plan[name] for name in ("value", "old_value", "gain", "regret") if plan[name]}
    named |= {one["campaign"]: one for one in plan["allocations"]}
    for name, interval in named.items():
        if interval["low"] > interval["high"]:
            yield f"the interval of {name} ends before it begins"
