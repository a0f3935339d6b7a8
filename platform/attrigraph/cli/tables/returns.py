"""Cost and return as a table for people: one row per key, and what was not matched."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.domain import UNKNOWN
from attrigraph.domain.key_labels import key_labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

    from attrigraph.domain import Attribution, ModelCredits
    from attrigraph.domain.returns import Return, SpendLine

MAX_NAMED: Final = 8
"""Names that a line lists."""

ABOUT: Final = (
    "ROAS: credited value per cost, where the cost of all touches is known and the credit is "
    "identified"
)


def show(answer: Attribution, *, console: Console, top: int | None = None) -> None:
    """Print costs and returns; nothing where no cost is known.

    Args:
        answer: what to show.
        console: what to print on.
        top: how many keys have a row; None for all.
    """
    keys = _keys(answer)[:top]
    models = list(answer.models.values())
    if not keys:
        return
    unit = "" if answer.currency is None else f", amounts in {answer.currency}"
    print_sentence(f"Cost and return by {answer.by}{unit}", console=console)
    first = _returns(models[0], keys)
    columns = [
        Column("cost", [_number(one.cost) for one in first]),
        Column("cost known", [f"{one.cost_coverage:.0%}" for one in first]),
        Column("of spend", [_share(one.share_of_spend) for one in first]),
        *(
            column
            for number, model in enumerate(models)
            for column in _columns(model, keys, in_full=number == 0, named=len(models) > 1)
        ),
    ]
    labels = answer.labels()
    names = Column(answer.by, [labels[key] for key in keys])
    shown = [column for column in columns if any(column.cells)]
    show_table(names, shown, console=console, ends=[len(keys) - 1])
    console.print()
    for line in (ABOUT, *_remarks(answer)):
        print_sentence(line, console=console)


def _keys(answer: Attribution) -> list[str | None]:
    """Keys with a cost, the largest first."""
    costs = {
        credit.key: credit.returns.cost
        for model in answer.models.values()
        for credit in model.credits
        if credit.returns is not None and credit.returns.cost is not None
    }
    return sorted(costs, key=lambda key: (-costs[key], key is None, key or ""))


def _returns(model: ModelCredits, keys: Sequence[str | None]) -> list[Return]:
    by_key = {credit.key: credit.returns for credit in model.credits}
    found = [by_key.get(key) for key in keys]
    return [one for one in found if one is not None]


def _columns(
    model: ModelCredits, keys: Sequence[str | None], *, in_full: bool, named: bool
) -> Iterator[Column]:
    """The ROAS of a model, of the first one with interval, cost per conversion and share.

    Args:
        model: what it returned.
        keys: the rows.
        in_full: whether it is the first one.
        named: whether each column names its model, as there are several.
    """
    returns = _returns(model, keys)
    yield Column(f"ROAS, {model.model}", [_number(one.roas) for one in returns])
    if in_full:
        intervals = list(map(_interval, returns))
        per_conversion = [_number(one.cost_per_conversion) for one in returns]
        shares = [_share(one.share_of_credit) for one in returns]
        yield Column("90 % interval", intervals, group=model.model, named=named)
        yield Column("per conversion", per_conversion, group=model.model, named=named)
        yield Column("of credit", shares, group=model.model, named=named)


def _interval(one: Return) -> str:
    if one.roas_low is None or one.roas_high is None:
        return ""
    return f"{_number(one.roas_low)} to {_number(one.roas_high)}"


def _number(amount: float | None) -> str:
    return "" if amount is None else f"{amount:z,.2f}"


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _remarks(answer: Attribution) -> Iterator[str]:
    summary = answer.spend_summary
    if summary is None:
        return
    if summary.without_touches:
        yield f"spend without touches: {_listed(_lines(summary.without_touches))}"
    if summary.not_assigned:
        yield f"spend that is not of this level: {_listed(_lines(summary.not_assigned))}"
    if summary.without_spend:
        keys = [key for key, _ in summary.without_spend]
        labels = key_labels((*answer.labels(), *keys), answer.names)
        touches = (f"{labels[key]} ({number:,})" for key, number in summary.without_spend)
        yield f"touches without spend: {_listed(touches)}"
    yield from summary.notes


def _lines(lines: Sequence[SpendLine]) -> Iterator[str]:
    """What each line is for with its cost; where a name is that of several, with the id too."""
    times = Counter(map(_name, lines))
    for line in lines:
        name, own = _name(line), line.campaign or line.creative
        several = times[name] > 1 and own is not None and not name.endswith(own)
        yield f"{name}{f' ({own})' if several else ''} ({line.cost:,.2f})"


def _name(line: SpendLine) -> str:
    name = line.campaign_name or line.campaign or line.creative or line.channel or UNKNOWN
    return name if line.platform is None else f"{line.platform} {name}"


def _listed(parts: Iterable[str]) -> str:
    named = list(parts)
    more = f" and {len(named) - MAX_NAMED:,} more" if len(named) > MAX_NAMED else ""
    return f"{', '.join(named[:MAX_NAMED])}{more}"
