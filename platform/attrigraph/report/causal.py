"""What the first screen shows of causal models: three parts, what is identified, and triggers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.domain.reasons import sentence
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
        sentences: why it is not identified and what to do; empty if it is, or is not tested.
    """

    credit: Credit
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CausalSummary:
    """One causal model on the first screen.

    Attributes:
        model: its answer by channel.
        caused: sum of its credits, conversions.
        rows: its channels, in the order of the model.
        tested: whether the model tests what is identified.
        shares: the largest shares of triggered touches.
        hidden: how many more there are.
        picture: of these shares; None without any.
    """

    model: ModelCredits
    caused: float
    rows: tuple[Row, ...]
    tested: bool
    shares: tuple[TriggeredShare, ...]
    hidden: int
    picture: Picture | None


def summaries(
    attribution: Attribution, colour: Mapping[str | None, str], *, max_rows: int
) -> list[CausalSummary]:
    """The causal models of an attribution by channel.

    Args:
        attribution: by channel.
        colour: of each channel.
        max_rows: maximum channels of a table.
    """
    return [
        _summary(model, colour, max_rows)
        for model in attribution.models.values()
        if model.incremental
    ]


def _summary(model: ModelCredits, colour: Mapping[str | None, str], max_rows: int) -> CausalSummary:
    shares = model.triggered[:MAX_PAIRS]
    return CausalSummary(
        model=model,
        caused=sum(credit.conversions for credit in model.credits),
        rows=tuple(_row(credit) for credit in model.credits[:max_rows]),
        tested=any(credit.identified is not None for credit in model.credits),
        shares=shares,
        hidden=len(model.triggered) - len(shares),
        picture=picture(shares, colour) if shares else None,
    )


def _row(credit: Credit) -> Row:
    if credit.identified is not False:
        return Row(credit, ())
    return Row(credit, tuple(sentence(reason, credit.key) for reason in credit.reasons))
