"""``attrigraph backup``: both stores of a home in one file, and back."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json
from attrigraph.cli.input_files import InputFile
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.cli.output_files import OutputFile
from attrigraph.messages import print_messages
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from attrigraph.settings import Settings

file_argument = click.argument("file", type=InputFile(), metavar="FILE")


@click.group("backup")
def command() -> None:
    """Back up both stores of a home into one file, restore it, or verify it.

    For stores that `attrigraph up` runs as processes of this computer.
    """


@command.command("create", cls=Command)
@click.argument("file", type=OutputFile(), metavar="FILE")
@click.option(
    "--without-key",
    is_flag=True,
    help="Leave out the key of the pseudonyms, which is needed to load more files.",
)
@home_option
@json_option
def create(file: Path, without_key: bool, home: Path | None, as_json: bool) -> None:
    """Write FILE with both stores, the key of the pseudonyms and the schedule.

    The stores must be running. Neo4j is stopped for the dump and started again; run it while no
    load or job runs.
    """
    from attrigraph import bootstrap
    from attrigraph.local.backup import FILES, create_backup
    from attrigraph.local.home import SCHEDULE
    from attrigraph.services.backup import inventory_of

    settings = settings_of(home)
    with bootstrap.open_stores(settings) as stores:
        held = inventory_of(stores)
    manifest = create_backup(settings, file, held, files=(SCHEDULE,) if without_key else FILES)
    _show(manifest, f"{file} was written ({file.stat().st_size / 1e6:.1f} MB)", as_json=as_json)


@command.command("restore", cls=Command)
@file_argument
@home_option
@json_option
def restore(file: Path, home: Path | None, as_json: bool) -> None:
    """Fill a new home from FILE, start its stores, and compare them with the backup.

    The home must be empty or missing. The stores get new passwords. A backup of an older version is
    migrated.
    """
    settings = settings_of(home, docker=False)
    manifest = _restored(settings, file)
    _show(manifest, f"{settings.home} was restored; its stores are running", as_json=as_json)


@command.command("verify", cls=Command)
@file_argument
@json_option
def verify(file: Path, as_json: bool) -> None:
    """Restore FILE into a temporary home, compare it with the backup, and remove that home."""
    from attrigraph.local import stack

    with tempfile.TemporaryDirectory(prefix="attrigraph-verify-") as folder:
        Path(folder).chmod(0o711)  # the superuser's Postgres runs under another account
        settings = settings_of(Path(folder) / "home", docker=False)
        try:
            manifest = _restored(settings, file)
        finally:
            stack.down(settings)
    _show(manifest, f"{file} can be restored", as_json=as_json)


def _restored(settings: Settings, file: Path) -> dict[str, Any]:
    from attrigraph import bootstrap
    from attrigraph.local.backup import restore_backup
    from attrigraph.services.backup import check_inventory

    manifest = restore_backup(settings, file)
    bootstrap.migrate(settings)
    with bootstrap.open_stores(settings) as stores:
        check_inventory(stores, manifest["held"])
    return manifest


def _show(manifest: dict[str, Any], outcome: str, *, as_json: bool) -> None:
    held = manifest["held"]
    if as_json:
        print_json({"held": held, "parts": manifest["parts"]})
        return
    sums = {kind: sum(counts.values()) for kind, counts in held.items()}
    print_messages(
        f"{outcome}: {counted(sums['nodes'], 'node')}, "
        f"{counted(sums['relationships'], 'relationship')}, {counted(sums['rows'], 'row')}"
    )
    if "customer.key" not in manifest["parts"]:
        print_messages("it has no customer.key: keep that file, or later loads make new pseudonyms")
