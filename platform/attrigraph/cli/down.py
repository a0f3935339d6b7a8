"""``attrigraph down``: stop the stores that ``up`` started."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from attrigraph.cli.options import home_option, json_option, settings_of

if TYPE_CHECKING:
    from pathlib import Path


@click.command("down")
@home_option
@json_option
def command(home: Path | None, as_json: bool) -> None:
    """Stop the stores of the home; their data stay. Stores of the environment are left alone."""
    from attrigraph.local import stack

    settings = settings_of(home)
    stopped = stack.down(settings)
    if as_json:
        click.echo(json.dumps({"home": str(stack.home_of(settings).path), "stopped": stopped}))
    elif stopped:
        click.echo(f"stopped {' and '.join(stopped)}; the data stay in {settings.home}")
    else:
        click.echo(f"nothing runs for {settings.home}")
