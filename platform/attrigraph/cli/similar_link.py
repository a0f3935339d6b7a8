"""``attrigraph similar link``: links between similar creatives, in the graph."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.number_types import POSITIVE_COSINE
from attrigraph.cli.options import home_option, json_option, settings_of

if TYPE_CHECKING:
    from pathlib import Path

THRESHOLD: Final = 0.65


@click.command("link", cls=Command)
@click.option(
    "--threshold",
    type=POSITIVE_COSINE,
    default=THRESHOLD,
    show_default=True,
    metavar="COSINE",
    help="Least cosine of the hooks of two creatives.",
)
@home_option
@json_option
def command(threshold: float, home: Path | None, as_json: bool) -> None:
    """Link creatives of an audience whose hooks are similar, as SIMILAR_TO in the graph.

    `attrigraph embed --kind element` makes the vectors of hooks. Readers see the links of the run
    before until all of the new ones are there; the same hooks are linked once.
    """
    from attrigraph import bootstrap
    from attrigraph.services.similar_creatives import link_similar_creatives

    with bootstrap.open_stores(settings_of(home)) as stores:
        found = link_similar_creatives(stores, threshold)
    if as_json:
        print_json(asdict(found))
        return
    from attrigraph.cli.tables.similar_creatives import show_linked

    show_linked(found, console=stdout_console())
