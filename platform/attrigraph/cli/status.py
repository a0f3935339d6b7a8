"""``attrigraph status``: show whether the stores are running, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.options import home_option, json_option, settings_of

if TYPE_CHECKING:
    from pathlib import Path


@click.command("status", cls=Command)
@home_option
@json_option
@click.pass_context
def command(context: click.Context, /, home: Path | None, as_json: bool) -> None:
    """Show whether the stores are running, and where, and whether their schemas are up to date.

    Exit code 0 when both stores can be used, 4 when one cannot.
    """
    from attrigraph import bootstrap
    from attrigraph.cli.tables.stores import as_object, print_stores
    from attrigraph.errors import ExitCode

    settings = settings_of(home)
    stores = bootstrap.health(settings)
    shown = as_object(settings, stores)
    print_stores(shown, as_json=as_json)
    if any(store.error for store in stores):
        context.exit(ExitCode.STORE)
