"""The file of a budget plan in TOML: campaigns, groups, synergies, limits and the plan itself."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Self

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from attrigraph.errors import InputError
from attrigraph.planning.request import (
    CampaignGroup,
    CampaignSynergy,
    MeasureLimit,
    PlannedCampaign,
    PlanRequest,
)
from attrigraph.planning.responses import DrawnResponse, Exponential, Hill, Tabulated
from attrigraph.spend.rates import check_currency
from attrigraph.staging.declarations import Declared, Words, read_declarations

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.planning.responses import Response

Number = Annotated[float, Field(allow_inf_nan=False)]
Amount = Annotated[float, Field(allow_inf_nan=False, ge=0)]
Positive = Annotated[float, Field(allow_inf_nan=False, gt=0)]
Amounts = Annotated[tuple[Amount, ...], Field(strict=False)]
Numbers = Annotated[tuple[Number, ...], Field(strict=False)]
Draws = Annotated[tuple[Numbers, ...], Field(strict=False)]


def _currency(text: str) -> str:
    code = text.strip().upper()
    try:
        check_currency(code)
    except InputError as error:
        raise ValueError(str(error)) from error
    return code


Currency = Annotated[str, AfterValidator(_currency)]
"""A code as in ISO 4217, in capitals."""

Ids = Annotated[tuple[Words, ...], Field(strict=False)]


class _Responding(Declared):
    """Something with a response: ``value`` and ``scale``, also ``exponent``, or a table.

    Attributes:
        value: value of endless spend in the period, in money.
        scale: spend at which the curve has 63 % of it, with an exponent 50 %.
        exponent: of a Hill curve.
        spends: of a table, increasing, in money.
        values: of a table, in money; below 0 for what does harm.
        draws: tables of what may be the truth instead, each with a value per entry of ``spends``.
        identified: whether data could answer what it causes; needs ``draws``.
        observed: spend beyond which the table is extrapolated; needs ``draws``.
        envelope: whether a curve that is not concave may be replaced by its envelope.
    """

    value: Amount | None = None
    scale: Positive | None = None
    exponent: Positive | None = None
    spends: Amounts | None = None
    values: Numbers | None = None
    draws: Draws | None = None
    identified: bool | None = None
    observed: Amount | None = None
    envelope: bool = False

    @property
    def response(self) -> Response | None:
        """The curve, if one is given."""
        if self.spends is not None and self.values is not None:
            return self._table(self.spends, self.values)
        if self.value is None or self.scale is None:
            return None
        if self.exponent is not None:
            return Hill(self.value, self.scale, self.exponent)
        return Exponential(self.value, self.scale)

    def _table(self, spends: tuple[float, ...], values: tuple[float, ...]) -> Response:
        if self.draws is None:
            return Tabulated(spends, values)
        return DrawnResponse(
            np.array(spends),
            np.array(self.draws),
            identified=self.identified is not False,
            center=np.array(values),
            observed=self.observed,
        )

    @model_validator(mode="after")
    def _has_one_curve(self) -> Self:
        _check_curve(self)
        return self


def _check_curve(given: _Responding) -> None:
    """Whether the settings of a curve fit together."""
    if (given.value is None) != (given.scale is None):
        raise ValueError("a response needs both value and scale")
    if (given.spends is None) != (given.values is None):
        raise ValueError("a table needs both spends and values")
    if given.value is not None and given.spends is not None:
        raise ValueError("give value and scale, or spends and values, and not both")
    if given.exponent is not None and given.value is None:
        raise ValueError("exponent belongs to a response with value and scale")
    if given.spends is not None and given.values is not None:
        _check_table(given.spends, given.values)
    _check_draws(given)


def _check_draws(given: _Responding) -> None:
    """Whether what is said of draws fits a table."""
    if given.draws is None:
        for name in ("identified", "observed"):
            if getattr(given, name) is not None:
                raise ValueError(f"{name} is about a table with draws; give draws with it")
        return
    if given.spends is None:
        raise ValueError("draws belong to a table with spends and values")
    if not given.draws:
        raise ValueError("draws must hold at least one list of values")
    for number, draw in enumerate(given.draws, start=1):
        if len(draw) != len(given.spends):
            raise ValueError(
                f"each of the draws needs {len(given.spends)} values, one per entry of spends, "
                f"got {len(draw)} in number {number}"
            )


def _check_table(spends: tuple[float, ...], values: tuple[float, ...]) -> None:
    if len(spends) != len(values) or len(spends) < 2:
        raise ValueError(
            f"spends and values need the same number of at least 2 entries, "
            f"got {len(spends)} and {len(values)}"
        )
    if any(later <= earlier for earlier, later in pairwise(spends)):
        raise ValueError("spends must increase")


class DeclaredCampaign(_Responding):
    """``[[campaign]]``; the bounds are in money for the whole period."""

    id: Words
    min: Amount = 0.0
    max: Amount
    old: Amount | None = None
    whole: bool = False


class _Group(_Responding):
    """``[[group]]``; members are ids of campaigns and of other groups."""

    id: Words
    members: Ids
    min: Amount = 0.0
    max: Amount | None = None


class _Synergy(Declared):
    """``[[synergy]]``; the value is that of all maxima, or of the spends ``at``."""

    campaigns: Ids
    value: Number
    at: Amounts | None = None


class _Limit(Declared):
    """``[[limit]]``; ``per_unit`` has the amount of the measure per unit of money."""

    measure: Words
    per_unit: dict[Words, Number]
    min: Number | None = None
    max: Number | None = None


class DeclaredPlan(Declared):
    """``[plan]``."""

    budget: Amount
    start: date
    end: date
    currency: Currency
    season: Positive = 1.0
    max_change: Amount | None = None
    exploration: Amount = 0.0


class BudgetFile(Declared):
    """A whole file."""

    plan: DeclaredPlan
    campaign: tuple[DeclaredCampaign, ...] = Field(min_length=1, strict=False)
    group: tuple[_Group, ...] = Field(default=(), strict=False)
    synergy: tuple[_Synergy, ...] = Field(default=(), strict=False)
    limit: tuple[_Limit, ...] = Field(default=(), strict=False)

    def request(self) -> PlanRequest:
        """What the file asks."""
        plan = self.plan
        return PlanRequest(
            campaigns=tuple(map(_campaign, self.campaign)),
            budget=plan.budget,
            currency=plan.currency,
            start=plan.start,
            end=plan.end,
            groups=tuple(map(_group, self.group)),
            synergies=tuple(CampaignSynergy(s.campaigns, s.value, s.at) for s in self.synergy),
            limits=tuple(MeasureLimit(i.measure, i.per_unit, i.min, i.max) for i in self.limit),
            season=plan.season,
            max_change=plan.max_change,
            exploration=plan.exploration,
        )


def _campaign(given: DeclaredCampaign) -> PlannedCampaign:
    return PlannedCampaign(
        given.id, given.min, given.max, given.response, given.old, given.whole, given.envelope
    )


def _group(given: _Group) -> CampaignGroup:
    return CampaignGroup(
        given.id, given.members, given.min, given.max, given.response, given.envelope
    )


def read_budget_file(path: Path) -> PlanRequest:
    """Read what a plan is asked for from a TOML file.

    Raises:
        InputError: it cannot be read, or has mistakes; the message names them all.
    """
    return read_declarations(path, BudgetFile, "file of a budget plan", first=1).request()
