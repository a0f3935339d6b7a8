"""``attrigraph evaluate``: compare models with the ground truth of a simulated world."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.model_options import (
    check_model_options,
    draws_option,
    listed,
    models_option,
    position_weights_option,
    seed_option,
    weights_of,
)
from attrigraph.cli.options import json_option
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.pages import write_page
from attrigraph.messages import print_messages

if TYPE_CHECKING:
    from attrigraph.attribution.multi_touch.options import ModelOptions
    from attrigraph.domain import ModelCredits
    from attrigraph.services.evaluate import Evaluation
    from attrigraph.worlds.evaluation import Score
    from attrigraph.worlds.truth import Truth


@click.command("evaluate", cls=Command)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.option(
    "--picture",
    type=OutputFile(),
    metavar="FILE",
    help="Write credit and truth as an HTML page, which opens without a network.",
)
@models_option(
    "Models to run, named as for `attrigraph attribute`. Default: incremental and every rule, but "
    "not attention (slow; needs the gnn extra)."
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
    **parameters: Any,
) -> None:
    """Compare models with the ground truth of the world in DIR, as `simulate` wrote it.

    The error is the sum over channels of |credit - truth|, divided by what marketing caused. The
    rank is Spearman's correlation of credit and truth over channels. For each causal model a table
    shows which channels it claims to identify, and how often that is wrong. Models run exactly as
    by `attrigraph attribute --input`.
    """
    from attrigraph.services.evaluate import evaluate_world

    check_model_options(context)
    names = None if models is None else listed(models)
    evaluation = evaluate_world(folder, names, model_options=_model_options(parameters))
    if picture is not None:
        _draw(evaluation, picture)
    if as_json:
        print_json(_object(evaluation))
        return
    _show(evaluation, by_name=models is not None)


def _model_options(parameters: dict[str, Any]) -> ModelOptions:
    from attrigraph.attribution.multi_touch.options import ModelOptions

    weights = parameters["position_weights"]
    return ModelOptions(
        position_weights=None if weights is None else weights_of(weights),
        draws=parameters["draws"],
        seed=parameters["seed"],
    )


def _draw(evaluation: Evaluation, picture: Path) -> None:
    from attrigraph.report.evaluation import render

    write_page(picture, render(evaluation.truth, evaluation.answers, evaluation.scores))
    print_messages(str(picture))


def _object(evaluation: Evaluation) -> dict[str, Any]:
    truth = evaluation.truth
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
                **_verdicts(answer, truth),
            }
            for answer, score in zip(evaluation.answers, evaluation.scores, strict=True)
        },
    }


def _scored(score: Score) -> dict[str, Any]:
    names = ("error", "share_error", "rank", "covered", "false_credit", "value_error")
    numbers = {name: getattr(score, name) for name in names}
    return {
        "incremental": score.incremental,
        "credited": score.credited,
        **{name: _number(number) for name, number in numbers.items()},
    }


def _verdicts(answer: ModelCredits, truth: Truth) -> dict[str, Any]:
    """By channel what a causal model claims to identify, and how often that is wrong."""
    from attrigraph.worlds.verdicts import share_of, verdicts

    if not answer.incremental:
        return {}
    channels = verdicts(answer, truth)
    return {
        "channels": [asdict(channel) for channel in channels],
        "false_reassurance": _number(share_of(c.false_reassurance for c in channels)),
        "false_alarm": _number(share_of(c.false_alarm for c in channels)),
    }


def _number(number: float) -> float | None:
    return None if math.isnan(number) else number


def _show(evaluation: Evaluation, *, by_name: bool) -> None:
    """Print credit next to the truth, for every model if named; what causal ones claim; scores."""
    from attrigraph.cli.tables.truth import (
        for_contrast,
        show_scores,
        show_verdicts,
        show_with_truth,
    )

    console = stdout_console()
    shown = evaluation.answers if by_name else for_contrast(evaluation.answers)
    show_with_truth(evaluation.truth, shown, evaluation.scores, console=console)
    for answer in shown:
        if answer.incremental:
            console.print()
            show_verdicts(answer, evaluation.truth, console=console)
    console.print()
    show_scores(evaluation.scores, console=console)
