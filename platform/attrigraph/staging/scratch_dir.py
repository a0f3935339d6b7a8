"""Folders in which files are staged: one per staging, removed at its end or by a later one."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import duckdb

from attrigraph.errors import StagingError
from attrigraph.escaping import is_utf8
from attrigraph.private_files import make_private_folder
from attrigraph.staging.database import DATABASE, staging_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_START_SECONDS: Final = 3600
"""Age after which a folder without a database counts as abandoned."""

TEMPORARY: Final = "attrigraph-"
"""Start of the names of temporary folders in which commands without a home stage files."""


def new_scratch_dir(folder: Path) -> Path:
    """A new folder within ``folder``; those that killed processes left behind are removed.

    Raises:
        StagingError: when the folder cannot be written.
    """
    _check_name(folder)
    # absolute, for DuckDB takes "scheme:" at the start of a relative path for another system
    folder = folder.absolute()
    with staging_errors(folder):
        make_private_folder(folder)
        remove_abandoned(folder)
        _remove_abandoned_temporary(folder)
        return folder.__class__(tempfile.mkdtemp(prefix=f"staging-{os.getpid()}-", dir=folder))


def remove_abandoned(folder: Path) -> None:
    """Remove the folders within ``folder`` that killed processes left."""
    for other in folder.glob("staging-*-*"):
        if _is_abandoned(other):
            shutil.rmtree(other, ignore_errors=True)


def _remove_abandoned_temporary(folder: Path) -> None:
    """Remove what killed commands without a home left among the temporary files.

    Args:
        folder: of this staging; others are looked for only if it is a temporary folder too.
    """
    if not folder.name.startswith(TEMPORARY):
        return
    for other in _temporary_stagings(folder.parent):
        if _is_abandoned(other):
            shutil.rmtree(other, ignore_errors=True)
            if _is_running(other):  # it has ended this staging, and may stage again
                continue
            with suppress(OSError):  # another command removed it, or it is of another user
                other.parent.rmdir()


def _temporary_stagings(parent: Path) -> Iterator[Path]:
    """Folders of stagings in temporary ones, which other commands may remove meanwhile."""
    for other in parent.glob(f"{TEMPORARY}*"):
        with suppress(OSError):
            yield from list(other.glob("staging-*-*"))


def _check_name(folder: Path) -> None:
    """Check that DuckDB can keep files there: it changes these two characters in a path."""
    name = str(folder.absolute())
    if not is_utf8(name) or set(name) & set("?\\"):
        raise StagingError(
            f"cannot use the folder {name!r}: its path must be UTF-8 and hold neither ? nor \\; "
            "choose another (--home)"
        )


def _is_running(other: Path) -> bool:
    """Whether the process that made a folder of a staging still runs."""
    try:
        os.kill(int(other.name.split("-")[1]), 0)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _is_abandoned(other: Path) -> bool:
    """Whether no process has the database of the folder open; DuckDB locks it while it is."""
    if other.name.split("-")[1] == str(os.getpid()):
        return False
    database = other / DATABASE
    try:
        if not database.exists():
            return time.time() - other.stat().st_mtime > MAX_START_SECONDS
        duckdb.connect(str(database)).close()
    except duckdb.IOException:
        return False
    except (duckdb.Error, OSError):
        # What cannot be opened and is not locked is of no use to anyone.
        return True
    return True
