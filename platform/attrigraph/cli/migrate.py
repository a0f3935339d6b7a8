"""``attrigraph migrate``: bring the schemas of both stores up to date."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, print_lines
from attrigraph.cli.options import home_option, json_option, settings_of

if TYPE_CHECKING:
    from pathlib import Path


@click.command("migrate", cls=Command)
@home_option
@json_option
def command(home: Path | None, as_json: bool) -> None:
    """Bring the schemas of both stores up to date.

    Safe to repeat, and to run from several processes at once.
    """
    from attrigraph import bootstrap

    done = bootstrap.migrate(settings_of(home))
    if as_json:
        print_json(asdict(done))
        return
    for name, steps in (("graph", done.graph), ("Postgres", done.postgres)):
        print_lines(f"{name}: {', '.join(steps) if steps else 'up to date'}")
