"""``attrigraph status``: say what runs where."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from attrigraph.cli.options import home_option, json_option, settings_of

if TYPE_CHECKING:
    from pathlib import Path


@click.command("status")
@home_option
@json_option
def command(home: Path | None, as_json: bool) -> None:
    """Say what runs where, and whether the schemas are up to date.

    Exit code 0 when both stores can be used, 4 when one cannot.
    """
    from attrigraph import bootstrap
    from attrigraph.cli.stores_view import as_lines, as_object
    from attrigraph.errors import StoreError

    settings = settings_of(home)
    stores = bootstrap.health(settings)
    shown = as_object(settings, stores)
    click.echo(json.dumps(shown, indent=2) if as_json else "\n".join(as_lines(shown)))
    if any(store.error for store in stores):
        sys.exit(StoreError.exit_code)
