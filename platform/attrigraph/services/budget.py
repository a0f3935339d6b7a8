"""Use cases of budgets: plan a file, verify a plan, compare scenarios."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from attrigraph.errors import InputError
from attrigraph.planning.allocate import allocate
from attrigraph.planning.market_change import ChangedValue, MarketChange, changed_values
from attrigraph.planning.plan_json import plan_json
from attrigraph.planning.verify import Verification, verify
from attrigraph.staging.budget_arguments import budget_request
from attrigraph.staging.budget_file import read_budget_file
from attrigraph.staging.text_files import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from attrigraph.planning.plan import BudgetPlan
    from attrigraph.planning.request import PlannedCampaign, PlanRequest
    from attrigraph.staging.budget_arguments import BudgetConstraints, Frame


@dataclass(frozen=True, slots=True)
class BudgetOptions:
    """What replaces settings of a file; None keeps them.

    Attributes:
        budget: in money, for the whole period.
        target_value: plan the least budget that brings this value, in money.
        marginal_return: plan the largest budget of which each unit brings at least this.
        max_change: largest relative change of a campaign's spend against the old plan.
        freeze: whether the old plan is kept.
        exploration: share of the budget that goes where draws of the curves send it.
    """

    budget: float | None = None
    target_value: float | None = None
    marginal_return: float | None = None
    max_change: float | None = None
    freeze: bool = False
    exploration: float | None = None

    def apply(self, request: PlanRequest) -> PlanRequest:
        """The request with these options in place of its own.

        What is kept has no largest change and explores nothing, whatever the request says.
        """
        given = {
            "budget": self.budget,
            "max_change": self.max_change,
            "exploration": self.exploration,
        }
        changes: dict[str, Any] = {k: value for k, value in given.items() if value is not None}
        if self.freeze:
            changes = {"max_change": None, "exploration": 0.0, **changes, "freeze": True}
        return replace(request, **changes)


def plan_from_file(path: Path, options: BudgetOptions | None = None) -> BudgetPlan:
    """Plan what a file asks.

    Raises:
        InputError: the file has mistakes, or what it asks contradicts itself.
        ConvergenceError: the solver stopped without an optimum.
    """
    return plan_of(read_budget_file(path), options or BudgetOptions())


def plan_of(request: PlanRequest, options: BudgetOptions) -> BudgetPlan:
    """Plan what a request asks, with options in place of its own.

    Raises:
        InputError: what it asks contradicts itself.
        ConvergenceError: the solver stopped without an optimum.
    """
    return allocate(
        options.apply(request),
        target_value=options.target_value,
        marginal_return=options.marginal_return,
    )


def plan_from_arguments(
    campaigns: Sequence[PlannedCampaign | Mapping[str, Any]] | Frame,
    budget: float,
    constraints: BudgetConstraints | Mapping[str, Any] | None = None,
) -> BudgetPlan:
    """Plan what a caller asks; see ``MarketingIntelligence.optimize_budget_allocation``."""
    return allocate(budget_request(campaigns, budget, constraints))


def verify_file(path: Path) -> Verification:
    """Check a plan in JSON by its certificate, without a solver.

    Raises:
        InputError: the file is not JSON, or not a plan.
    """
    return verify(read_plan(path))


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Plans side by side.

    Attributes:
        plans: as JSON, by name of their files.
        changed: the same after a change of the market; empty without one.
    """

    plans: Mapping[str, Mapping[str, Any]]
    changed: Mapping[str, ChangedValue]


def compare_files(paths: Sequence[Path], market: Sequence[str] = ()) -> Scenarios:
    """Plans of files side by side.

    Args:
        paths: plans in JSON, or files that ask for one.
        market: a change of the market, see ``MarketChange.parse``; empty for none.

    Raises:
        InputError: a file is neither or given twice, plans are in different currencies, or the
            change is wrong.
    """
    change = MarketChange.parse(market) if market else None
    _check_different(paths)
    unique = len({path.name for path in paths}) == len(paths)
    plans = {path.name if unique else str(path): _scenario(path) for path in paths}
    _check_currencies(plans)
    if change is None:
        return Scenarios(plans, {})
    changed = changed_values(list(plans.values()), change)
    return Scenarios(plans, dict(zip(plans, changed, strict=True)))


def _check_different(paths: Sequence[Path]) -> None:
    for number, path in enumerate(paths):
        if path in paths[:number]:
            raise InputError(f"{path} is given twice; a plan is compared with other plans")


def _check_currencies(plans: Mapping[str, Mapping[str, Any]]) -> None:
    if len({plan.get("currency") for plan in plans.values()}) > 1:
        listed = ", ".join(f"{name} in {plan.get('currency')}" for name, plan in plans.items())
        raise InputError(
            f"plans in different currencies cannot be compared: {listed}; convert them into one"
        )


def _scenario(path: Path) -> dict[str, Any]:
    """A plan as JSON: one that is stored as JSON, or that of a file that asks for one."""
    if path.suffix == ".json":
        return _checked_plan(path)
    return plan_json(plan_from_file(path))


def _checked_plan(path: Path) -> dict[str, Any]:
    """A plan in JSON whose figures agree, as those of a comparison must."""
    plan = read_plan(path)
    faults = verify(plan).faults
    if faults:
        raise InputError(f"{path} cannot be compared, as `budget verify` finds faults: {faults[0]}")
    return plan


def read_plan(path: Path) -> dict[str, Any]:
    """A plan in JSON.

    Raises:
        InputError: the file cannot be read, or is not a plan.
    """
    try:
        plan = json.loads(read_text(path, "plan"))
    except ValueError as error:
        raise InputError(f"the plan {path} is not JSON: {error}") from error
    if not isinstance(plan, dict) or "allocations" not in plan:
        raise InputError(f"{path} is not a plan, as `budget plan --out` writes it")
    return plan
