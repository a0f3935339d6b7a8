"""Credits as a table for people: one row a key, one column a model."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

from rich.console import Console

from attrigraph.cli.fitted_table import Column, say, show_table
from attrigraph.domain import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attrigraph.domain import (
        Attribution,
        Credit,
        ModelCredits,
        RemovalEstimate,
    )

NOT_INCREMENTAL: Final = (
    "not incremental: these rules share conversions out; they do not measure what marketing caused"
)
ABOUT_INTERVALS: Final = (
    "90 % intervals are over redrawn customers, in full for the first model, as ± half their width "
    "for the others; ahead: chance that a line is ahead of the next one"
)
BASELINE: Final = "baseline"
INTERVAL: Final = "90 % interval"
AHEAD: Final = "ahead"


def show(answer: Attribution, *, values: bool = False, console: Console | None = None) -> None:
    """Print credits, the baseline line and totals.

    Args:
        answer: what models answered.
        values: show credited value instead of conversions.
        console: where to; stdout when None.
    """
    console = console or Console()
    keys = _keys(answer)
    what = "value" if values else "conversions"
    say(f"Credited {what} by {answer.by}", console=console)
    columns = [
        column
        for place, model in enumerate(answer.models.values())
        for column in _columns(model, keys, what, in_full=place == 0)
    ]
    names = Column(answer.by, [*map(_name, keys), BASELINE, "total"])
    show_table(names, columns, console=console, ends=[len(keys) - 1])
    console.print()
    for model in answer.models.values():
        if model.checks:
            _show_checks(model, console)
    for line in _remarks(answer, what):
        say(line, console=console)


def _keys(answer: Attribution) -> list[str | None]:
    """The keys as the first model ranks them, then those that only others know."""
    return list(
        dict.fromkeys(credit.key for model in answer.models.values() for credit in model.credits)
    )


def _columns(
    model: ModelCredits, keys: Sequence[str | None], what: str, *, in_full: bool
) -> list[Column]:
    """What is shown of a model: a cell for each key, then baseline and total.

    The first model of an answer has its intervals in full and how sure the ranking is; of the
    others each credit has half the width of its interval beside it.
    """
    line = {credit.key: credit for credit in model.credits}
    credits = [line.get(key) for key in keys]
    uncertain = _has_intervals(model, what)
    digits = _digits(model) if uncertain else 2
    cells = [
        *("" if credit is None else _number(getattr(credit, what), digits) for credit in credits),
        _number(getattr(model.baseline, what), digits),
        _number(_total(model, what), digits),
    ]
    if not uncertain:
        return [Column(model.model, cells)]
    if in_full:
        ends = [_ends(credit, digits) for credit in credits]
        ahead = [_chance(credit) for credit in credits]
        return [
            Column(model.model, cells),
            Column(INTERVAL, [*ends, "", ""], of=model.model),
            Column(AHEAD, [*ahead, "", ""], of=model.model),
        ]
    halves = [*(_half(credit, digits) for credit in credits), "", ""]
    wide = max(map(len, halves))
    beside = [f"{cell} {half:<{wide}}" for cell, half in zip(cells, halves, strict=True)]
    return [Column(model.model, beside)]


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
    if credit is None or credit.prob_ranked_above_next is None:
        return ""
    return f"{credit.prob_ranked_above_next:.0%}"


def _name(key: str | None) -> str:
    return UNKNOWN if key is None else key


def _number(number: float, digits: int) -> str:
    return f"{number:,.{digits}f}"


def _total(model: ModelCredits, what: str) -> float:
    credited: float = sum(getattr(credit, what) for credit in model.credits)
    baseline: float = getattr(model.baseline, what)
    return credited + baseline


def _show_checks(model: ModelCredits, console: Console) -> None:
    """How far a model's removals can be trusted: two other methods, and how strong a hidden cause.

    A figure of another method is marked where the model's lies outside its 95 % interval.
    """
    strength = {credit.key: credit.e_value for credit in model.credits}
    checks = model.checks
    columns = [
        Column(f"by {model.model}", [f"{check.removal:,.0f}" for check in checks]),
        Column(
            "by double ML",
            [_estimate(check.double_machine_learning, check.removal) for check in checks],
        ),
        Column(
            "by inv. propensity",
            [_estimate(check.inverse_propensity, check.removal) for check in checks],
        ),
        Column("E-value", [_strength(strength[check.key]) for check in checks]),
    ]
    say("Conversions lost without one channel, checked by two other methods", console=console)
    show_table(Column("channel", [_name(check.key) for check in checks]), columns, console=console)
    for line in _legend(model):
        say(line, console=console)
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
