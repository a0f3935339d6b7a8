"""``attrigraph evaluate``: every model beside the truth of a simulated world."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attrigraph.cli.options import json_option
from attrigraph.errors import InputError

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
        _draw(found, picture)
    if as_json:
        click.echo(json.dumps(_object(found), allow_nan=False))
        return
    _show(found)


def _draw(found: Evaluation, picture: Path) -> None:
    from attrigraph.report.evaluation import render

    page = render(found.truth, found.answers, found.scores)
    try:
        picture.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {picture}: {error.strerror}") from error
    click.echo(str(picture), err=True)


def _object(found: Evaluation) -> dict[str, Any]:
    truth = found.truth
    return {
        "truth": dict(zip(truth.channels, truth.credit, strict=True)),
        "organic": truth.organic,
        "models": {
            answer.model: {
                "credits": {credit.key: credit.conversions for credit in answer.credits},
                "intervals": {
                    credit.key: [credit.low, credit.high]
                    for credit in answer.credits
                    if credit.low is not None
                },
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
    from rich.console import Console

    from attrigraph.cli.truth_table import show_beside_truth, show_scores

    console = Console()
    show_beside_truth(found.truth, found.answers, found.scores, console=console)
    console.print()
    show_scores(found.scores, console=console)
