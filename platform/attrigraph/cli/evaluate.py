"""``attrigraph evaluate``: models beside the truth of a simulated world."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from attrigraph.cli.model_options import (
    draws_option,
    listed,
    models_option,
    position_weights_option,
    refuse_idle_models,
    seed_option,
    weights_of,
)
from attrigraph.cli.options import json_option
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from attrigraph.attribution.multi_touch.options import ModelOptions
    from attrigraph.services.evaluate import Evaluation
    from attrigraph.worlds.evaluation import Score

_OF_MODELS: Final = {"position_weights": "position-custom"}


@click.command("evaluate")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write credit beside truth as an HTML page; it opens without a network.",
)
@models_option(
    "Models to ask, by the names that `attrigraph attribute` knows; by default incremental and "
    "every rule. attention is asked only by name, because it trains networks: that takes minutes "
    "and the extra gnn."
)
@position_weights_option
@draws_option
@seed_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    folder: Path,
    picture: Path | None,
    models: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Compare models with the truth of the world in DIR, as `simulate` wrote it.

    The error is the sum over channels of |credit - truth| over what marketing caused; the rank
    is Spearman's correlation of credit and truth over channels. Models are asked just as
    `attrigraph attribute --input` asks them.
    """
    from attrigraph.services.evaluate import evaluate_world

    refuse_idle_models(context, _OF_MODELS)
    found = evaluate_world(
        folder, None if models is None else listed(models), model_options=_model_options(given)
    )
    if picture is not None:
        _draw(found, picture)
    if as_json:
        click.echo(json.dumps(_object(found), allow_nan=False))
        return
    _show(found, by_name=models is not None)


def _model_options(given: dict[str, Any]) -> ModelOptions:
    from attrigraph.attribution.multi_touch.options import ModelOptions

    weights = given["position_weights"]
    return ModelOptions(
        position_weights=None if weights is None else weights_of(weights),
        draws=given["draws"],
        seed=given["seed"],
    )


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
        "baseline": truth.baseline,
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


def _show(found: Evaluation, *, by_name: bool) -> None:
    """Credits beside the truth, of all models that were asked by name; and every model's score."""
    from rich.console import Console

    from attrigraph.cli.truth_table import for_contrast, show_beside_truth, show_scores

    console = Console()
    shown = found.answers if by_name else for_contrast(found.answers)
    show_beside_truth(found.truth, shown, found.scores, console=console)
    console.print()
    show_scores(found.scores, console=console)
