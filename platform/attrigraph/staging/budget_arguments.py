"""What a plan is asked for from Python: campaigns as mappings, a frame or objects, and constraints.

Mappings have the settings of the file's tables, and get the checks and messages that a file gets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pydantic import Field

from attrigraph.domain.near_names import did_you_mean
from attrigraph.errors import InputError
from attrigraph.planning.request import (
    CampaignGroup,
    CampaignSynergy,
    MeasureLimit,
    PlannedCampaign,
)
from attrigraph.staging.budget_file import BudgetFile, Currency, DeclaredCampaign, DeclaredPlan
from attrigraph.staging.declarations import checked
from attrigraph.staging.frames import is_frame

if TYPE_CHECKING:
    from attrigraph.planning.request import PlanRequest

Frame = Any
Settings = Mapping[str, Any]

FORMS: Final = {
    "campaigns": PlannedCampaign,
    "groups": CampaignGroup,
    "synergies": CampaignSynergy,
    "limits": MeasureLimit,
}
"""Classes of what may be given as objects."""

TABLES: Final = {
    "campaigns": "campaign",
    "groups": "group",
    "synergies": "synergy",
    "limits": "limit",
}
"""Tables of the file with the same settings."""

MAY_BE_EMPTY: Final = frozenset(
    name for name, field in DeclaredCampaign.model_fields.items() if field.default is None
)
"""Settings of a campaign that an empty cell of a frame leaves out; others have to be stated."""


@dataclass(frozen=True, slots=True)
class BudgetConstraints:
    """What a plan must keep in addition to the limits of each campaign.

    Attributes:
        groups: limits and responses of several campaigns, as objects or as mappings with the
            settings of ``[[group]]``.
        synergies: values of campaigns together, likewise.
        limits: on other measures, likewise.
        period: first and last day, as dates or as texts such as ``2026-12-01``; None where the plan
            does not state it.
        currency: of all money, as ISO 4217; None where the plan does not state it.
        season: factor of all responses in the period.
        max_change: largest relative change of a campaign's spend against its old one.
        freeze: whether the old plan is kept; excludes max_change and exploration.
        exploration: share of the budget that explores, in [0, 1).
    """

    groups: Sequence[CampaignGroup | Settings] = ()
    synergies: Sequence[CampaignSynergy | Settings] = ()
    limits: Sequence[MeasureLimit | Settings] = ()
    period: tuple[date | str, date | str] | None = None
    currency: str | None = None
    season: float = 1.0
    max_change: float | None = None
    freeze: bool = False
    exploration: float = 0.0


class _Plan(DeclaredPlan):
    """``[plan]`` where period and currency need not be stated."""

    start: date | None = None  # type: ignore[assignment]
    end: date | None = None  # type: ignore[assignment]
    currency: Currency | None = None  # type: ignore[assignment]
    freeze: bool = False


class _Arguments(BudgetFile):
    """All arguments in the form of a file; what is given as objects is left out."""

    plan: _Plan
    campaign: tuple[DeclaredCampaign, ...] = Field(strict=False)


def budget_request(
    campaigns: Sequence[PlannedCampaign | Settings] | Frame,
    budget: float,
    constraints: BudgetConstraints | Settings | None = None,
) -> PlanRequest:
    """The request of these arguments.

    Args:
        campaigns: objects; or mappings or rows of a frame with the settings of ``[[campaign]]``.
        budget: in money, for the whole period.
        constraints: an object, or a mapping with its fields; None for none.

    Raises:
        InputError: a setting is unknown, missing or wrong; the message names them all.
    """
    given = _constraints(constraints)
    lists = {name: getattr(given, name) for name in ("groups", "synergies", "limits")}
    lists["campaigns"] = _rows(campaigns) if is_frame(campaigns) else campaigns
    objects = {name: tuple(items) for name, items in lists.items() if _are_objects(name, items)}
    declared = {TABLES[name]: lists[name] for name in lists if name not in objects}
    start, end = _period(given.period)
    plan = {
        "budget": budget,
        "start": start,
        "end": end,
        "currency": given.currency,
        "season": given.season,
        "max_change": given.max_change,
        "freeze": given.freeze,
        "exploration": given.exploration,
    }
    arguments = checked(_Arguments, _plain({"campaign": [], "plan": plan, **declared}), "the plan")
    changes: dict[str, Any] = {**objects, "freeze": arguments.plan.freeze}
    return replace(arguments.request(), **changes)


def _constraints(given: BudgetConstraints | Settings | None) -> BudgetConstraints:
    if given is None or isinstance(given, BudgetConstraints):
        return given or BudgetConstraints()
    if not isinstance(given, Mapping):
        raise InputError(f"constraints must be BudgetConstraints or a mapping, got {given!r}")
    known = [field.name for field in fields(BudgetConstraints)]
    wrong = [f"{name!r}{did_you_mean(str(name), known)}" for name in given if name not in known]
    if wrong:
        raise InputError(f"constraints have no setting {', '.join(wrong)}")
    return BudgetConstraints(**given)


def _are_objects(name: str, items: object) -> bool:
    """Whether a list holds objects, and not mappings.

    Raises:
        InputError: it is no list, or holds both or something else.
    """
    form = FORMS[name]
    if isinstance(items, str | Mapping) or not isinstance(items, Sequence):
        raise InputError(f"{name} must be a list of mappings or of {form.__name__}, got {items!r}")
    of_form = [isinstance(item, form) for item in items]
    odd = [
        item
        for item, is_object in zip(items, of_form, strict=True)
        if (any(of_form) and not is_object) or not (is_object or isinstance(item, Mapping))
    ]
    if odd:
        raise InputError(
            f"{name} must be all mappings or all {form.__name__}, and one of them is {odd[0]!r}"
        )
    return any(of_form)


def _rows(frame: Frame) -> list[dict[str, Any]]:
    """Rows of a pandas or polars frame or an Arrow table; empty cells leave settings out."""
    if hasattr(frame, "to_pylist"):
        rows = frame.to_pylist()
    elif hasattr(frame, "to_dicts"):
        rows = frame.to_dicts()
    else:
        # in pandas NaN is an empty cell, and None has no place in a column of numbers
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [
        {str(name): cell for name, cell in row.items() if not _is_left_out(str(name), cell)}
        for row in rows
    ]


def _is_left_out(name: str, cell: object) -> bool:
    return cell is None and name in MAY_BE_EMPTY


def _period(period: object) -> tuple[object, object]:
    if period is None:
        return None, None
    if isinstance(period, str) or not isinstance(period, Sequence) or len(period) != 2:
        raise InputError(f"period must be a pair of days, first and last, got {period!r}")
    return _day(period[0]), _day(period[1])


def _day(given: object) -> object:
    """A day; the validation of the plan rejects what is none."""
    try:
        return date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        raise InputError(f"period must have days such as 2026-12-01, got {given!r}") from None


def _plain(value: Any) -> Any:
    """A value without numpy types."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
