"""``attrigraph hierarchy``: learn positions in the campaign tree, and what they add to text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.pages import write_page
from attrigraph.cli.progress_bar import progress_bar
from attrigraph.messages import print_messages

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.services.hierarchy import TrainedHierarchy


@click.group("hierarchy")
def command() -> None:
    """Learn where campaigns belong from the tree of ad accounts, campaigns, ad sets and creatives.

    `similar` then orders campaigns by the distance in the tree as well.
    """


@command.command("train", cls=Command)
@click.option(
    "--publish/--no-publish",
    default=None,
    help="Whether `similar` uses the positions. Default: if the tree adds to text.",
)
@click.option(
    "--evaluate/--no-evaluate",
    default=True,
    show_default=True,
    help="Whether to measure what the tree adds, which takes ten further trainings.",
)
@home_option
@json_option
def train(publish: bool | None, evaluate: bool, home: Path | None, as_json: bool) -> None:
    """Learn positions from the graph and from the vectors of `attrigraph embed`.

    Needs the extra gnn.
    """
    from attrigraph import bootstrap
    from attrigraph.services.hierarchy import train_hierarchy

    with bootstrap.open_stores(settings_of(home)) as stores, progress_bar() as progress:
        trained = train_hierarchy(stores, publish=publish, evaluate=evaluate, progress=progress)
    _show(trained, as_json=as_json)


@command.command("report", cls=Command)
@click.option(
    "--picture", type=OutputFile(), metavar="FILE", help="Draw the tree as SVG into this file."
)
@home_option
@json_option
def report(picture: Path | None, home: Path | None, as_json: bool) -> None:
    """Show the newest training, and what the tree adds to text."""
    from attrigraph import bootstrap
    from attrigraph.services.hierarchy import draw_hierarchy, read_hierarchy

    with bootstrap.open_stores(settings_of(home)) as stores:
        trained = read_hierarchy(stores)
        if picture is not None:
            write_page(picture, draw_hierarchy(stores))
    _show(trained, as_json=as_json)
    if picture is not None:
        print_messages(f"wrote {picture}")


def _show(trained: TrainedHierarchy, *, as_json: bool) -> None:
    if as_json:
        print_json(trained.to_json())
        return
    from attrigraph.cli.tables.hierarchy import show_hierarchy

    show_hierarchy(trained, console=stdout_console())
