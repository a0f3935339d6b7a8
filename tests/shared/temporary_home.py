"""A home for tests and scripts, with what its local stores leave."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def home_folder(prefix: str = "attrigraph-tests-") -> Iterator[Path]:
    """A home in a folder of its own, removed with what it links to.

    Not in pytest's own temporary folder: only its owner may pass through that, and the superuser's
    Postgres runs as another user.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o711)
    home = folder / "home"
    try:
        yield home
    finally:
        if (home / "postgres").is_symlink():
            shutil.rmtree((home / "postgres").resolve())
        shutil.rmtree(folder)
