"""The home folder of one data set: its layout, its permissions, and locks between processes.

Folders are readable by their owner only. The one exception: the superuser's Postgres runs under an
account of its own, so other users can enter the superuser's home folder, but not list it.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from attrigraph.errors import LocalStoreError
from attrigraph.private_files import make_private_folder, passable_mode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_UNUSABLE: Final = (
    (r"[:\n]", "colons and line breaks separate the entries of Java's class path"),
    (r"[\U00010000-\U0010FFFF]", "Java's class path cannot hold emoji and other rare characters"),
    (r"[\\?]", "DuckDB reads a backslash as a slash, and a question mark as the end of a name"),
    (r"[\uD800-\uDFFF]", "its bytes are not UTF-8"),
)
"""Characters that the path of a home cannot contain, and why."""
SCHEDULE: Final = "schedule.toml"
"""Name of the file that says which jobs run when."""
LOCK_WAIT: Final = 600.0
"""Seconds to wait for another `up` or `down` of the same home."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one data set, and the files and folders in it."""

    path: Path

    @property
    def neo4j(self) -> Path:
        """Configuration, data and logs of the local Neo4j."""
        return self.path / "neo4j"

    @property
    def postgres(self) -> Path:
        """Data and log of the local Postgres."""
        return self.path / "postgres"

    @property
    def credentials(self) -> Path:
        """Users and generated passwords of the local stores."""
        return self.path / "credentials.json"

    @property
    def stack(self) -> Path:
        """Addresses of the local stores, and how they were started."""
        return self.path / "stack.json"

    @property
    def lock(self) -> Path:
        """Lock of the process that starts or stops the stores."""
        return self.path / ".lock"

    def make(self) -> None:
        """Create the folder, or check that it can be written to.

        Raises:
            LocalStoreError: it cannot be created or written, or the stores cannot take its path.
        """
        for pattern, why in _UNUSABLE:
            if re.search(pattern, str(self.path)):
                raise LocalStoreError(
                    f"{str(self.path)!r} cannot be a home: {why}; choose another folder with "
                    "--home or ATTRIGRAPH_HOME"
                )
        make_folder(self.path, mode=passable_mode())


def make_folder(folder: Path, *, mode: int = 0o700) -> None:
    """Create a folder with this mode if it is missing, and check that it can be written to.

    Raises:
        LocalStoreError: it cannot be created or written.
    """
    try:
        make_private_folder(folder, mode=mode)
        probe = folder / f".probe-{_writer()}"
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        raise unwritable(folder, error) from error


def _writer() -> str:
    """A name that is unique among the processes and threads that are running."""
    return f"{os.getpid()}-{threading.get_ident()}"


def unwritable(path: Path, error: OSError) -> LocalStoreError:
    """The error for a folder or file that cannot be written."""
    if error.errno == errno.ENOSPC:
        return LocalStoreError(f"the disk of {path} is full; free some space and try again")
    reason = (error.strerror or str(error)).lower()
    return LocalStoreError(
        f"cannot write to {path} ({reason}); choose another folder with --home or ATTRIGRAPH_HOME"
    )


def write_private(file: Path, content: str) -> None:
    """Replace a file atomically by one that only its owner can read.

    Raises:
        LocalStoreError: it cannot be written.
    """
    fresh = file.with_name(f".{file.name}.{_writer()}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise unwritable(file, error) from error


def write_json(file: Path, content: dict[str, Any]) -> None:
    """Replace a private file by this object."""
    write_private(file, json.dumps(content, indent=2) + "\n")


def read_json(file: Path) -> dict[str, Any] | None:
    """The object in a file; None when there is no such file.

    Raises:
        LocalStoreError: it cannot be read or is not an object.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise LocalStoreError(
            f"cannot read {file} ({reason}); choose another folder with --home or ATTRIGRAPH_HOME"
        ) from error
    except ValueError as error:
        raise LocalStoreError(f"{file} is damaged, it should hold JSON: {error}") from error
    if not isinstance(content, dict):
        raise LocalStoreError(f"{file} should hold a JSON object, not {type(content).__name__}")
    return content


@contextmanager
def exclusive(file: Path, *, wait: float = LOCK_WAIT) -> Iterator[None]:
    """Hold a lock that is released when the block or the process ends.

    Raises:
        LocalStoreError: another process held it for longer than ``wait`` seconds.
    """
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise unwritable(file, error) from error
    try:
        _lock(descriptor, file, wait)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, file: Path, wait: float) -> None:
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise LocalStoreError(
                    f"another process has held {file} for {wait:.0f} s; wait for it or stop it"
                ) from None
            time.sleep(0.1)
        else:
            return
