"""Money per channel, campaign and creative: credited value, cost and return by one model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attrigraph.domain.key_labels import key_labels
from attrigraph.report.chosen import chosen_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from attrigraph.domain import Attribution, Credit
    from attrigraph.domain.returns import SpendLine, SpendSummary


@dataclass(frozen=True, slots=True)
class MoneyTable:
    """What one model's credit returned on the cost of each key of a level.

    Attributes:
        by: the level.
        model: name of the model that the page is about, see ``chosen_model``.
        currency: of every amount; None where it is not known.
        rows: credits of keys with a cost, the largest cost first.
        hidden: how many more there are.
        has_intervals: whether a return has an interval.
        summary: how spend and touches were matched; None without spend.
        labels: what people read in the place of keys.
    """

    by: str
    model: str
    currency: str | None
    rows: tuple[Credit, ...]
    hidden: int
    has_intervals: bool
    summary: SpendSummary | None
    labels: Mapping[str | None, str]

    @property
    def unit(self) -> str:
        """The currency as it follows an amount."""
        return "" if self.currency is None else f" {self.currency}"


def tables(levels: Sequence[Attribution], max_rows: int) -> Iterator[MoneyTable]:
    """One table per level at which a cost is known.

    Args:
        levels: one attribution each.
        max_rows: maximum rows of a table.
    """
    for answer in levels:
        table = _table(answer, max_rows)
        if table is not None:
            yield table


def _table(answer: Attribution, max_rows: int) -> MoneyTable | None:
    model = chosen_model(answer.models.values())
    if model is None:
        return None
    rows = sorted(
        (credit for credit in model.credits if _cost(credit) is not None),
        key=lambda credit: (-(_cost(credit) or 0.0), credit.key is None, credit.key or ""),
    )
    if not rows:
        return None
    return MoneyTable(
        answer.by,
        model.model,
        answer.currency,
        tuple(rows[:max_rows]),
        max(0, len(rows) - max_rows),
        any(row.returns is not None and row.returns.roas_low is not None for row in rows),
        answer.spend_summary,
        _labels(answer),
    )


def _labels(answer: Attribution) -> dict[str | None, str]:
    """Labels of all keys that the page may show: credited, or touched and without spend."""
    summary = answer.spend_summary
    further = () if summary is None else (key for key, _ in summary.without_spend)
    return key_labels((*answer.labels(), *further), answer.names)


def _cost(credit: Credit) -> float | None:
    return None if credit.returns is None else credit.returns.cost


def line_name(line: SpendLine) -> str:
    """What a line of spend is for, with its platform."""
    name = line.campaign_name or line.campaign or line.creative or line.channel or ""
    return name if line.platform is None else f"{line.platform}: {name}"
