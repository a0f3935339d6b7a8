"""A folder next to the target, in which one export at a time prepares its files."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrigraph.errors import InputError
from attrigraph.export.tables_file import export_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def partial_folder(folder: Path, target: Path) -> Iterator[Path]:
    """An empty folder during the block, which no other export of the target has.

    What a killed export left in it is removed.

    Args:
        folder: the folder, on the disk of the target.
        target: what is exported to, for messages.

    Raises:
        InputError: another export of the target is running.
        ExportError: the folder cannot be written.
    """
    with export_errors(target):
        folder.mkdir(exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                f"another export to {target} is running; wait until it ends, or name another target"
            ) from None
        try:
            _clear(folder)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)


def _clear(folder: Path) -> None:
    for entry in folder.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
