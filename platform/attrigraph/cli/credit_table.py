"""Credits as a table for people: one row a key, one column a model."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from attrigraph.domain import Amount, Attribution, Credit, ModelCredits

NOT_INCREMENTAL: Final = (
    "not incremental: these rules share conversions out; they do not measure what marketing caused"
)
UNKNOWN: Final = "(unknown)"
ORGANIC: Final = "organic"
INTERVAL: Final = "90 % interval"

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
    for models in _columns_that_fit(answer, keys, what, console.width):
        console.print(_table(answer, models, keys, what))
        console.print()
    for line in _remarks(answer):
        console.print(Text(line))


def _keys(answer: Attribution) -> list[str | None]:
    """The keys as the first model ranks them, then those that only others know."""
    return list(
        dict.fromkeys(credit.key for model in answer.models.values() for credit in model.credits)
    )


def _columns_that_fit(
    answer: Attribution, keys: Sequence[str | None], what: str, width: int
) -> Iterator[list[ModelCredits]]:
    """Models in groups whose columns fit beside the keys."""
    room = max(width, _NARROWEST) - max(map(len, [answer.by, ORGANIC, *map(_name, keys)])) - 4
    group: list[ModelCredits] = []
    taken = 0
    for model in answer.models.values():
        amounts: list[Credit | Amount] = [*model.credits, model.organic]
        numbers = [_number(_total(model, what)), *(_cell(amount, what) for amount in amounts)]
        wide = max(map(len, [model.model, *numbers])) + _BETWEEN
        if _has_interval(model, what):
            ends = map(_ends, model.credits)
            wide += max(map(len, [INTERVAL, *ends])) + _BETWEEN
        if group and taken + wide > room:
            yield group
            group, taken = [], 0
        group.append(model)
        taken += wide
    yield group


def _table(
    answer: Attribution, models: Sequence[ModelCredits], keys: Sequence[str | None], what: str
) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
    table.add_column(answer.by, no_wrap=True)
    for model in models:
        table.add_column(model.model, justify="right", no_wrap=True)
        if _has_interval(model, what):
            table.add_column(INTERVAL, justify="right", no_wrap=True)
    lines: list[Mapping[str | None, Credit]] = [
        {credit.key: credit for credit in model.credits} for model in models
    ]
    interval = [_has_interval(model, what) for model in models]
    for i, key in enumerate(keys):
        credits = [line.get(key) for line in lines]
        cells = _beside([_cell(credit, what) for credit in credits], map(_ends, credits), interval)
        table.add_row(Text(_name(key)), *cells, end_section=i == len(keys) - 1)
    blank = [""] * len(models)
    organic = [_cell(model.organic, what) for model in models]
    total = [_number(_total(model, what)) for model in models]
    table.add_row(Text(ORGANIC), *_beside(organic, blank, interval))
    table.add_row(Text("total"), *_beside(total, blank, interval))
    return table


def _beside(cells: Sequence[str], ends: Iterable[str], interval: Sequence[bool]) -> Iterator[str]:
    """Each model's cell, and that of its interval where it has one."""
    for cell, end, wanted in zip(cells, ends, interval, strict=True):
        yield cell
        if wanted:
            yield end


def _has_interval(model: ModelCredits, what: str) -> bool:
    return what == "conversions" and any(credit.low is not None for credit in model.credits)


def _ends(credit: Credit | None) -> str:
    if credit is None or credit.low is None or credit.high is None:
        return ""
    return f"{credit.low:,.0f} to {credit.high:,.0f}"


def _name(key: str | None) -> str:
    return UNKNOWN if key is None else textwrap.shorten(key, _LONGEST_KEY, placeholder="…") or key


def _cell(amount: Credit | Amount | None, what: str) -> str:
    return "" if amount is None else _number(getattr(amount, what))


def _number(number: float) -> str:
    return f"{number:,.2f}"


def _total(model: ModelCredits, what: str) -> float:
    credited: float = sum(getattr(credit, what) for credit in model.credits)
    organic: float = getattr(model.organic, what)
    return credited + organic


def _remarks(answer: Attribution) -> Iterator[str]:
    seen = answer.observed
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
