"""Credit beside the truth of a simulated world, as tables for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from attrigraph.attribution.families import WELL_KNOWN
from attrigraph.cli.credit_table import BASELINE, INTERVAL, NOT_INCREMENTAL
from attrigraph.cli.fitted_table import Column, say, show_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console

    from attrigraph.domain import Credit, ModelCredits
    from attrigraph.worlds.evaluation import Score
    from attrigraph.worlds.truth import Truth


CLAIM: Final = {True: "incremental", False: "not incremental"}

WORDS: Final = (
    "error: distance to the truth, summed over channels, as a part of what marketing causes; "
    "false credit: credited conversions as a part of all, where marketing causes none; "
    "rank: Spearman's correlation of credit and truth; "
    f"covered: channels whose {INTERVAL} holds the truth."
)


def for_contrast(answers: Sequence[ModelCredits]) -> tuple[ModelCredits, ...]:
    """The models that say what marketing caused, and of the rules those in ``WELL_KNOWN``."""
    return tuple(answer for answer in answers if answer.incremental or answer.model in WELL_KNOWN)


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
    for sentence in what_it_shows(truth, shown, error):
        say(sentence, console=console)


def what_it_shows(
    truth: Truth, shown: Sequence[ModelCredits], error: Mapping[str, float]
) -> Iterator[str]:
    """The table in words: how far each model is from the truth, and what rules do not say.

    Args:
        truth: what marketing caused.
        shown: the models of the table.
        error: of each; empty where marketing causes nothing.
    """
    rules = [answer.model for answer in shown if not answer.incremental]
    if error:
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
    far = [score.false_credit if nothing else score.error for score in scores]
    columns = [
        Column("claims to be", [CLAIM[score.incremental] for score in scores], justify="left"),
        Column("credited", [_whole(score.credited) for score in scores]),
        Column("false credit" if nothing else "error", [_percent(one) for one in far]),
        Column("rank", [_ratio(score.rank) for score in scores]),
        Column("covered", [_percent(score.covered) for score in scores]),
    ]
    show_table(Column("model", [score.model for score in scores]), columns, console=console)
    console.print()
    say(WORDS, console=console)


def _columns(
    answer: ModelCredits, channels: Sequence[str], error: Mapping[str, float]
) -> Iterator[Column]:
    """A model's credits, baseline and total, its error where there is one; and its intervals."""
    line = {credit.key: credit for credit in answer.credits}
    credits = [line.get(channel) for channel in channels]
    cells = [
        *("" if credit is None else _whole(credit.conversions) for credit in credits),
        _whole(answer.baseline.conversions),
        _whole(_total(answer)),
        *([_percent(error[answer.model])] if error else []),
    ]
    yield Column(answer.model, cells)
    if answer.incremental and any(credit.low is not None for credit in answer.credits):
        empty = [""] * (len(cells) - len(credits))
        yield Column(INTERVAL, [*map(_interval, credits), *empty], of=answer.model)


def _interval(credit: Credit | None) -> str:
    if credit is None or credit.low is None or credit.high is None:
        return ""
    return f"{_whole(credit.low)} to {_whole(credit.high)}"


def _total(answer: ModelCredits) -> float:
    return answer.baseline.conversions + math.fsum(c.conversions for c in answer.credits)


def _whole(number: float) -> str:
    return f"{number:,.0f}"


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{share:.0%}"


def _ratio(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.2f}"
