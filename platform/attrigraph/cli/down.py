"""``attrigraph down``: stop the stores that ``up`` started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, print_lines
from attrigraph.cli.options import home_option, json_option, settings_of

if TYPE_CHECKING:
    from pathlib import Path


@click.command("down", cls=Command)
@home_option
@json_option
def command(home: Path | None, as_json: bool) -> None:
    """Stop the stores of the home; their data stays. Stores of the environment keep running."""
    from attrigraph.local import stack

    settings = settings_of(home)
    stopped = stack.down(settings)
    if as_json:
        print_json({"home": str(stack.home_of(settings).path), "stopped": stopped})
    elif stopped:
        print_lines(f"stopped {' and '.join(stopped)}; the data stays in {settings.home}")
    else:
        print_lines(f"nothing runs for {settings.home}")
