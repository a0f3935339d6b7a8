"""``attrigraph budget curves``: what each unit of money brings, and the file of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from attrigraph.cli.attribution_options import (
    attribution_of,
    attribution_options,
    check_attribution_options,
    check_input_options,
    inputs,
)
from attrigraph.cli.commands import Command
from attrigraph.cli.input_files import InputFile
from attrigraph.cli.model_options import flag, is_given
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.cli.plan_file_options import (
    check_plan_file_options,
    give_curves,
    plan_file_options,
)
from attrigraph.cli.progress_bar import progress_bar
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.planning.spend_curves import BudgetCurves, CurveLevel
    from attrigraph.runs.progress import Progress
    from attrigraph.services.attribution_options import AttributionOptions

by_option: Final = click.option(
    "--by",
    type=click.Choice(["channel", "campaign"]),
    default="channel",
    show_default=True,
    help="What is planned.",
)

NO_EFFECT: Final = (
    "models",
    "steps",
    "reuse_touches",
    "collapse_repeats",
    "half_life",
    "position_weights",
    "robustness",
)
"""Options of attributions that the causal model of curves does not read."""


@click.command("curves", cls=Command)
@click.option(
    "--input",
    "named_files",
    multiple=True,
    type=InputFile(),
    metavar="FILE...",
    help="Read these files instead of the graph. Needs no store and writes nothing.",
)
@click.argument("more_files", nargs=-1, type=InputFile())
@attribution_options
@by_option
@plan_file_options
@home_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    named_files: tuple[Path, ...],
    more_files: tuple[Path, ...],
    home: Path | None,
    as_json: bool,
    **parameters: Any,
) -> None:
    """What channels or campaigns bring by their spend: response curves in money.

    Without --input the graph is read, with its spend and experiments. Curves are those of the
    causal model, with 90 % intervals; --out writes them into the file of a plan.
    """
    _check_options(context, named_files, more_files)
    options, by = attribution_of(parameters), parameters["by"]
    with progress_bar() as progress:
        if not named_files:
            curves = curves_of_graph(home, options, by)
        else:
            files = (*named_files, *more_files)
            curves = _curves_of_files(files, options, by, parameters, progress)
    give_curves(curves, parameters, as_json=as_json)


def curves_of_graph(home: Path | None, options: AttributionOptions, by: CurveLevel) -> BudgetCurves:
    """Curves of the graph of a home."""
    from attrigraph import bootstrap
    from attrigraph.services.budget_curves import curves_from_graph

    with bootstrap.open_stores(settings_of(home)) as stores:
        return curves_from_graph(stores, options, by=by)


def _curves_of_files(
    files: tuple[Path, ...],
    options: AttributionOptions,
    by: CurveLevel,
    parameters: dict[str, Any],
    progress: Progress,
) -> BudgetCurves:
    from attrigraph.services.budget_curves import curves_from_files

    with inputs(files, parameters) as (given, source, staging, folder):
        return curves_from_files(
            given,
            source,
            options,
            by=by,
            staging=staging,
            folder=folder,
            rejects=parameters["rejects"],
            strict=parameters["strict"],
            progress=progress,
        )


def _check_options(
    context: click.Context, named_files: tuple[Path, ...], more_files: tuple[Path, ...]
) -> None:
    """Check that every option has an effect.

    Raises:
        InputError: one has none.
    """
    check_input_options(context, named_files, more_files)
    for name in NO_EFFECT:
        if is_given(context, name):
            raise InputError(f"{flag(context, name)} has no effect on curves of the causal model")
    check_plan_file_options(context)
    if context.params["draws"] == 0:
        raise InputError("curves need draws of the credits; give --draws a number above 0")
    check_attribution_options(context)
