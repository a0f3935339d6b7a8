"""``attrigraph embed``: vectors of what the graph describes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.cli.progress_bar import progress_bar

if TYPE_CHECKING:
    from pathlib import Path


@click.command("embed", cls=Command)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="NAME",
    help="campaign, creative, element or audience; repeatable. Default: all.",
)
@click.option(
    "--embedder",
    default="hashing",
    show_default=True,
    metavar="NAME",
    help="hashing, text, or sentence-transformers:PATH.",
)
@home_option
@json_option
def command(kinds: tuple[str, ...], embedder: str, home: Path | None, as_json: bool) -> None:
    """Make vectors of campaigns, creatives, elements and audiences for `similar`.

    What has not changed since the last run is not embedded again, and an interrupted run resumes.
    Another embedder makes all vectors again; they are searched when they are complete.
    """
    from attrigraph import bootstrap
    from attrigraph.services.embed import KINDS, embed

    with bootstrap.open_stores(settings_of(home)) as stores, progress_bar() as progress:
        outcomes = embed(stores, kinds or KINDS, embedder=embedder, progress=progress)
    if as_json:
        print_json({"embedded": [asdict(one) for one in outcomes]})
        return
    from attrigraph.cli.tables.similar import show_embedded

    show_embedded(outcomes, console=stdout_console())
