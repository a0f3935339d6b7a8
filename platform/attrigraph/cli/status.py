"""``attrigraph status``: show whether the stores are running, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import stdout_console
from attrigraph.cli.options import home_option, json_option, settings_of

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.services.vector_figures import VectorFigures
    from attrigraph.settings import Settings


@click.command("status", cls=Command)
@click.option(
    "--vectors",
    is_flag=True,
    help="Also show collections of vectors, and measure searches in Postgres and in memory.",
)
@home_option
@json_option
@click.pass_context
def command(context: click.Context, /, vectors: bool, home: Path | None, as_json: bool) -> None:
    """Show whether the stores are running, and where, and whether their schemas are up to date.

    Exit code 0 when both stores can be used, 4 when one cannot.
    """
    from attrigraph import bootstrap
    from attrigraph.cli.tables.stores import as_object, print_stores
    from attrigraph.errors import ExitCode

    settings = settings_of(home)
    stores = bootstrap.health(settings)
    shown = as_object(settings, stores)
    usable = not any(store.error for store in stores)
    figures = _measure(settings) if vectors and usable else ()
    if vectors:
        shown["vectors"] = [one.to_json() for one in figures]
    print_stores(shown, as_json=as_json)
    if figures and not as_json:
        from attrigraph.cli.tables.vectors import show_vectors

        show_vectors(figures, console=stdout_console())
    if not usable:
        context.exit(ExitCode.STORE)


def _measure(settings: Settings) -> tuple[VectorFigures, ...]:
    from attrigraph import bootstrap
    from attrigraph.services.vector_figures import measure_vectors

    with bootstrap.open_stores(settings) as opened:
        return measure_vectors(opened)
