"""``attrigraph bloom``: files for Neo4j Bloom, NeoDash and Neo4j Browser."""

from __future__ import annotations

from pathlib import Path

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_files
from attrigraph.cli.options import json_option
from attrigraph.messages import print_messages


@click.group("bloom", no_args_is_help=False)
def command() -> None:
    """Files that show the graph in Neo4j Bloom, NeoDash and Neo4j Browser."""


@command.command("write", cls=Command)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Replace files in DIR that have other content.")
@json_option
def write(folder: Path, replace: bool, as_json: bool) -> None:
    """Write files for Neo4j Bloom, NeoDash and Neo4j Browser to DIR.

    For Bloom a perspective and scene actions, for NeoDash a dashboard, for Neo4j Browser a style,
    favourites and a guide.

    They hold queries and names of the graph's schema, and no data. Needs no store.
    """
    from attrigraph.bloom.folder import write_bloom_files

    paths = write_bloom_files(folder, replace=replace)
    print_files(paths, as_json=as_json)
    print_messages(f"{len(paths)} files are in {folder}")
