"""Credits as a table for people: one row a key, one column a model."""

from __future__ import annotations

import textwrap
from statistics import median
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attrigraph.domain import (
        Attribution,
        Credit,
        ModelCredits,
        RemovalEstimate,
    )

Column = list[str]
"""A head, and a cell for each line below it."""

NOT_INCREMENTAL: Final = (
    "not incremental: these rules share conversions out; they do not measure what marketing caused"
)
ABOUT_INTERVALS: Final = (
    "90 % intervals are over redrawn customers, in full for the first model, as ± half their width "
    "for the others; ahead: chance that a line is ahead of the next one"
)
UNKNOWN: Final = "(unknown)"
ORGANIC: Final = "organic"
INTERVAL: Final = "90 % interval"
AHEAD: Final = "ahead"

_LONGEST_KEY: Final = 40
_NARROWEST: Final = 60
_BETWEEN: Final = 3


def show(answer: Attribution, *, values: bool = False, console: Console | None = None) -> None:
    """Print credits, the organic line and totals.

    Args:
        answer: what models answered.
        values: show credited value instead of conversions.
        console: where to; stdout when None.
    """
    console = console or Console()
    keys = _keys(answer)
    what = "value" if values else "conversions"
    console.print(Text(f"Credited {what} by {answer.by}"))
    for columns in _columns_that_fit(answer, keys, what, console.width):
        console.print(_table(answer, columns, keys))
        console.print()
    for model in answer.models.values():
        if model.checks:
            _show_checks(model, console)
    for line in _remarks(answer, what):
        console.print(Text(line))


def _keys(answer: Attribution) -> list[str | None]:
    """The keys as the first model ranks them, then those that only others know."""
    return list(
        dict.fromkeys(credit.key for model in answer.models.values() for credit in model.credits)
    )


def _columns_that_fit(
    answer: Attribution, keys: Sequence[str | None], what: str, width: int
) -> Iterator[list[Column]]:
    """The columns of models, in groups that fit beside the keys."""
    room = max(width, _NARROWEST) - max(map(len, [answer.by, ORGANIC, *map(_name, keys)]))
    group: list[Column] = []
    taken = 0
    for place, model in enumerate(answer.models.values()):
        columns = _columns(model, keys, what, in_full=place == 0)
        wide = sum(max(map(len, column)) + _BETWEEN for column in columns)
        if group and taken + wide > room:
            yield group
            group, taken = [], 0
        group += columns
        taken += wide
    yield group


def _columns(
    model: ModelCredits, keys: Sequence[str | None], what: str, *, in_full: bool
) -> list[Column]:
    """What is shown of a model: head, a cell for each key, then organic and total.

    The first model of an answer has its intervals in full and how sure the ranking is; of the
    others each credit has half the width of its interval beside it.
    """
    line = {credit.key: credit for credit in model.credits}
    credits = [line.get(key) for key in keys]
    uncertain = _has_intervals(model, what)
    digits = _digits(model) if uncertain else 2
    cells = [
        *("" if credit is None else _number(getattr(credit, what), digits) for credit in credits),
        _number(getattr(model.organic, what), digits),
        _number(_total(model, what), digits),
    ]
    if not uncertain:
        return [[model.model, *cells]]
    if in_full:
        ends = [_ends(credit, digits) for credit in credits]
        ahead = [_chance(credit) for credit in credits]
        return [[model.model, *cells], [INTERVAL, *ends, "", ""], [AHEAD, *ahead, "", ""]]
    halves = [*(_half(credit, digits) for credit in credits), "", ""]
    wide = max(map(len, halves))
    beside = (f"{cell} {half:<{wide}}" for cell, half in zip(cells, halves, strict=True))
    return [[model.model, *beside]]


def _table(answer: Attribution, columns: Sequence[Column], keys: Sequence[str | None]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
    table.add_column(answer.by, no_wrap=True)
    for column in columns:
        table.add_column(column[0], justify="right", no_wrap=True)
    names = [*map(_name, keys), ORGANIC, "total"]
    for i, name in enumerate(names, start=1):
        table.add_row(Text(name), *(column[i] for column in columns), end_section=i == len(keys))
    return table


def _has_intervals(model: ModelCredits, what: str) -> bool:
    return what == "conversions" and any(credit.low is not None for credit in model.credits)


def _digits(model: ModelCredits) -> int:
    """Decimals to which the middle one of the intervals leaves a meaning: 0 to 2."""
    wide = [
        credit.high - credit.low
        for credit in model.credits
        if credit.low is not None and credit.high is not None and credit.high > credit.low
    ]
    return sum(median(wide) < limit for limit in (2.0, 20.0)) if wide else 2


def _ends(credit: Credit | None, digits: int) -> str:
    if credit is None or credit.low is None or credit.high is None:
        return ""
    return f"{_number(credit.low, digits)} to {_number(credit.high, digits)}"


def _half(credit: Credit | None, digits: int) -> str:
    if credit is None or credit.low is None or credit.high is None:
        return ""
    return f"±{_number((credit.high - credit.low) / 2, digits)}"


def _chance(credit: Credit | None) -> str:
    if credit is None or credit.ahead_of_next is None:
        return ""
    return f"{credit.ahead_of_next:.0%}"


def _name(key: str | None) -> str:
    return UNKNOWN if key is None else textwrap.shorten(key, _LONGEST_KEY, placeholder="…") or key


def _number(number: float, digits: int) -> str:
    return f"{number:,.{digits}f}"


def _total(model: ModelCredits, what: str) -> float:
    credited: float = sum(getattr(credit, what) for credit in model.credits)
    organic: float = getattr(model.organic, what)
    return credited + organic


def _show_checks(model: ModelCredits, console: Console) -> None:
    """How far a model's removals can be trusted: two other methods, and how strong a hidden cause.

    A figure of another method is marked where the model's lies outside its 95 % interval.
    """
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
    table.add_column("channel", no_wrap=True)
    for head in (f"by {model.model}", "by double ML", "by inv. propensity", "E-value"):
        table.add_column(head, justify="right", no_wrap=True)
    strength = {credit.key: credit.e_value for credit in model.credits}
    for check in model.checks:
        table.add_row(
            Text(_name(check.key)),
            f"{check.removal:,.0f}",
            _estimate(check.double_machine_learning, check.removal),
            _estimate(check.inverse_propensity, check.removal),
            _strength(strength[check.key]),
        )
    console.print(Text("Conversions lost without one channel, checked by two other methods"))
    console.print(table)
    for line in _legend(model):
        console.print(Text(line))
    console.print()


def _estimate(estimate: RemovalEstimate | None, removal: float) -> str:
    if estimate is None:
        return "none"
    mark = "" if estimate.agrees(removal) else " *"
    return f"{estimate.removal:,.0f} ± {1.96 * estimate.standard_error:,.0f}{mark:<2}"


def _strength(e_value: float | None) -> str:
    return "none" if e_value is None else f"{e_value:.2f}"


def _legend(model: ModelCredits) -> Iterator[str]:
    yield (
        "E-value: the risk ratio that a hidden cause needs, with touches and with converting, for "
        "half of the credit to be false"
    )
    apart = any(
        estimate is not None and not estimate.agrees(check.removal)
        for check in model.checks
        for estimate in (check.double_machine_learning, check.inverse_propensity)
    )
    if apart:
        yield (
            f"* {model.model} lies outside the 95 % interval; inverse propensity errs upwards "
            "where intent drives touches, and an experiment decides"
        )


def _remarks(answer: Attribution, what: str) -> Iterator[str]:
    seen = answer.observed
    if any(_has_intervals(model, what) for model in answer.models.values()):
        yield ABOUT_INTERVALS
    yield (
        f"observed: {seen.journeys:,} journeys, {seen.conversions:,} conversions, "
        f"value {seen.value:,.2f}"
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
