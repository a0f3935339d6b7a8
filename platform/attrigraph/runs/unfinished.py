"""Loads that have begun to write and have not ended: running, or killed halfway.

Each has a file in ``loads`` of the home, locked for as long as its process lives and removed when
the load ends. A file without a lock means that the graph may hold only part of what was loaded.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from attrigraph.errors import InputError, LocalStoreError
from attrigraph.local.home import make_folder, read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class UnfinishedLoad:
    """A load that has begun to write.

    Attributes:
        files: names of the files, as they were given.
        digests: SHA-256 of the bytes of each file, in hexadecimal.
        mode: ``online`` or ``bulk``.
        started: when it began to write, ISO 8601 in UTC.
        running: whether its process is alive; False means that it was killed or failed.
        marker: the file that records it.
    """

    files: tuple[str, ...]
    digests: tuple[str, ...]
    mode: str
    started: str
    running: bool
    marker: Path

    def is_among(self, digests: Sequence[str]) -> bool:
        """Whether each of its files is one of those with these digests."""
        return set(self.digests) <= set(digests)

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph status --json`` prints."""
        return asdict(self) | {
            "files": list(self.files),
            "digests": list(self.digests),
            "marker": str(self.marker),
        }


@contextmanager
def unfinished_load(
    home: Path, *, files: Sequence[Path], digests: Sequence[str], mode: str
) -> Iterator[None]:
    """Mark a load as unfinished while the block runs, and afterwards if the block fails.

    A block that ends also removes the markers of killed loads all of whose files it had.

    Args:
        home: of the data set.
        files: the files that are loaded.
        digests: SHA-256 of the bytes of each.
        mode: ``online`` or ``bulk``.
    """
    folder = home / "loads"
    make_folder(folder)
    marker = folder / f"{uuid4().hex}.json"
    content = {
        "files": [str(file) for file in files],
        "digests": list(digests),
        "mode": mode,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_json(marker, content)
    with _locked(marker):
        try:
            yield
        except InputError:  # a check that failed before anything was written
            marker.unlink(missing_ok=True)
            raise
        for load in read_unfinished(home):
            if not load.running and load.is_among(digests):
                load.marker.unlink(missing_ok=True)
        marker.unlink(missing_ok=True)


def read_unfinished(home: Path) -> tuple[UnfinishedLoad, ...]:
    """The unfinished loads of a home, oldest first."""
    loads = []
    for marker in (home / "loads").glob("*.json"):
        try:
            content = read_json(marker)
            if content is not None:
                content["files"] = tuple(content["files"])
                content["digests"] = tuple(content["digests"])
                loads.append(UnfinishedLoad(**content, running=_is_locked(marker), marker=marker))
        except (LocalStoreError, KeyError, TypeError, FileNotFoundError):
            continue  # damaged, or removed by its load meanwhile
    return tuple(sorted(loads, key=lambda load: load.started))


def was_killed(home: Path, digests: Sequence[str], *, mode: str) -> bool:
    """Whether a load of files among these began in this mode and was killed or failed."""
    return any(
        load.is_among(digests) and load.mode == mode and not load.running
        for load in read_unfinished(home)
    )


@contextmanager
def _locked(marker: Path) -> Iterator[None]:
    descriptor = os.open(marker, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_locked(marker: Path) -> bool:
    descriptor = os.open(marker, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
