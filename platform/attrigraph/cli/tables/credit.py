"""Credits as a table for people: one row per key, one column per model."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING, Final

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.domain import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

    from attrigraph.domain import Attribution, Credit, ModelCredits

NOT_INCREMENTAL: Final = (
    "not incremental: these rules divide the observed conversions among touches; they do not "
    "measure what marketing caused"
)
ABOUT_INTERVALS: Final = (
    "90 % bootstrap intervals: full for the first model, ± half-width for the others; P(> next): "
    "probability that a row is credited with more than the next one"
)
BASELINE: Final = "baseline"
INTERVAL: Final = "90 % interval"
RANKED_ABOVE: Final = "P(> next)"


def show(
    answer: Attribution, *, console: Console, values: bool = False, top: int | None = None
) -> None:
    """Print credits, the baseline and totals.

    Args:
        answer: what to show.
        console: what to print on.
        values: show credited value instead of conversions.
        top: how many keys have a row; one more row sums the credit of all others. None for all.
    """
    keys = _keys(answer)
    shown, others = keys[:top], keys[len(keys[:top]) :]
    what = "value" if values else "conversions"
    print_sentence(f"Credited {what} by {answer.by}", console=console)
    columns = [
        column
        for number, model in enumerate(answer.models.values())
        for column in _columns(model, shown, others, what, in_full=number == 0)
    ]
    rest = [f"and {len(others):,} more"] if others else []
    names = Column(answer.by, [*map(_name, shown), *rest, BASELINE, "total"])
    show_table(names, columns, console=console, ends=[len(shown) + len(rest) - 1])
    console.print()
    if others:
        print_sentence(
            f"{len(others):,} of {len(keys):,} rows are summed in one; --all shows each",
            console=console,
        )
    for line in _remarks(answer, what):
        print_sentence(line, console=console)


def _keys(answer: Attribution) -> list[str | None]:
    """The keys as the first model ranks them, then those that only others credit."""
    return list(
        dict.fromkeys(credit.key for model in answer.models.values() for credit in model.credits)
    )


def _columns(
    model: ModelCredits,
    keys: Sequence[str | None],
    others: Sequence[str | None],
    what: str,
    *,
    in_full: bool,
) -> list[Column]:
    """What is shown of a model: a cell per key, then the sum of others, baseline and total.

    The first model of an answer has its intervals in full and how sure the ranking is; each
    credit of the others has half the width of its interval after it.
    """
    by_key = {credit.key: credit for credit in model.credits}
    credits = [by_key.get(key) for key in keys]
    uncertain = _has_intervals(model, what)
    digits = _digits(model) if uncertain else 2
    sums = [
        *([_sum((by_key.get(key) for key in others), what)] if others else []),
        getattr(model.baseline, what),
        _total(model, what),
    ]
    cells = [
        *("" if credit is None else _number(getattr(credit, what), digits) for credit in credits),
        *(_number(amount, digits) for amount in sums),
    ]
    empty = [""] * len(sums)
    if not uncertain:
        return [Column(model.model, cells)]
    if in_full:
        ranked = [_probability(credit) for credit in credits]
        return [
            Column(model.model, cells),
            Column(INTERVAL, [*(_ends(c, digits) for c in credits), *empty], group=model.model),
            Column(RANKED_ABOVE, [*ranked, *empty], group=model.model),
        ]
    halves = [*(_half(credit, digits) for credit in credits), *empty]
    widest = max(map(len, halves))
    pairs = [f"{cell} {half:<{widest}}" for cell, half in zip(cells, halves, strict=True)]
    return [Column(model.model, pairs)]


def _has_intervals(model: ModelCredits, what: str) -> bool:
    return what == "conversions" and any(credit.low is not None for credit in model.credits)


def _digits(model: ModelCredits) -> int:
    """Decimals, 0 to 2, that the median width of the intervals leaves meaningful."""
    widths = [
        credit.high - credit.low
        for credit in model.credits
        if credit.low is not None and credit.high is not None and credit.high > credit.low
    ]
    return sum(median(widths) < limit for limit in (2.0, 20.0)) if widths else 2


def _ends(credit: Credit | None, digits: int) -> str:
    if credit is None or credit.low is None or credit.high is None:
        return ""
    return f"{_number(credit.low, digits)} to {_number(credit.high, digits)}"


def _half(credit: Credit | None, digits: int) -> str:
    if credit is None or credit.low is None or credit.high is None:
        return ""
    return f"±{_number((credit.high - credit.low) / 2, digits)}"


def _probability(credit: Credit | None) -> str:
    if credit is None or credit.prob_ranked_above_next is None:
        return ""
    return f"{credit.prob_ranked_above_next:.0%}"


def _name(key: str | None) -> str:
    return UNKNOWN if key is None else key


def _number(number: float, digits: int) -> str:
    return f"{number:,.{digits}f}"


def _sum(credits: Iterable[Credit | None], what: str) -> float:
    return math.fsum(getattr(credit, what) for credit in credits if credit is not None)


def _total(model: ModelCredits, what: str) -> float:
    baseline: float = getattr(model.baseline, what)
    return _sum(model.credits, what) + baseline


def _remarks(answer: Attribution, what: str) -> Iterator[str]:
    observed = answer.observed
    if any(_has_intervals(model, what) for model in answer.models.values()):
        yield ABOUT_INTERVALS
    yield (
        f"observed: {observed.journeys:,} journeys, {observed.conversions:,} conversions, "
        f"value {observed.value:,.2f}"
    )
    for model in answer.models.values():
        for note in model.notes:
            yield f"{model.model}: {note}"
        for assumption in model.assumptions:
            yield f"{model.model} assumes: {assumption}"
    rules = [model.model for model in answer.models.values() if not model.incremental]
    if rules:
        yield (
            NOT_INCREMENTAL
            if len(rules) == len(answer.models)
            else (f"{', '.join(rules)}: {NOT_INCREMENTAL}")
        )
    if answer.run is not None:
        yield f"run {answer.run}"
