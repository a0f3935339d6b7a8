"""``attrigraph export``: a run as tables for BI tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, print_lines
from attrigraph.cli.options import day_of, home_option, json_option, run_option, settings_of
from attrigraph.errors import InputError
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from attrigraph.services.export_destination import ExportForm

FORMS: Final = ("parquet", "duckdb", "postgres")


@click.command("export", cls=Command)
@click.argument("target", envvar="ATTRIGRAPH_EXPORT_TARGET")
@click.option(
    "--to",
    "form",
    type=click.Choice(FORMS),
    required=True,
    help="Form of the export: a folder of Parquet files, a DuckDB file, or tables in Postgres.",
)
@click.option(
    "--window",
    metavar="START..END",
    help="Days from START (inclusive) to END (exclusive), in the zone of the run. Default: all.",
)
@click.option(
    "--schema",
    metavar="NAME",
    help="Schema in Postgres, which holds nothing else. Default: attrigraph_export.",
)
@run_option
@home_option
@json_option
def command(
    target: str,
    form: ExportForm,
    window: str | None,
    schema: str | None,
    run_key: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Export credit, paths, spend and events by day to TARGET, for BI tools.

    TARGET is a folder, a file, or the address of a Postgres; without it, ATTRIGRAPH_EXPORT_TARGET
    is read, so that a password is not among the arguments. An earlier export is replaced in one
    step: readers find the old tables or the new ones. The same run and window give the same rows.
    """
    from attrigraph import bootstrap
    from attrigraph.services.export import export_run
    from attrigraph.services.export_destination import open_destination

    if schema is not None and form != "postgres":
        raise InputError(f"--schema is for --to postgres, got --to {form}; leave it out")
    days = _days(window)
    with (
        bootstrap.open_stores(settings_of(home)) as stores,
        open_destination(form, target, schema=schema) as destination,
    ):
        done = export_run(stores, destination, run_key=run_key, window=days)
    if as_json:
        print_json({"to": form, **done.to_json()})
        return
    print_lines(
        f"exported run {done.run}:",
        *(f"{name}: {counted(rows, 'row')}" for name, rows in done.rows.items()),
    )


def _days(text: str | None) -> tuple[date, date] | None:
    if text is None:
        return None
    start, dots, end = text.partition("..")
    if not (dots and start and end):
        raise InputError(
            f"--window must be START..END, such as 2026-06-01..2026-07-01; got {text!r}"
        )
    first, last = (day_of(one, "a day of --window") for one in (start, end))
    if first is None or last is None or first >= last:
        raise InputError(f"--window must start before its end, got {text!r}")
    return first, last
