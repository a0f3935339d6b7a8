"""``attrigraph similar expect``: the ROAS that a new campaign may expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.cli.table_options import check_table_options, table_options

if TYPE_CHECKING:
    from pathlib import Path


@click.command("expect", cls=Command)
@click.option("--text", metavar="TEXT", help="What the new campaign is about.")
@click.option("--id", "id_", metavar="ID", help="A campaign, whose own results do not count.")
@click.option("--collection", default="campaigns", show_default=True, metavar="NAME")
@click.option(
    "--model", default="incremental", show_default=True, metavar="NAME", help="Whose credit."
)
@table_options("Neighbours in the table.")
@home_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    text: str | None,
    id_: str | None,
    collection: str,
    model: str,
    top: int,
    show_all: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """Show the ROAS that a new campaign may expect, from campaigns with similar texts.

    It is the mean of its neighbours, shrunk to that of all campaigns by how much texts show in this
    account. The 90 % interval is that of the campaign's true ROAS. Campaigns whose ROAS the data
    cannot answer do not count.
    """
    from attrigraph import bootstrap
    from attrigraph.services.expectation import expected_roas
    from attrigraph.services.query_vector import SimilarText

    check_table_options(context)
    if (text is None) == (id_ is None):
        raise click.UsageError("give one of --text and --id")
    query = SimilarText(text) if text is not None else str(id_)
    with bootstrap.open_stores(settings_of(home)) as stores:
        found = expected_roas(stores, query, collection=collection, model=model)
    if as_json:
        print_json(found.to_json())
        return
    from attrigraph.cli.tables.expectation import show_expected

    show_expected(found, top=None if show_all else top, console=stdout_console())
