"""What killed processes leave in a home: recognised, put right, and removed.

A bulk load builds its graph in ``neo4j/data.import-<pid>`` and moves the old data to
``neo4j/data.old-<pid>`` while both are exchanged. Its import files are in ``staging/import-*``.
A file that is replaced is first written as a draft, ``.stack.json.<pid>-<thread>``.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from attrigraph.errors import LocalStoreError
from attrigraph.local.load_lock import load_lock
from attrigraph.local.processes import find, stop

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.local.home import Home

_DRAFT: Final = re.compile(r"\..+[.-](?P<pid>[0-9]+)-[0-9]+")
"""Names of drafts and of probes for write access, which end in process and thread."""


def exchange_marker(home: Home) -> Path:
    """A file that exists while a bulk load has stopped Neo4j to exchange its data."""
    return home.neo4j / "exchange-unfinished"


def import_mark(folder: Path) -> str:
    """A word in the command line of the import that fills this folder."""
    return f"-Dattrigraph.import={folder}"


def restore_data(server: Path) -> None:
    """Put the old data back if a load was killed between the two renames of the exchange.

    Args:
        server: ``neo4j`` in the home; no server of it may be running.
    """
    old = sorted(server.glob("data.old-*"))
    if old and not (server / "data").exists():
        old[-1].rename(server / "data")


def sweep_unless_loading(home: Home) -> None:
    """Remove what killed bulk loads left, unless a load is running."""
    with suppress(LocalStoreError), load_lock(home, alone=True):
        sweep_imports(home)


def sweep_imports(home: Home) -> None:
    """Remove import files and data folders of killed bulk loads; the caller holds the load lock."""
    imports = [*home.neo4j.glob("data.import-*")]
    for folder in imports:
        importer = find([import_mark(folder)])
        if importer is not None:  # it outlived the load that started it
            stop(importer)
    folders = [*(home.path / "staging").glob("import-*"), *imports]
    if (home.neo4j / "data").exists():  # else one of them is still to be restored
        folders += home.neo4j.glob("data.old-*")
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def sweep_drafts(home: Home) -> None:
    """Remove drafts of files in the home's folder whose writers have ended."""
    for file in home.path.glob(".*"):
        draft = _DRAFT.fullmatch(file.name)
        if draft is not None and file.is_file() and not _is_running(int(draft["pid"])):
            with suppress(OSError):
                file.unlink()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
