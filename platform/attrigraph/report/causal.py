"""What the first screen shows of causal models: three parts, what is identified, and triggers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.domain.decimals import meaningful_decimals
from attrigraph.domain.reasons import shared_sentences
from attrigraph.report.formats import decimals_shown, rounded
from attrigraph.report.trigger_picture import picture

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.domain import Attribution, Credit, ModelCredits, TriggeredShare
    from attrigraph.report.trigger_picture import Picture

MAX_PAIRS: Final = 12
"""Maximum pairs of channels in the picture and its table."""


@dataclass(frozen=True, slots=True)
class Row:
    """A channel of a causal model.

    Attributes:
        credit: its credit.
        cost: of its touches, currency; None where it is unknown.
    """

    credit: Credit
    cost: float | None

    @property
    def roas(self) -> float | None:
        """Return on advertising spend, value / cost; None unless both are known and identified."""
        if self.credit.returns is not None:
            return self.credit.returns.roas
        return self._per_cost(self.credit.value)

    @property
    def roas_ends(self) -> tuple[float, float] | None:
        """The 90 % interval of ``roas``; None without one."""
        returns = self.credit.returns
        if returns is not None:
            low, high = returns.roas_low, returns.roas_high
            return None if low is None or high is None else (low, high)
        low, high = (self._per_cost(end) for end in (self.credit.value_low, self.credit.value_high))
        return None if low is None or high is None else (low, high)

    def _per_cost(self, value: float | None) -> float | None:
        if value is None or not self.cost or self.credit.identified is False:
            return None
        return value / self.cost


@dataclass(frozen=True, slots=True)
class CausalSummary:
    """One causal model on the first screen.

    Attributes:
        model: its answer by channel.
        caused: sum of its credits, conversions.
        decimals: of its conversions, as far as the intervals leave them meaningful.
        rows: its channels, in the order of the model.
        reasons: why channels of these rows are not identified and what to do, one sentence each.
        tested: whether the model tests what is identified.
        shares: the largest shares of triggered touches.
        hidden: how many more there are.
        picture: of these shares; None without any.
    """

    model: ModelCredits
    caused: float
    decimals: int
    rows: tuple[Row, ...]
    reasons: tuple[str, ...]
    tested: bool
    shares: tuple[TriggeredShare, ...]
    hidden: int
    picture: Picture | None

    @property
    def not_identified(self) -> float:
        """The part of ``caused`` that is not identified, conversions."""
        credits = self.model.credits
        return math.fsum(one.conversions for one in credits if one.identified is False)

    @property
    def all_open(self) -> bool:
        """Whether no channel is identified."""
        return all(one.identified is False for one in self.model.credits)

    @property
    def has_costs(self) -> bool:
        """Whether a channel has a cost."""
        return any(row.cost for row in self.rows)

    @property
    def has_roas(self) -> bool:
        """Whether a channel has a return on advertising spend."""
        return any(row.roas is not None for row in self.rows)

    def shown(self, conversions: float) -> str:
        """How conversions of this model are written."""
        return rounded(conversions, self.decimals)


def summaries(
    attribution: Attribution,
    colour: Mapping[str | None, str],
    *,
    costs: Mapping[str | None, float],
    max_rows: int,
) -> list[CausalSummary]:
    """The causal models of an attribution by channel.

    Args:
        attribution: by channel.
        colour: of each channel.
        costs: of each channel, currency, where it is known.
        max_rows: maximum channels of a table.
    """
    return [
        _summary(model, attribution.observed.conversions, colour, costs, max_rows)
        for model in attribution.models.values()
        if model.incremental
    ]


def _summary(
    model: ModelCredits,
    conversions: float,
    colour: Mapping[str | None, str],
    costs: Mapping[str | None, float],
    max_rows: int,
) -> CausalSummary:
    shares, credits = model.triggered[:MAX_PAIRS], model.credits[:max_rows]
    open_keys = {credit.key: credit.reasons for credit in credits if credit.identified is False}
    return CausalSummary(
        model=model,
        caused=math.fsum(credit.conversions for credit in model.credits),
        decimals=decimals_of(model, conversions),
        rows=tuple(Row(credit, costs.get(credit.key)) for credit in credits),
        reasons=tuple(shared_sentences(open_keys)),
        tested=any(credit.identified is not None for credit in model.credits),
        shares=shares,
        hidden=len(model.triggered) - len(shares),
        picture=picture(shares, colour) if shares else None,
    )


def decimals_of(model: ModelCredits, conversions: float) -> int:
    """Decimals of a model's conversions, without those that intervals leave meaningless.

    Args:
        model: what it credits.
        conversions: all that were observed; they decide where the model has no intervals.
    """
    ends = [(credit.low, credit.high) for credit in model.credits]
    known = [(low, high) for low, high in ends if low is not None and high is not None]
    return meaningful_decimals(known) if known else decimals_shown(conversions)
