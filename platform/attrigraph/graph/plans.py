"""Plans of budgets in the graph: what a run of the job ``plan`` gives to campaigns or channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from neo4j import RoutingControl

from attrigraph.domain.near_names import near_names
from attrigraph.errors import InputError
from attrigraph.escaping import listed_names
from attrigraph.graph.catalogue import query
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from neo4j import Driver

ALLOCATE: Final = {"campaign": "plans/allocate_campaigns", "channel": "plans/allocate_channels"}
"""Statement by level."""

PLAN_PROPERTIES: Final = {
    "budget": "budget",
    "spent": "spent",
    "left_over": "leftOver",
    "exploration": "exploration",
    "marginal_return": "marginalReturn",
    "method": "method",
}
"""Properties of a plan by their fields in JSON."""

ALLOCATION_PROPERTIES: Final = {
    "campaign": "id",
    "spend": "spend",
    "exploration": "exploration",
    "low": "low",
    "high": "high",
    "old": "old",
    "marginal_return": "marginalReturn",
    "next_1000": "next1000",
    "reason": "reason",
    "explanation": "explanation",
    "identified": "identified",
    "observed": "observed",
}
"""Properties of an allocation by their fields in JSON."""

_ROWS_PER_BATCH: Final = 5000


def level_of(driver: Driver, ids: Sequence[str]) -> str:
    """Whether these are campaigns or channels of the graph.

    Args:
        driver: an open driver.
        ids: all ids of campaigns, or all names of channels; campaigns come first where both fit.

    Raises:
        InputError: the graph does not have all of them; the message names those that it lacks.
    """
    records, _, _ = driver.execute_query(
        query("plans/known_ids").text,
        {"ids": list(ids)},
        database_=DATABASE,
        routing_=RoutingControl.READ,
    )
    [record] = records
    known = {level: set(record[f"{level}s"]) for level in ALLOCATE}
    missing = {level: [name for name in ids if name not in known[level]] for level in ALLOCATE}
    level = min(missing, key=lambda one: len(missing[one]))
    if missing[level]:
        unknown = missing[level]
        raise InputError(
            f"the graph has no {level} {listed_names(unknown)}; a plan is stored with ids of "
            f"campaigns, or with names of channels; {near_names(unknown[0], _names(driver))}"
        )
    return level


def _names(driver: Driver) -> list[str]:
    """Ids of all campaigns and names of all channels."""
    records, _, _ = driver.execute_query(
        query("plans/all_ids").text, database_=DATABASE, routing_=RoutingControl.READ
    )
    return [record["id"] for record in records]


def write_plan(
    driver: Driver, run: str, plan: Mapping[str, Any], *, level: str, plan_text: str
) -> None:
    """Write the plan of a run that has begun; a plan that is there is replaced.

    Args:
        driver: an open driver.
        run: the run's id, which becomes that of the plan.
        plan: in JSON, as ``plan_json`` makes it.
        level: ``campaign`` or ``channel``, see ``level_of``.
        plan_text: the whole plan as text, which ``budget verify`` can check.
    """
    parameters = {
        "run": run,
        "start": plan["start"],
        "end": plan["end"],
        "currency": plan["currency"],
        "plan": _properties(plan) | {"json": plan_text},
    }
    driver.execute_query(query("plans/write_plan").text, parameters, database_=DATABASE)
    rows = [_allocation(own) for own in plan["allocations"]]
    for start in range(0, len(rows), _ROWS_PER_BATCH):
        batch = rows[start : start + _ROWS_PER_BATCH]
        driver.execute_query(
            query(ALLOCATE[level]).text, {"plan": run, "rows": batch}, database_=DATABASE
        )


def _allocation(own: Mapping[str, Any]) -> dict[str, Any]:
    borrowed = own["borrowed"]
    return {
        **{name: own[field] for field, name in ALLOCATION_PROPERTIES.items()},
        "borrowedFrom": None if borrowed is None else list(borrowed["campaigns"]),
    }


def _properties(plan: Mapping[str, Any]) -> dict[str, Any]:
    value, old, gain = plan["value"], plan["old_value"] or {}, plan["gain"] or {}
    return {
        **{name: plan[field] for field, name in PLAN_PROPERTIES.items()},
        "value": value["value"],
        "low": value["low"],
        "high": value["high"],
        "oldValue": old.get("value"),
        "gain": gain.get("value"),
        "gainLow": gain.get("low"),
        "gainHigh": gain.get("high"),
        "bound": plan["certificate"]["bound"],
        "gap": plan["certificate"]["gap"],
    }
