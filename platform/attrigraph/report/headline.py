"""The sentence on top of the report: what came out, of how much, in which period."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attrigraph.report.formats import headline_amount

if TYPE_CHECKING:
    from datetime import date

    from attrigraph.domain import Amount, Attribution, ModelCredits


@dataclass(frozen=True, slots=True)
class Headline:
    """The sentence and the amounts in it.

    Attributes:
        sentence: without markup; names in it are from the data.
        credited: what touches are credited with.
        captured: what was captured at the moment of purchase.
        baseline: what no touch is credited with.
        observed: all three together.
        unit: what the amounts are, as a word after them.
    """

    sentence: str
    credited: float
    captured: float
    baseline: float
    observed: float
    unit: str


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
    unit = (attribution.currency or "of value") if of_value else "conversions"
    name = "value" if of_value else "conversions"

    def amount(part: Amount) -> float:
        number: float = getattr(part, name)
        return number

    credited = math.fsum(getattr(credit, name) for credit in model.credits)
    captured, baseline = amount(model.captured), amount(model.baseline)
    observed = getattr(attribution.observed, name)
    things = f"{unit} of conversions {scope}" if scope and of_value else f"{unit} {scope}".strip()
    sentence = _sentence(model, credited, captured, baseline, observed, things)
    when = "" if period is None else f"From {_day(period[0])} to {_day(period[1])}, "
    sentence = when + (sentence if when else f"{sentence[0].upper()}{sentence[1:]}")
    return Headline(sentence, credited, captured, baseline, observed, unit)


def _sentence(
    model: ModelCredits,
    credited: float,
    captured: float,
    baseline: float,
    observed: float,
    things: str,
) -> str:
    share = f" ({credited / observed:.0%})" if observed else ""
    parts = f"{headline_amount(credited)} of {headline_amount(observed)} {things}{share}"
    shown, rest = headline_amount(captured), headline_amount(baseline)
    at_purchase = f", {shown} were captured at the moment of purchase" if captured else ""
    if not model.incremental:
        return (
            f"the rule {model.model} credits touches with {parts}; the baseline, which no touch is "
            f"credited with, is {rest}. Rules do not measure what marketing caused."
        )
    unsure = _not_identified(model, things)
    return (
        f"marketing caused {parts} by {model.model}{unsure}{at_purchase}; the baseline, which "
        f"would have come without any touch, is {rest}."
    )


def _not_identified(model: ModelCredits, things: str) -> str:
    """What part of the credit the data cannot show."""
    name = "conversions" if things.startswith("conversions") else "value"
    open_credits = [credit for credit in model.credits if credit.identified is False]
    if not open_credits:
        return ""
    part = math.fsum(getattr(credit, name) for credit in open_credits)
    if len(open_credits) == len(model.credits):
        return ", none of which the data can show"
    return f", {headline_amount(part)} of which the data cannot show"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
