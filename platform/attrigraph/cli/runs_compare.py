"""``attrigraph runs compare``: who gains and loses credit between two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.cli.table_options import check_table_options, table_options
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.domain import Level


@click.command("compare", cls=Command)
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
@click.option(
    "--by",
    type=click.Choice(["channel", "campaign", "creative"]),
    default="channel",
    show_default=True,
    help="What is credited.",
)
@click.option(
    "--model",
    metavar="NAME",
    help="Model of the table. Default: the first one that both runs have. --json has all of them.",
)
@table_options("Rows of the table, the largest changes first.")
@home_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    before: str,
    after: str,
    by: Level,
    model: str | None,
    top: int,
    show_all: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """Compare two runs: what differs, and who gains and loses credit.

    BEFORE and AFTER are ids or names of runs.
    """
    from attrigraph import bootstrap
    from attrigraph.cli.tables.runs import run_object, show_comparison
    from attrigraph.services.compared_runs import compare_runs

    check_table_options(context)
    if model is not None and as_json:
        raise InputError("--model is for the table; --json has all models")
    with bootstrap.open_stores(settings_of(home)) as stores:
        found = compare_runs(stores, before, after, level=by)
    if as_json:
        runs = {"before": run_object(found.before), "after": run_object(found.after)}
        print_json(runs | found.to_json())
        return
    chosen = next(iter(found.changes)) if model is None else model
    if chosen not in found.changes:
        raise InputError(
            f"model {chosen!r} is not in both runs, which have in common: "
            f"{', '.join(found.changes)}"
        )
    show_comparison(found, chosen, console=stdout_console(), top=None if show_all else top)
