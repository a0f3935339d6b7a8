"""Credits as a table for people: one row per key, one column per model."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.cli.tables.identification import reason_sentences
from attrigraph.domain.decimals import meaningful_decimals
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

    from attrigraph.domain import Attribution, Credit, ModelCredits

    Unit = Literal["conversions", "value"]

NOT_INCREMENTAL: Final = (
    "not incremental: these rules divide the observed conversions among touches; they do not "
    "measure what marketing caused"
)
ABOUT_INTERVALS: Final = (
    "90 % bootstrap intervals: full for the first model, ± half-width for the others"
)
ABOUT_RANKING: Final = "P(> next): probability that a row is credited with more than the next one"
ABOUT_CHANCE: Final = (
    "the 90 % interval includes bias, `by chance` leaves it out; the difference is how far the "
    "data may mislead the model"
)
ABOUT_CAPTURED: Final = (
    "captured: conversions at the moment of purchase, when a touch may be only the way to the "
    "shop; the row caused between none and all of them"
)
BASELINE: Final = "baseline"
CAPTURED: Final = "captured"
INTERVAL: Final = "90 % interval"
CHANCE: Final = "by chance"
NOT_IDENTIFIED: Final = "not identified"
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
    what: Unit = "value" if values else "conversions"
    keys, labels = _keys(answer, what), answer.labels()
    shown, others = keys[:top], keys[len(keys[:top]) :]
    for model in answer.models.values():
        if model.advice is not None:
            print_sentence(f"{model.model}: {model.advice}", console=console)
    for model in answer.models.values():
        if model.baseline_bounds is not None:
            line = f"{model.model}: {model.baseline_bounds.sentence()}"
            print_sentence(line, console=console)
    print_sentence(f"Credited {what} by {answer.by}{_unit(answer, what)}", console=console)
    captured = [model for model in answer.models.values() if _captures(model, what)]
    columns = [
        column
        for number, model in enumerate(answer.models.values())
        for column in _columns(
            model, shown, others, what, in_full=number == 0, captured_row=bool(captured)
        )
    ]
    rest = [f"and {len(others):,} more"] if others else []
    ends = [*([CAPTURED] if captured else []), BASELINE, "total"]
    names = Column(answer.by, [*(labels[key] for key in shown), *rest, *ends])
    show_table(names, columns, console=console, ends=[len(shown) + len(rest) - 1])
    console.print()
    if others:
        print_sentence(
            f"{len(others):,} of {counted(len(keys), 'row')} "
            f"{'is' if len(others) == 1 else 'are'} summed in one; --all shows each",
            console=console,
        )
    for model in answer.models.values():
        for line in reason_sentences(model, shown, labels):
            print_sentence(line, console=console)
    for line in _remarks(answer, what):
        print_sentence(line, console=console)


def _unit(answer: Attribution, what: Unit) -> str:
    return "" if what == "conversions" or answer.currency is None else f", {answer.currency}"


def _keys(answer: Attribution, what: Unit) -> list[str | None]:
    """The keys as the first model ranks them, then those that only others credit."""
    lines = (line for model in answer.models.values() for line in _ranked(model, what))
    return list(dict.fromkeys(line.key for line in lines))


def _ranked(model: ModelCredits, what: Unit) -> list[Credit]:
    """Credits in falling order; equal values have the order of conversions."""
    return sorted(model.credits, key=lambda line: -getattr(line, what))


def _columns(
    model: ModelCredits,
    keys: Sequence[str | None],
    others: Sequence[str | None],
    what: Unit,
    *,
    in_full: bool,
    captured_row: bool,
) -> list[Column]:
    """What is shown of a model: a cell per key, then the sum of others, baseline and total.

    The first model of an answer has its intervals in full and how sure the ranking is; each
    credit of the others has half the width of its interval after it. A credit that is not
    identified has that in place of its interval. What a model captured has a column by key, and its
    sum a row before the baseline, so that every column adds up to its total.
    """
    by_key = {credit.key: credit for credit in model.credits}
    credits = [by_key.get(key) for key in keys]
    uncertain = any(_has_interval(credit, what) for credit in model.credits)
    digits = _digits(model, what) if uncertain else 2
    captured = getattr(model.captured, what)
    sums = [
        *([_sum((by_key.get(key) for key in others), what)] if others else []),
        *([captured] if captured_row else []),
        getattr(model.baseline, what),
        _sum(model.credits, what) + captured + getattr(model.baseline, what),
    ]
    cells = [
        *("" if credit is None else _number(getattr(credit, what), digits) for credit in credits),
        *(_number(amount, digits) for amount in sums),
    ]
    empty = [""] * len(sums)

    def detail(head: str, of_keys: Iterable[str]) -> Column:
        return Column(head, [*of_keys, *empty], group=model.model)

    halves = [*(_half(credit, what, digits) for credit in credits), *empty]
    if not in_full and any(halves):
        widest = max(map(len, halves))
        cells = [f"{cell} {half:<{widest}}" for cell, half in zip(cells, halves, strict=True)]
    columns = [Column(model.model, cells)]
    if in_full and (uncertain or any(_not_identified(credit) for credit in credits)):
        columns.append(detail(INTERVAL, (_interval(credit, what, digits) for credit in credits)))
    if in_full and _has_chance(model, what):
        columns.append(detail(CHANCE, (_chance_interval(credit, digits) for credit in credits)))
    if in_full and uncertain and what == "conversions":
        columns.append(detail(RANKED_ABOVE, map(_probability, credits)))
    if captured:
        columns.append(detail(CAPTURED, (_captured(credit, what, digits) for credit in credits)))
    return [column for column in columns if any(column.cells)]


def _ends(credit: Credit | None, what: Unit) -> tuple[float, float] | None:
    """The interval of a credit, chance and bias; None without one."""
    if credit is None:
        return None
    low, high = (
        (credit.low, credit.high)
        if what == "conversions"
        else (credit.value_low, credit.value_high)
    )
    return None if low is None or high is None else (low, high)


def _has_interval(credit: Credit, what: Unit) -> bool:
    return _ends(credit, what) is not None


def _has_chance(model: ModelCredits, what: Unit) -> bool:
    return what == "conversions" and any(_chance_interval(credit, 0) for credit in model.credits)


def _captures(model: ModelCredits, what: Unit) -> bool:
    return bool(getattr(model.captured, what))


def _not_identified(credit: Credit | None) -> bool:
    return credit is not None and credit.identified is False


def _digits(model: ModelCredits, what: Unit) -> int:
    return meaningful_decimals(_ends(credit, what) for credit in model.credits)


def _interval(credit: Credit | None, what: Unit, digits: int) -> str:
    if _not_identified(credit):
        return NOT_IDENTIFIED
    ends = _ends(credit, what)
    return "" if ends is None else f"{_number(ends[0], digits)} to {_number(ends[1], digits)}"


def _chance_interval(credit: Credit | None, digits: int) -> str:
    if credit is None or credit.identified is False:
        return ""
    if credit.chance_low is None or credit.chance_high is None:
        return ""
    return f"{_number(credit.chance_low, digits)} to {_number(credit.chance_high, digits)}"


def _half(credit: Credit | None, what: Unit, digits: int) -> str:
    if _not_identified(credit):
        return NOT_IDENTIFIED
    ends = _ends(credit, what)
    return "" if ends is None else f"±{_number((ends[1] - ends[0]) / 2, digits)}"


def _probability(credit: Credit | None) -> str:
    if credit is None or credit.prob_ranked_above_next is None or _not_identified(credit):
        return ""
    return f"{credit.prob_ranked_above_next:.0%}"


def _captured(credit: Credit | None, what: Unit, digits: int) -> str:
    if credit is None or credit.captured is None:
        return ""
    return _number(getattr(credit.captured, what), digits)


def _number(number: float, digits: int) -> str:
    return f"{number:z,.{digits}f}"  # z: no -0


def _sum(credits: Iterable[Credit | None], what: Unit) -> float:
    return math.fsum(getattr(credit, what) for credit in credits if credit is not None)


def _of(currency: str | None) -> str:
    return "" if currency is None else f" {currency}"


def _remarks(answer: Attribution, what: Unit) -> Iterator[str]:
    observed = answer.observed
    models = list(answer.models.values())
    if any(_has_interval(credit, what) for model in models for credit in model.credits):
        yield ABOUT_INTERVALS
    if models and what == "conversions" and any(map(_probability, models[0].credits)):
        yield ABOUT_RANKING
    if models and _has_chance(models[0], what):
        yield ABOUT_CHANCE
    if any(_captures(model, what) for model in models):
        yield ABOUT_CAPTURED
    yield (
        f"observed: {counted(observed.journeys, 'journey')}, "
        f"{counted(observed.conversions, 'conversion')}, "
        f"value {observed.value:,.2f}{_of(answer.currency)}"
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
