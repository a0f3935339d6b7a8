"""Credit beside the truth of a simulated world, as tables for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from rich import box
from rich.table import Table
from rich.text import Text

from attrigraph.cli.credit_table import INTERVAL, NOT_INCREMENTAL, ORGANIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rich.console import Console

    from attrigraph.domain import Credit, ModelCredits
    from attrigraph.worlds.evaluation import Score
    from attrigraph.worlds.truth import Truth

CONTRAST: Final = ("last", "linear", "markov-1")
"""The rules that most people know, shown beside the truth for contrast."""

CLAIM: Final = {True: "incremental", False: "not incremental"}

WORDS: Final = (
    "error: distance to the truth, summed over channels, as a part of what marketing causes; "
    "false credit: credited conversions as a part of all, where marketing causes none; "
    "rank: Spearman's correlation of credit and truth; "
    f"covered: channels whose {INTERVAL} holds the truth."
)


def for_contrast(answers: Sequence[ModelCredits]) -> tuple[ModelCredits, ...]:
    """The models that say what marketing caused, and of the rules those in ``CONTRAST``."""
    return tuple(answer for answer in answers if answer.incremental or answer.model in CONTRAST)


def show_beside_truth(
    truth: Truth, shown: Sequence[ModelCredits], scores: Sequence[Score], *, console: Console
) -> None:
    """Print credit by channel beside the truth.

    Args:
        truth: what marketing caused.
        shown: the models to show, by channel.
        scores: of these models, and maybe of others.
        console: where to.
    """
    error = {score.model: score.error for score in scores}
    table = _table("channel", "truth")
    for answer in shown:
        table.add_column(answer.model, justify="right", no_wrap=True)
        if answer.incremental:
            table.add_column(INTERVAL, justify="right", no_wrap=True)
    lines = [{credit.key: credit for credit in answer.credits} for answer in shown]
    for caused, channel in sorted(zip(truth.credit, truth.channels, strict=True), reverse=True):
        cells = _credits(shown, [line.get(channel) for line in lines])
        table.add_row(Text(channel), _whole(caused), *cells)
    table.add_section()
    organic = (_whole(answer.organic.conversions) for answer in shown)
    table.add_row(ORGANIC, _whole(truth.organic), *_beside(shown, organic))
    total = (_whole(_total(answer)) for answer in shown)
    table.add_row("total", _whole(truth.total), *_beside(shown, total))
    if not all(math.isnan(far) for far in error.values()):
        table.add_section()
        table.add_row("error", "", *_beside(shown, (_percent(error[a.model]) for a in shown)))
    console.print(table)
    console.print()
    for sentence in what_it_shows(truth, shown, error):
        console.print(Text(sentence), soft_wrap=True)


def what_it_shows(
    truth: Truth, shown: Sequence[ModelCredits], error: Mapping[str, float]
) -> Iterator[str]:
    """The table in words: how far each model is from the truth, and what rules do not say."""
    rules = [answer.model for answer in shown if not answer.incremental]
    if not math.isnan(next(iter(error.values()))):
        off = ", ".join(f"{answer.model} {_percent(error[answer.model])}" for answer in shown)
        yield (
            f"Error (distance to the truth, summed over channels, as a part of the "
            f"{_whole(sum(truth.credit))} conversions that marketing causes): {off}."
        )
    if rules:
        yield f"{', '.join(rules)}: {NOT_INCREMENTAL}."


def show_scores(scores: Sequence[Score], *, console: Console) -> None:
    """Print how far every model is from the truth."""
    nothing = all(math.isnan(score.error) for score in scores)
    last = "false credit" if nothing else "error"
    table = _table("model", "claims to be", "credited", last, "rank", "covered")
    table.columns[1].justify = "left"
    for score in scores:
        table.add_row(
            score.model,
            CLAIM[score.incremental],
            _whole(score.credited),
            _percent(score.false_credit if nothing else score.error),
            _ratio(score.rank),
            _percent(score.covered),
        )
    console.print(table)
    console.print()
    console.print(Text(WORDS), soft_wrap=True)


def _table(*heads: str) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place else "left", no_wrap=True)
    return table


def _credits(shown: Sequence[ModelCredits], credits: Sequence[Credit | None]) -> Iterator[str]:
    for answer, credit in zip(shown, credits, strict=True):
        yield "" if credit is None else _whole(credit.conversions)
        if answer.incremental:
            yield _interval(credit)


def _interval(credit: Credit | None) -> str:
    if credit is None or credit.low is None or credit.high is None:
        return ""
    return f"{_whole(credit.low)} to {_whole(credit.high)}"


def _beside(shown: Sequence[ModelCredits], cells: Iterable[str]) -> Iterator[str]:
    """Each model's cell, and an empty one where a column of intervals follows."""
    for answer, cell in zip(shown, cells, strict=True):
        yield cell
        if answer.incremental:
            yield ""


def _total(answer: ModelCredits) -> float:
    return answer.organic.conversions + math.fsum(c.conversions for c in answer.credits)


def _whole(number: float) -> str:
    return f"{number:,.0f}"


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{share:.0%}"


def _ratio(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.2f}"
