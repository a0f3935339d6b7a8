"""``attrigraph similar duplicates``: creatives that are nearly the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.number_types import POSITIVE_COSINE
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.cli.table_options import check_table_options, table_options

if TYPE_CHECKING:
    from pathlib import Path

THRESHOLD: Final = 0.95


@click.command("duplicates", cls=Command)
@click.option(
    "--threshold",
    type=POSITIVE_COSINE,
    default=THRESHOLD,
    show_default=True,
    metavar="COSINE",
    help="Least cosine of the texts of two creatives; 1 for equal vectors.",
)
@click.option("--where", metavar="FILTER", help="Filter, such as \"format = 'video'\".")
@click.option("--collection", default="creatives", show_default=True, metavar="NAME")
@table_options("Groups in the table.")
@home_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    threshold: float,
    where: str | None,
    collection: str,
    top: int,
    show_all: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """List creatives that are nearly the same, in groups, by their texts.

    `attrigraph embed --kind creative` makes the vectors. All pairs of creatives are compared.
    """
    from attrigraph import bootstrap
    from attrigraph.services.duplicate_creatives import duplicate_creatives

    check_table_options(context)
    with bootstrap.open_stores(settings_of(home)) as stores:
        found = duplicate_creatives(stores, threshold, where=where, collection=collection)
    if as_json:
        print_json(found.to_json())
        return
    from attrigraph.cli.tables.similar_creatives import show_duplicates

    show_duplicates(found, top=None if show_all else top, console=stdout_console())
