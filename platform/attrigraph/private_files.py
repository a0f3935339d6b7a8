"""Folders and files that only their owner can read, whatever the umask is."""

from __future__ import annotations

import os
import stat
from errno import ENOTDIR
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
"""The permissions of everybody but the owner."""


def make_private_folder(folder: Path, *, mode: int = 0o700) -> None:
    """Create a folder and its missing parents; one that exists is left as it is.

    Parents are closed too. Those of the superuser can be passed through but not listed, because the
    superuser's Postgres runs under an account of its own.

    Args:
        folder: to create.
        mode: permissions of the folder itself.

    Raises:
        OSError: it cannot be created.
    """
    if folder.is_dir():
        return
    make_private_folder(folder.parent, mode=passable_mode())
    try:
        folder.mkdir(mode=mode)
    except FileExistsError:
        if not folder.is_dir():
            raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), str(folder)) from None
        return  # made by another process meanwhile
    # the umask may have taken too much
    folder.chmod(mode)


def passable_mode() -> int:
    """Permissions of a folder through which our Postgres must reach its data."""
    return 0o711 if os.geteuid() == 0 else 0o700


def find_exposure(file: Path) -> str | None:
    """Why a file is not private, and what to do; None when it is.

    A file of the superuser counts as our own: the superuser can read and replace ours anyway.

    Raises:
        OSError: the file cannot be looked at.
    """
    status = file.stat()
    if status.st_uid not in (os.geteuid(), 0):
        return (
            f"{file} belongs to another user (uid {status.st_uid}), who may have replaced it; put "
            "your own file back"
        )
    if status.st_mode & OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        return f"{file} is open to other users (mode {mode:04o}); run `chmod 600` on it"
    return None
