"""The sentence on top of the report: what came out, of how much, in which period."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attrigraph.report.formats import headline_amount, rounded

if TYPE_CHECKING:
    from datetime import date

    from attrigraph.domain import Amount, Attribution, ModelCredits

MIN_WHOLE: Final = 100
"""Observed amounts from which no amount has decimals."""


ABOUT_NEGATIVE: Final = (
    "Below 0 means that fewer people bought than would have without marketing; where an interval "
    "contains 0 it may be chance."
)


@dataclass(frozen=True, slots=True)
class Headline:
    """The sentence and the amounts in it.

    Attributes:
        sentence: what came out, without markup; names in it are from the data.
        rest: what became of the remainder, as sentences.
        credited: what touches are credited with.
        captured: what was captured at the moment of purchase.
        baseline: what no touch is credited with.
        observed: all three together.
        unit: what the amounts are, as a word after them.
        name: ``value`` or ``conversions``.
    """

    sentence: str
    rest: str
    credited: float
    captured: float
    baseline: float
    observed: float
    unit: str
    name: str

    def shown(self, amount: float) -> str:
        """How an amount is written: without decimals where all of it is a large number."""
        return rounded(amount, 0) if abs(self.observed) >= MIN_WHOLE else headline_amount(amount)


def headline(
    attribution: Attribution,
    model: ModelCredits,
    period: tuple[date, date] | None,
    scope: str = "",
) -> Headline:
    """What one model credits of all that was observed.

    Args:
        attribution: the answer by channel.
        model: one of its models.
        period: first and last day of the data; None without times.
        scope: the kinds of conversions it is about, such as ``of the kind purchase``; empty where
            there is one kind.
    """
    of_value = attribution.observed.value != 0
    unit = (attribution.currency or "in value") if of_value else "conversions"
    name = "value" if of_value else "conversions"

    def amount(part: Amount) -> float:
        number: float = getattr(part, name)
        return number

    credited = math.fsum(getattr(credit, name) for credit in model.credits)
    captured, baseline = amount(model.captured), amount(model.baseline)
    observed = getattr(attribution.observed, name)
    found = Headline("", "", credited, captured, baseline, observed, unit, name)
    of_what = f" from conversions {scope}" if scope and of_value else f" {scope}" if scope else ""
    sentence = _sentence(model, found, of_what)
    when = "" if period is None else f"From {_day(period[0])} to {_day(period[1])}, "
    sentence = when + (sentence if when else f"{sentence[0].upper()}{sentence[1:]}")
    return replace(found, sentence=sentence, rest=_rest(model, found))


def _sentence(model: ModelCredits, found: Headline, of_what: str) -> str:
    shown = found.shown
    share = f" ({found.credited / found.observed:.0%})" if found.observed else ""
    parts = f"{shown(found.credited)} of {shown(found.observed)} {found.unit}{share}{of_what}"
    if model.incremental and _is_open(model):
        return (
            f"the {model.model} model credits marketing with {parts}, but the data cannot show "
            "what it caused."
        )
    if model.incremental:
        return (
            f"marketing caused {parts}, by the {model.model} model{_not_identified(model, found)}."
        )
    return f"the rule {model.model} credits touches with {parts}."


def _rest(model: ModelCredits, found: Headline) -> str:
    shown = found.shown
    if not model.incremental:
        return (
            f"The baseline, which no touch is credited with, is {shown(found.baseline)}. Rules do "
            "not measure what marketing caused."
        )
    if _is_open(model):
        baseline = "baseline, which is credited to no touch."
    else:
        baseline = "baseline, which would have come without any touch."
    captured = f"{shown(found.captured)} captured at the moment of purchase, and "
    rest = f"The rest is {captured if found.captured else ''}{shown(found.baseline)} {baseline}"
    return rest if found.credited >= 0 else f"{rest} {ABOUT_NEGATIVE}"


def _is_open(model: ModelCredits) -> bool:
    """Whether there is credit, and none of it is identified."""
    return bool(model.credits) and all(credit.identified is False for credit in model.credits)


def _not_identified(model: ModelCredits, found: Headline) -> str:
    """What part of the credit the data cannot show."""
    part = math.fsum(
        getattr(credit, found.name) for credit in model.credits if credit.identified is False
    )
    shown = found.shown(part)
    return "" if shown == found.shown(0) else f"; the data cannot confirm {shown} of it"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
