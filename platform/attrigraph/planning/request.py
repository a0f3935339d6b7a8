"""What a person asks of a plan: campaigns with curves, groups, synergies, limits, a period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attrigraph.quantities import enumerated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from attrigraph.planning.related_campaigns import RelatedCampaigns
    from attrigraph.planning.responses import Response


@dataclass(frozen=True, slots=True)
class Borrowed:
    """Where the curve of a campaign is from, if it is not measured.

    Attributes:
        campaigns: ids of those with the largest weights, the largest first.
        weights: of them, 0 to 1.
        common_weight: of the mean of all campaigns; campaigns that are not named have the rest.
    """

    campaigns: tuple[str, ...]
    weights: tuple[float, ...]
    common_weight: float

    def words(self) -> str:
        """The campaigns with their weights: ``a (0.31), b (0.20) and the mean of all (0.45)``."""
        rows = zip(self.campaigns, self.weights, strict=True)
        named = [f"{name} ({weight:.2f})" for name, weight in rows]
        return enumerated([*named, f"the mean of all ({self.common_weight:.2f})"])


@dataclass(frozen=True, slots=True)
class PlannedCampaign:
    """One campaign of a plan.

    Attributes:
        id: unique among campaigns and groups.
        minimum: least spend in the period, in money.
        maximum: most spend in the period, in money.
        response: value by spend, both for the period and in money; None for a campaign that acts
            only through the response of a group.
        old: spend of the plan before, in money, if known.
        whole: whether it spends its minimum or its maximum and nothing between.
        envelope: whether a curve that is not concave may be replaced by its envelope.
        borrowed: where the response is from, if it is that of other campaigns.
    """

    id: str
    minimum: float
    maximum: float
    response: Response | None
    old: float | None = None
    whole: bool = False
    envelope: bool = False
    borrowed: Borrowed | None = None


@dataclass(frozen=True, slots=True)
class CampaignGroup:
    """Campaigns with a common limit, or a common response to the sum of their spend.

    Attributes:
        id: unique among campaigns and groups.
        members: ids of campaigns and of other groups.
        minimum: least spend of all members, in money.
        maximum: most spend of all members, in money, if limited.
        response: value by spend of all members; None without one.
        envelope: whether a curve that is not concave may be replaced by its envelope.
    """

    id: str
    members: tuple[str, ...]
    minimum: float = 0.0
    maximum: float | None = None
    response: Response | None = None
    envelope: bool = False


@dataclass(frozen=True, slots=True)
class CampaignSynergy:
    """Value that campaigns bring together.

    Attributes:
        members: ids of two or more campaigns.
        value: in money.
        at: spend of each member at which they bring it, above 0, in money; None for their maxima.
    """

    members: tuple[str, ...]
    value: float
    at: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class MeasureLimit:
    """A limit on another measure, such as grams of CO2.

    Attributes:
        measure: its name, unique among limits.
        weights: amount of the measure per unit of money, by campaign; others have none of it.
        minimum: least amount, if limited.
        maximum: most, if limited.
    """

    measure: str
    weights: Mapping[str, float]
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """A whole question.

    Attributes:
        campaigns: at least one.
        budget: in money, for the whole period.
        currency: of all money, as ISO 4217; None where it is not stated.
        start: first day of the period; None where it is not stated.
        end: last day of the period.
        groups: limits and responses of several campaigns.
        synergies: values of campaigns together.
        limits: on other measures.
        season: factor of all responses in the period.
        max_change: largest relative change of a campaign's spend against the old plan.
        freeze: whether the old plan is kept; excludes a largest change and exploration.
        exploration: share of the budget that goes where draws of the curves send it, in [0, 1).
        related: campaigns that may take from or help each other; they change no number. None where
            they were not looked for.
    """

    campaigns: tuple[PlannedCampaign, ...]
    budget: float
    currency: str | None = None
    start: date | None = None
    end: date | None = None
    groups: tuple[CampaignGroup, ...] = ()
    synergies: tuple[CampaignSynergy, ...] = ()
    limits: tuple[MeasureLimit, ...] = ()
    season: float = 1.0
    max_change: float | None = None
    freeze: bool = False
    exploration: float = 0.0
    related: RelatedCampaigns | None = None

    @property
    def period(self) -> tuple[date, date] | None:
        """First and last day, if they were given."""
        return None if self.start is None or self.end is None else (self.start, self.end)

    @property
    def explored(self) -> float:
        """The part of the budget that explores, in money."""
        return self.exploration * self.budget

    @property
    def unit(self) -> str:
        """The currency as it follows an amount."""
        return "" if self.currency is None else f" {self.currency}"
