"""Folders in which files are staged: one a staging, removed at its end or by a later one."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from typing import TYPE_CHECKING, Final

import duckdb

from attrigraph.staging.database import DATABASE, staging_errors

if TYPE_CHECKING:
    from pathlib import Path

STARTING: Final = 3600
"""Seconds after which a folder without a database is taken for abandoned."""


def new_workplace(folder: Path) -> Path:
    """A new folder within ``folder``; those that killed processes left behind are removed.

    Raises:
        StagingError: when the folder cannot be written.
    """
    with staging_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for other in folder.glob("staging-*-*"):
            if _is_abandoned(other):
                shutil.rmtree(other, ignore_errors=True)
        return folder.__class__(tempfile.mkdtemp(prefix=f"staging-{os.getpid()}-", dir=folder))


def _is_abandoned(other: Path) -> bool:
    """Whether no process has the database of the folder open; DuckDB locks it while it is."""
    if other.name.split("-")[1] == str(os.getpid()):
        return False
    database = other / DATABASE
    try:
        if not database.exists():
            return time.time() - other.stat().st_mtime > STARTING
        duckdb.connect(str(database)).close()
    except duckdb.IOException:
        return False
    except (duckdb.Error, OSError):
        # What cannot be opened and is not locked is of no use to anyone.
        return True
    return True
