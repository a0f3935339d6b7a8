"""``attrigraph evaluate``: every model beside the truth of a simulated world."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attrigraph.cli.options import json_option

if TYPE_CHECKING:
    from attrigraph.services.evaluate import Evaluation
    from attrigraph.worlds.evaluation import Score


@click.command("evaluate")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write credit beside truth as an HTML page; it opens without a network.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of what is sampled.")
@json_option
def command(folder: Path, picture: Path | None, seed: int, as_json: bool) -> None:
    """Compare every model with the truth of the world in DIR, as `simulate` wrote it.

    The error is the sum over channels of |credit - truth| over what marketing caused; the rank
    is Spearman's correlation of credit and truth over channels.
    """
    from attrigraph.services.evaluate import evaluate_world

    found = evaluate_world(folder, seed=seed)
    if picture is not None:
        from attrigraph.report.evaluation import render

        picture.write_text(render(found.truth, found.answers, found.scores), encoding="utf-8")
        click.echo(str(picture), err=True)
    if as_json:
        click.echo(json.dumps(_object(found), allow_nan=False))
        return
    _show(found)


def _object(found: Evaluation) -> dict[str, Any]:
    truth = found.truth
    return {
        "truth": dict(zip(truth.channels, truth.credit, strict=True)),
        "organic": truth.organic,
        "models": {
            answer.model: {
                "credits": {credit.key: credit.conversions for credit in answer.credits},
                **_scored(score),
            }
            for answer, score in zip(found.answers, found.scores, strict=True)
        },
    }


def _scored(score: Score) -> dict[str, Any]:
    names = ("error", "share_error", "rank", "covered", "false_credit")
    numbers = {name: getattr(score, name) for name in names}
    return {
        "incremental": score.incremental,
        "credited": score.credited,
        **{name: None if math.isnan(number) else number for name, number in numbers.items()},
    }


def _show(found: Evaluation) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    truth = found.truth
    console = Console()
    beside = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
    for head in ("channel", "truth", "incremental", "low", "high", "linear", "markov-1"):
        beside.add_column(head, justify="left" if head == "channel" else "right", no_wrap=True)
    lines = {answer.model: {c.key: c for c in answer.credits} for answer in found.answers}
    for channel, caused in zip(truth.channels, truth.credit, strict=True):
        mine = lines["incremental"].get(channel)
        low, high = (None, None) if mine is None else (mine.low, mine.high)
        shares = [lines[model].get(channel) for model in ("incremental", "linear", "markov-1")]
        first, *rest = (None if credit is None else credit.conversions for credit in shares)
        beside.add_row(channel, *map(_number, (caused, first, low, high, *rest)))
    console.print(beside)
    console.print()
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
    for head in ("model", "incremental", "credited", "caused", "error", "rank"):
        table.add_column(head, justify="left" if head == "model" else "right", no_wrap=True)
    for score in found.scores:
        claim = "yes" if score.incremental else "no"
        numbers = (score.credited, score.caused)
        table.add_row(
            score.model, claim, *map(_number, numbers), _ratio(score.error), _ratio(score.rank)
        )
    console.print(table)


def _number(amount: float | None) -> str:
    return "" if amount is None else f"{amount:,.1f}"


def _ratio(share: float) -> str:
    return "" if math.isnan(share) else f"{share:.2f}"
