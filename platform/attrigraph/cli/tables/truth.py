"""Credit compared with the ground truth of a simulated world, as tables for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from attrigraph.attribution.families import WELL_KNOWN
from attrigraph.cli.tables.credit import BASELINE, INTERVAL, NOT_INCREMENTAL
from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.worlds.verdicts import share_of, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console

    from attrigraph.domain import Credit, ModelCredits
    from attrigraph.worlds.evaluation import Score
    from attrigraph.worlds.truth import Truth
    from attrigraph.worlds.verdicts import Verdict

CAPTURED: Final = "captured"

CLAIM: Final = {True: "incremental", False: "not incremental"}

LEGEND: Final = {
    "error": "distance to the truth, summed over channels, as a fraction of what marketing caused",
    "false credit": "credited conversions as a fraction of all, where marketing causes none",
    "rank": "Spearman's correlation of credit and truth",
    "covered": f"channels whose {INTERVAL} contains the truth",
}
"""What columns of scores mean, by their heading."""

IDENTIFIED: Final = {True: "yes", False: "no", None: "not tested"}


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
    apart = [CAPTURED] if any(answer.captured.conversions for answer in shown) else []
    sums = [*("" for _ in apart), _whole(truth.baseline), _whole(truth.total)]
    columns = [
        Column("truth", [*(_whole(credit) for credit, _ in rows), *sums, *("" for _ in last)])
    ]
    for answer in shown:
        columns += _columns(answer, channels, error, captured=bool(apart))
    names = Column("channel", [*channels, *apart, BASELINE, "total", *last])
    ends = [len(rows) - 1, len(rows) + len(apart) + 1]
    show_table(names, columns, console=console, ends=ends)
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
    wrong = "false credit" if no_effect else "error"
    columns = [
        Column("claims to be", [CLAIM[score.incremental] for score in scores], justify="left"),
        Column("credited", [_whole(score.credited) for score in scores]),
        Column(wrong, [_percent(error) for error in errors]),
        Column("rank", [_ratio(score.rank) for score in scores]),
        Column("covered", [_percent(score.covered) for score in scores]),
    ]
    show_table(Column("model", [score.model for score in scores]), columns, console=console)
    console.print()
    shown = [column.head for column in columns if column.head in LEGEND]
    legend = "; ".join(f"{head}: {LEGEND[head]}" for head in shown)
    print_sentence(f"{legend}.", console=console)


def show_verdicts(answer: ModelCredits, truth: Truth, *, console: Console) -> None:
    """Print by channel whether a causal model is right about what it claims to identify.

    Below the table are the share of false reassurance and that of false alarm.
    """
    channels = verdicts(answer, truth)
    columns = [
        Column("truth", [_whole(channel.truth) for channel in channels]),
        Column("credited", [_whole(channel.credited) for channel in channels]),
        Column("low", [_end(channel.low) for channel in channels]),
        Column("high", [_end(channel.high) for channel in channels]),
        Column("identified", [IDENTIFIED[channel.identified] for channel in channels]),
    ]
    print_sentence(f"What {answer.model} claims to identify", console=console)
    show_table(Column("channel", [c.channel for c in channels]), columns, console=console)
    sentences = [*_honesty(channels)]
    if sentences:
        console.print()
    for sentence in sentences:
        print_sentence(sentence, console=console)


def _honesty(channels: Sequence[Verdict]) -> Iterator[str]:
    """Shares of false reassurance and of false alarm in words, where there are any channels."""
    for outcomes, name, of, what in (
        (
            [channel.false_reassurance for channel in channels],
            "False reassurance",
            "channels shown without a flag",
            f"the {INTERVAL} misses the truth",
        ),
        (
            [channel.false_alarm for channel in channels],
            "False alarm",
            "channels that these data can identify",
            "shown as not identified",
        ),
    ):
        known = [outcome for outcome in outcomes if outcome is not None]
        if known:
            yield f"{name}: {share_of(known):.0%}, {sum(known)} of {len(known)} {of} ({what})."


def _columns(
    answer: ModelCredits, channels: Sequence[str], error: Mapping[str, float], *, captured: bool
) -> Iterator[Column]:
    """A model's credits, what is captured, baseline and total, its error; and its intervals."""
    by_key = {credit.key: credit for credit in answer.credits}
    credits = [by_key.get(channel) for channel in channels]
    cells = [
        *("" if credit is None else _whole(credit.conversions) for credit in credits),
        *([_whole(answer.captured.conversions)] if captured else []),
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
    credited = math.fsum(credit.conversions for credit in answer.credits)
    return credited + answer.captured.conversions + answer.baseline.conversions


def _end(number: float | None) -> str:
    return "" if number is None else _whole(number)


def _whole(number: float) -> str:
    return f"{number:,.0f}"


def _percent(fraction: float) -> str:
    return "" if math.isnan(fraction) else f"{fraction:.0%}"


def _ratio(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.2f}"
