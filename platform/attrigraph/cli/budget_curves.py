"""``attrigraph budget curves``: what each unit of money brings, and the file of a plan."""

from __future__ import annotations

from datetime import timedelta
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
from attrigraph.cli.console import print_json, print_messages, stdout_console
from attrigraph.cli.input_files import InputFile
from attrigraph.cli.model_options import flag, is_given
from attrigraph.cli.number_types import AMOUNT
from attrigraph.cli.options import day_of, home_option, json_option, settings_of
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.pages import write_page
from attrigraph.cli.progress_bar import progress_bar
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from datetime import date
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
@click.option(
    "--out",
    type=OutputFile(),
    metavar="FILE",
    help="Write a file for `budget plan` (TOML), in which limits can be edited.",
)
@click.option(
    "--from",
    "first_day",
    metavar="DATE",
    help="With --out: first day of the plan. Default: the day after the data.",
)
@click.option(
    "--to",
    "last_day",
    metavar="DATE",
    help="With --out: last day of the plan. Default: as many days as the data have.",
)
@click.option(
    "--budget",
    type=AMOUNT,
    metavar="MONEY",
    help="With --out: budget of the plan. Default: the spend of as many days of the data.",
)
@home_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    named_files: tuple[Path, ...],
    more_files: tuple[Path, ...],
    out: Path | None,
    first_day: str | None,
    last_day: str | None,
    budget: float | None,
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
    if out is not None:
        days = day_of(first_day, "--from"), day_of(last_day, "--to")
        write_page(out, plan_file(curves, days, budget))
        print_messages(str(out))
    if as_json:
        print_json(curves.to_json())
        return
    from attrigraph.cli.tables.budget_curves import show

    show(curves, console=stdout_console())


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


def plan_file(
    curves: BudgetCurves, days: tuple[date | None, date | None], budget: float | None
) -> str:
    """The text of ``--out``."""
    from attrigraph.staging.budget_text import budget_text

    if curves.currency is None:
        raise InputError("the currency of the spend is not known; name it with --currency CODE")
    start = days[0] or curves.end + timedelta(days=1)
    end = days[1] or start + timedelta(days=curves.days - 1)
    return budget_text(curves.request(start, end, budget), curves.comments())


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
    for name in ("first_day", "last_day", "budget"):
        if is_given(context, name) and context.params["out"] is None:
            raise InputError(f"{flag(context, name)} is for the file of --out; give --out with it")
    if context.params["draws"] == 0:
        raise InputError("curves need draws of the credits; give --draws a number above 0")
    check_attribution_options(context)
