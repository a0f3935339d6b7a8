"""``attrigraph retain``: events are kept for some days only."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.confirmation import confirm, yes_option
from attrigraph.cli.console import print_json, print_lines
from attrigraph.cli.options import home_option, json_option, settings_of

if TYPE_CHECKING:
    from pathlib import Path


@click.command("retain", cls=Command)
@click.option(
    "--older-than",
    "days",
    type=int,
    required=True,
    metavar="DAYS",
    help="Delete events of days that are longer ago, by UTC.",
)
@click.option("--dry-run", is_flag=True, help="Count the events, and delete nothing.")
@yes_option
@home_option
@json_option
def command(days: int, dry_run: bool, yes: bool, home: Path | None, as_json: bool) -> None:
    """Delete touches and conversions that are older than some days.

    Customers who have no later events are deleted with the links of their ids. Runs keep their
    aggregates. Events without a time are kept. Loading files with old events brings these back.
    """
    from attrigraph import bootstrap
    from attrigraph.graph.retention import count_old_events
    from attrigraph.services.retention import first_kept, retain_events

    before = first_kept(days)
    with bootstrap.open_stores(settings_of(home)) as stores:
        if dry_run:
            what, counts = "old", count_old_events(stores.driver, before)
        else:
            confirm(f"Delete all events before {before.isoformat()} for good?", yes=yes)
            done = retain_events(stores, days)
            before, what, counts = done.before, "deleted", asdict(done.deleted)
    if as_json:
        print_json({"before": before.isoformat(), what: counts})
        return
    print_lines(
        f"before {before.isoformat()}, {what}:",
        *(f"{kind}: {number:,}" for kind, number in counts.items()),
    )
