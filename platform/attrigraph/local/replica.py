"""A read-only copy of a home's stores, for people who query and must not write.

Neo4j Community has no roles: each of its users may write. So the copy is another home, whose Neo4j
takes no writes at all (``server.databases.default_to_read_only``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.local import stack
from attrigraph.local.backup import fill
from attrigraph.local.home import write_private
from attrigraph.local.neo4j_additions import ADDITIONS, read_additions

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.settings import Settings

READ_ONLY: Final = "server.databases.default_to_read_only"


def fill_replica(settings: Settings, backup: Path) -> None:
    """Make a home a read-only copy, or refresh it; its stores are running then.

    Args:
        settings: of the home: empty, missing, or a replica, which keeps passwords and ports.
        backup: of the home to copy.

    Raises:
        InputError: the folder is something else, or the stores are not local.
        LocalStoreError: a store cannot be started or filled.
    """
    home = stack.home_of(settings)
    additions = home.path / ADDITIONS
    is_empty = not home.path.is_dir() or not any(home.path.iterdir())
    if not is_empty and READ_ONLY not in read_additions(additions):
        raise InputError(f"{home.path} is neither empty nor a replica; name another folder")
    home.make()
    if is_empty:
        write_private(additions, f"# a replica: filled by attrigraph replica\n{READ_ONLY}=true\n")
    fill(settings, backup)
