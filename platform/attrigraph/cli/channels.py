"""``attrigraph channels``: which channel rule gives which channel to the touches of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.input_files import InputFile
from attrigraph.cli.options import json_option
from attrigraph.cli.progress_bar import progress_bar
from attrigraph.cli.sources import read_in_place, source_options
from attrigraph.cli.table_options import check_table_options, table_options

if TYPE_CHECKING:
    from pathlib import Path


@click.command("channels", cls=Command)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=InputFile(),
)
@source_options
@table_options("Rows of each table: rules, and sources and media that fit no rule.")
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    files: tuple[Path, ...],
    top: int,
    show_all: bool,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Show which channel rule gives which channel to the touches of files.

    FILEs are read as by `attrigraph attribute --input`, and nothing is written. Rules are numbered
    in their order; the first that fits gives the channel. Sources and media that no rule fits are
    listed with their touches.
    """
    from attrigraph.services.channels import channel_report

    check_table_options(context)
    with (
        progress_bar() as progress,
        read_in_place((), parameters) as (source, staging, folder),
    ):
        report = channel_report(files, source, staging=staging, folder=folder, progress=progress)
    if as_json:
        print_json(report.to_json())
        return
    from attrigraph.cli.tables.channels import show

    show(report, console=stdout_console(), top=None if show_all else top)
