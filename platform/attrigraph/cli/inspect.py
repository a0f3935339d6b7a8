"""``attrigraph inspect``: what files hold, and the preset or mapping that reads them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.input_files import InputFile
from attrigraph.cli.options import json_option
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.pages import write_page
from attrigraph.messages import print_messages

FILES = click.Path(path_type=Path, dir_okay=False)


@click.command("inspect", cls=Command)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=InputFile())
@click.option(
    "--header",
    type=FILES,
    metavar="FILE",
    help="File that holds the header of CSV files without one, such as column_headers.tsv.",
)
@click.option(
    "--encoding",
    metavar="NAME",
    help="Encoding of CSV and JSON, such as cp1252. Default: UTF-8, or UTF-16 by its mark.",
)
@click.option("--out", type=OutputFile(), metavar="FILE", help="Write a mapping for --mapping.")
@json_option
def command(
    files: tuple[Path, ...],
    header: Path | None,
    encoding: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Show what files hold and how to read them: a preset, or a proposed mapping.

    The first rows of each FILE are read, and nothing is loaded. Where no preset fits, fields are
    guessed from the names and values of columns; what is missing or left open is listed.
    """
    from attrigraph.services.inspect import inspect_files
    from attrigraph.staging.scratch_dir import TEMPORARY

    with tempfile.TemporaryDirectory(prefix=TEMPORARY, ignore_cleanup_errors=True) as folder:
        inspection = inspect_files(files, header, folder=Path(folder), encoding=encoding)
    if out is not None:
        write_page(out, inspection.mapping_text())
        print_messages(str(out))
    if as_json:
        print_json(inspection.to_json())
        return
    from attrigraph.cli.tables.inspection import show

    show(inspection, console=stdout_console(), written=out)
