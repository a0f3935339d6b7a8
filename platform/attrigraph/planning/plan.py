"""A budget plan as it is handed out: what to spend on each campaign, why, and the proof."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from attrigraph.planning.problem import NEAR

if TYPE_CHECKING:
    from datetime import date

    from attrigraph.planning.problem import Problem
    from attrigraph.planning.request import Borrowed, PlanRequest
    from attrigraph.planning.solution import Prices


class Reason(StrEnum):
    """Why a campaign gets what it gets."""

    EQUAL_RETURN = "equal-marginal-return"
    AT_MAXIMUM = "at-maximum"
    AT_MINIMUM = "at-minimum"
    FLAT_CURVE = "flat-curve"
    NEGATIVE_RETURN = "negative-return"
    NO_EVIDENCE = "no-evidence"
    GROUP_LIMIT = "group-limit"
    LARGEST_CHANGE = "largest-change"
    KEPT = "kept"
    ALL_OR_NOTHING = "all-or-nothing"


@dataclass(frozen=True, slots=True)
class Estimate:
    """An amount of money with its 90 % interval; both ends equal it where nothing is uncertain."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a plan gives to one campaign.

    Attributes:
        campaign: its id.
        spend: in money, exploration included.
        exploration: the part of the spend that explores, in money.
        low: lower end of the best spend over draws of the curves, in money.
        high: upper end of the same.
        old: spend of the plan before, in money, if known.
        marginal_return: value of the next unit of money here, synergies included.
        reason: why not more and not less.
        explanation: the reason in a sentence, with its numbers.
        next_1000: what the next 1,000 units of money here would bring by the curve alone, in money.
        identified: whether the data could answer what the campaign causes; true of curves that are
            given without draws.
        observed: largest spend that the data show, in money; the curve is extrapolated beyond. None
            where that is not stated.
        borrowed: where the curve is from, if it is that of other campaigns.
    """

    campaign: str
    spend: float
    exploration: float
    low: float
    high: float
    old: float | None
    marginal_return: float
    reason: Reason
    explanation: str
    next_1000: float
    identified: bool = True
    observed: float | None = None
    borrowed: Borrowed | None = None

    @property
    def is_extrapolated(self) -> bool:
        """Whether the spend is more than the data show."""
        return self.observed is not None and self.spend > self.observed * (1 + NEAR)


@dataclass(frozen=True, slots=True)
class BindingLimit:
    """A limit without which the plan would bring more.

    Attributes:
        limit: ``budget``, a group or another measure (their most), ``min of`` one of them,
            or ``min of``, ``max of``, ``largest increase of``, ``largest decrease of`` or ``freeze
            of`` a campaign.
        price: above 0, what one more unit of the limit would bring, in money; for a minimum, what
            one unit less would bring; for a change or a freeze, what one unit of further change
            would bring.
    """

    limit: str
    price: float


@dataclass(frozen=True, slots=True)
class SynergyUse:
    """A synergy in a plan.

    Attributes:
        campaigns: its members.
        value: what it brings in the plan, in money; 0 if it is not used.
        opens_at: marginal return of the budget below which the members together are worth running,
            if no other campaign gains from them.
    """

    campaigns: tuple[str, ...]
    value: float
    opens_at: float


@dataclass(frozen=True, slots=True)
class Certificate:
    """The proof of a plan: the problem in numbers, and prices that bound its best value.

    Attributes:
        problem: with the budget that was planned.
        prices: see ``attrigraph.planning.bound``.
        bound: the most that any plan can bring, in money.
        value: what this plan brings by the same pieces, in money.
    """

    problem: Problem
    prices: Prices
    bound: float
    value: float

    @property
    def gap(self) -> float:
        """How far the plan may be from the best one, in money; rounding at most if it is best."""
        return self.bound - self.value


@dataclass(frozen=True, slots=True)
class ValueChange:
    """What a plan brings more than the old one in one place; less if negative.

    Attributes:
        name: a campaign, a group with a response, or ``synergies`` for all synergies.
        value: the difference in money.
    """

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A plan and the one before, both in the period of the plan and by its curves.

    Attributes:
        spent: by the old plan, in money.
        value: what the old plan would bring.
        gain: what the new plan brings more; its interval is that of the differences by draw.
        changes: where the gain comes from; they add up to it.
    """

    spent: float
    value: Estimate
    gain: Estimate
    changes: tuple[ValueChange, ...]


@dataclass(frozen=True, slots=True)
class InformationValue:
    """What a test of one campaign would add to the value of the plan.

    Attributes:
        campaign: its id.
        value: expected value in money, at least 0; see ``attrigraph.planning.measure_next``.
    """

    campaign: str
    value: float


@dataclass(frozen=True, slots=True)
class BudgetPlan:
    """A plan for a named period.

    Attributes:
        allocations: one per campaign, in the order of the request.
        spent: in money.
        budget: what was to be spent, in money.
        left_over: what no campaign may take, in money.
        exploration: the part of the spend that explores, in money.
        value: what the plan brings, by the curves, with its interval.
        old: the plan before and the gain over it; None where an old spend is not known.
        regret: what perfect knowledge of all curves would add, its mean and its interval over
            draws, in money; None without draws.
        marginal_return: value of the next unit of the budget.
        limits: those that bind, the most expensive first.
        synergies: used and unused ones, the most valuable first.
        measure_next: campaigns by what a test that leaves nothing open would add; none without
            draws.
        envelope_gaps: by campaign or group with a curve that is not concave, in money.
        certificate: proof of the optimum, of what does not explore.
        method: ``fill``, ``lp``, ``mip`` or ``cuts``.
        request: what was asked, with the budget that was planned.
    """

    allocations: tuple[Allocation, ...]
    spent: float
    budget: float
    left_over: float
    exploration: float
    value: Estimate
    old: Comparison | None
    regret: Estimate | None
    marginal_return: float
    limits: tuple[BindingLimit, ...]
    synergies: tuple[SynergyUse, ...]
    measure_next: tuple[InformationValue, ...]
    envelope_gaps: dict[str, float]
    certificate: Certificate
    method: str
    request: PlanRequest

    @property
    def period(self) -> tuple[date, date] | None:
        """First and last day, if they were given."""
        return self.request.period

    @property
    def currency(self) -> str | None:
        """Of all money, if it was given."""
        return self.request.currency

    @property
    def without_evidence(self) -> tuple[Allocation, ...]:
        """What campaigns get of which the data do not show what they cause."""
        return tuple(own for own in self.allocations if not own.identified)

    @property
    def borrowed(self) -> dict[str, Borrowed]:
        """Where curves are from, by campaign whose curve is that of others."""
        return {own.campaign: own.borrowed for own in self.allocations if own.borrowed is not None}

    @property
    def extrapolated(self) -> dict[str, float]:
        """Largest spend that the data show, by campaign that is planned beyond it, in money."""
        return {
            own.campaign: own.observed
            for own in self.allocations
            if own.observed is not None and own.is_extrapolated
        }

    @property
    def reasons(self) -> dict[str, str]:
        """The explanation of each campaign, by its id."""
        return {a.campaign: a.explanation for a in self.allocations}
