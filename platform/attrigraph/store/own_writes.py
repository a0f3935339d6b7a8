"""Versions of collections that this process has written, so that it never reads older ones."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlalchemy import Engine

DELETED: Final = sys.maxsize
"""In place of a version: no version of a deleted collection is new enough."""

_versions: dict[tuple[str, int], int] = {}
_lock = threading.Lock()


def record_write(engine: Engine, collection: int, version: int) -> None:
    """A committed write to a collection, after which it has this version."""
    place = (str(engine.url), collection)
    with _lock:
        _versions[place] = max(version, _versions.get(place, 0))


def written_version(engine: Engine, collection: int) -> int:
    """The newest version that this process has written; 0 for none."""
    return _versions.get((str(engine.url), collection), 0)
