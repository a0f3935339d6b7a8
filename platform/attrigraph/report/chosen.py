"""The one model that the report shows large, and its credit by key as bars."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from attrigraph.attribution.models import SHOWN_RULES
from attrigraph.domain.returns import NO_RETURN
from attrigraph.report.causal import decimals_of
from attrigraph.report.formats import decimals_shown, money_column, rounded
from attrigraph.report.strips import Scale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from attrigraph.domain import Attribution, Credit, ModelCredits
    from attrigraph.domain.returns import Return
    from attrigraph.report.strips import Strip


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """A key in the table of money.

    Attributes:
        credit: its credit.
        label: what people read in the place of its key.
        amount: credited value, or conversions where no conversion has a value.
        ends: the 90 % interval of the amount; None without one, or if it is not identified.
        strip: both as a picture.
    """

    credit: Credit
    label: str
    amount: float
    ends: tuple[float, float] | None
    strip: Strip

    @property
    def returns(self) -> Return:
        """Cost and return on it, as far as they are known."""
        return self.credit.returns or NO_RETURN


@dataclass(frozen=True, slots=True)
class Money:
    """The table of one level.

    Attributes:
        model: the model it is by.
        unit: ``value`` or ``conversions``.
        rows: the keys, largest amounts first.
        hidden: how many more there are.
        decimals: of the amounts.
        conversions: how conversions are written.
        cost: how costs are written.
    """

    model: ModelCredits
    unit: str
    rows: tuple[MoneyRow, ...]
    hidden: int
    decimals: int
    conversions: Callable[[float], str]
    cost: Callable[[float], str]

    @property
    def has_costs(self) -> bool:
        """Whether the cost of a key is known."""
        return any(one.cost is not None for one in self._returns())

    @property
    def has_intervals(self) -> bool:
        """Whether a key has an interval, or is not identified."""
        return any(row.ends is not None or row.credit.identified is False for row in self.rows)

    @property
    def has_returns(self) -> bool:
        """Whether a key has a return on its cost, or a cost per conversion without values."""
        return any(getattr(one, self._return) is not None for one in self._returns())

    @property
    def has_return_intervals(self) -> bool:
        """Whether a return has an interval."""
        return any(one.roas_low is not None for one in self._returns())

    @property
    def is_withheld(self) -> bool:
        """Whether costs are known, and a key with a cost or credit has no return on it."""
        return self.has_costs and any(
            getattr(row.returns, self._return) is None
            for row in self.rows
            if row.returns.cost is not None or row.amount > 0
        )

    @property
    def known_cost(self) -> float:
        """The known cost of all keys, those that are not shown included."""
        return math.fsum((one.returns or NO_RETURN).cost or 0.0 for one in self.model.credits)

    @property
    def _return(self) -> str:
        return "roas" if self.unit == "value" else "cost_per_conversion"

    def _returns(self) -> Iterator[Return]:
        return (row.returns for row in self.rows)


def chosen_model(models: Iterable[ModelCredits]) -> ModelCredits | None:
    """The model to show large: the first that estimates causes, else a simple rule."""
    known = {model.model: model for model in models}
    causal = next((model for model in known.values() if model.incremental), None)
    rule = next((known[name] for name in SHOWN_RULES if name in known), None)
    return causal or rule or next(iter(known.values()), None)


def credited(attribution: Attribution, model: ModelCredits, *, max_rows: int) -> Money:
    """The table of money of one level by one model."""
    unit = "value" if attribution.observed.value else "conversions"
    credits = sorted(model.credits, key=lambda credit: -getattr(credit, unit))
    shown = credits[:max_rows]
    amounts = [(getattr(credit, unit), _ends(credit, unit)) for credit in shown]
    scale = Scale.over(end for amount, ends in amounts for end in (amount, *(ends or ())))
    labels = attribution.labels()
    rows = tuple(
        MoneyRow(credit, labels[credit.key], amount, ends, scale.strip(amount, ends))
        for credit, (amount, ends) in zip(shown, amounts, strict=True)
    )
    conversions = decimals_of(model, attribution.observed.conversions)
    largest = decimals_shown(max((abs(amount) for amount, _ in amounts), default=0.0))
    return Money(
        model,
        unit,
        rows,
        hidden=len(credits) - len(shown),
        decimals=largest if unit == "value" else conversions,
        conversions=partial(rounded, decimals=conversions),
        cost=money_column(row.returns.cost for row in rows),
    )


def _ends(credit: Credit, unit: str) -> tuple[float, float] | None:
    if credit.identified is False:
        return None
    low, high = (
        (credit.value_low, credit.value_high) if unit == "value" else (credit.low, credit.high)
    )
    return None if low is None or high is None else (low, high)
