"""Credit compared with the ground truth of a simulated world, as tables for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from attrigraph.attribution.families import WELL_KNOWN
from attrigraph.cli.tables.credit import BASELINE, INTERVAL, NOT_INCREMENTAL
from attrigraph.cli.tables.fitted import Column, print_sentence, show_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console

    from attrigraph.domain import Credit, ModelCredits
    from attrigraph.worlds.evaluation import Score
    from attrigraph.worlds.truth import Truth

CLAIM: Final = {True: "incremental", False: "not incremental"}

LEGEND: Final = (
    "error: distance to the truth, summed over channels, as a fraction of what marketing caused; "
    "false credit: credited conversions as a fraction of all, where marketing causes none; "
    "rank: Spearman's correlation of credit and truth; "
    f"covered: channels whose {INTERVAL} contains the truth."
)


def for_contrast(answers: Sequence[ModelCredits]) -> tuple[ModelCredits, ...]:
    """The causal models, and of the rules those that are well known."""
    return tuple(answer for answer in answers if answer.incremental or answer.model in WELL_KNOWN)


def show_with_truth(
    truth: Truth, shown: Sequence[ModelCredits], scores: Sequence[Score], *, console: Console
) -> None:
    """Print credit by channel next to the truth.

    Args:
        truth: what marketing caused.
        shown: the models to show, by channel.
        scores: of these models, and possibly of others.
        console: what to print on.
    """
    error = {score.model: score.error for score in scores if not math.isnan(score.error)}
    rows = sorted(zip(truth.credit, truth.channels, strict=True), reverse=True)
    channels = [channel for _, channel in rows]
    last = ["error"] if error else []
    caused = [*(credit for credit, _ in rows), truth.baseline, truth.total]
    columns = [Column("truth", [*map(_whole, caused), *("" for _ in last)])]
    for answer in shown:
        columns += _columns(answer, channels, error)
    names = Column("channel", [*channels, BASELINE, "total", *last])
    show_table(names, columns, console=console, ends=[len(rows) - 1, len(rows) + 1])
    console.print()
    for sentence in summary(truth, shown, error):
        print_sentence(sentence, console=console)


def summary(
    truth: Truth, shown: Sequence[ModelCredits], error: Mapping[str, float]
) -> Iterator[str]:
    """The table in words: how far each model is from the truth, and what rules do not measure.

    Args:
        truth: what marketing caused.
        shown: the models of the table.
        error: of each model; empty where marketing causes nothing.
    """
    rules = [answer.model for answer in shown if not answer.incremental]
    if error:
        errors = ", ".join(f"{answer.model} {_percent(error[answer.model])}" for answer in shown)
        yield (
            f"Error (distance to the truth, summed over channels, as a fraction of the "
            f"{_whole(sum(truth.credit))} conversions that marketing causes): {errors}."
        )
    if rules:
        yield f"{', '.join(rules)}: {NOT_INCREMENTAL}."


def show_scores(scores: Sequence[Score], *, console: Console) -> None:
    """Print how far every model is from the truth."""
    no_effect = all(math.isnan(score.error) for score in scores)
    errors = [score.false_credit if no_effect else score.error for score in scores]
    columns = [
        Column("claims to be", [CLAIM[score.incremental] for score in scores], justify="left"),
        Column("credited", [_whole(score.credited) for score in scores]),
        Column("false credit" if no_effect else "error", [_percent(error) for error in errors]),
        Column("rank", [_ratio(score.rank) for score in scores]),
        Column("covered", [_percent(score.covered) for score in scores]),
    ]
    show_table(Column("model", [score.model for score in scores]), columns, console=console)
    console.print()
    print_sentence(LEGEND, console=console)


def _columns(
    answer: ModelCredits, channels: Sequence[str], error: Mapping[str, float]
) -> Iterator[Column]:
    """A model's credits, baseline and total, its error where it has one; and its intervals."""
    by_key = {credit.key: credit for credit in answer.credits}
    credits = [by_key.get(channel) for channel in channels]
    cells = [
        *("" if credit is None else _whole(credit.conversions) for credit in credits),
        _whole(answer.baseline.conversions),
        _whole(_total(answer)),
        *([_percent(error[answer.model])] if error else []),
    ]
    yield Column(answer.model, cells)
    if answer.incremental and any(credit.low is not None for credit in answer.credits):
        empty = [""] * (len(cells) - len(credits))
        yield Column(INTERVAL, [*map(_interval, credits), *empty], group=answer.model)


def _interval(credit: Credit | None) -> str:
    if credit is None or credit.low is None or credit.high is None:
        return ""
    return f"{_whole(credit.low)} to {_whole(credit.high)}"


def _total(answer: ModelCredits) -> float:
    return answer.baseline.conversions + math.fsum(c.conversions for c in answer.credits)


def _whole(number: float) -> str:
    return f"{number:,.0f}"


def _percent(fraction: float) -> str:
    return "" if math.isnan(fraction) else f"{fraction:.0%}"


def _ratio(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.2f}"
