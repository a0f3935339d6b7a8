"""``attrigraph replica``: a read-only copy of a home, for people who only query."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.options import home_option, json_option, settings_of


@click.command("replica", cls=Command)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@home_option
@json_option
def command(folder: Path, home: Path | None, as_json: bool) -> None:
    """Copy both stores into the home DIR, whose Neo4j takes no writes.

    DIR is empty or missing, or a replica that is refreshed; it keeps its passwords and ports then.
    Its key of the pseudonyms is left out. Neo4j is stopped for the dump and started again. For
    stores that `attrigraph up` runs as processes of this computer.
    """
    from attrigraph import bootstrap
    from attrigraph.cli.tables.stores import as_object, print_stores
    from attrigraph.local.backup import create_backup
    from attrigraph.local.replica import fill_replica
    from attrigraph.services.backup import check_inventory, inventory_of

    settings, target = settings_of(home), settings_of(folder, docker=False)
    with tempfile.TemporaryDirectory(prefix=".replica-", dir=settings.home) as scratch:
        backup = Path(scratch) / "backup"
        with bootstrap.open_stores(settings) as stores:
            held = inventory_of(stores)
        create_backup(settings, backup, held, files=())
        fill_replica(target, backup)
    with bootstrap.open_stores(target) as stores:
        check_inventory(stores, held)
    health = bootstrap.health(target, timeout=bootstrap.START_TIMEOUT)
    print_stores(as_object(target, health), as_json=as_json)
