"""Which files jobs have loaded, and how these were then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from attrigraph.store.engine import sql_errors
from attrigraph.store.models import FileWatermark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Engine


@dataclass(frozen=True, slots=True, order=True)
class FileState:
    """A file as it was at a time.

    Attributes:
        path: absolute.
        size: bytes.
        modified_ns: when it was changed last, nanoseconds since 1970.
    """

    path: str
    size: int
    modified_ns: int


def read_watermarks(engine: Engine, job: str) -> set[FileState]:
    """The files that a job has loaded, as they were then."""
    columns = (FileWatermark.path, FileWatermark.size, FileWatermark.modified_ns)
    with sql_errors(engine.url), engine.connect() as connection:
        rows = connection.execute(select(*columns).where(FileWatermark.job == job))
        return {FileState(*row) for row in rows}


def write_watermarks(engine: Engine, job: str, files: Iterable[FileState]) -> None:
    """Record that a job has loaded files in a state."""
    rows = [
        {
            "job": job,
            "path": one.path,
            "size": one.size,
            "modified_ns": one.modified_ns,
            "loaded": datetime.now(UTC),
        }
        for one in files
    ]
    if not rows:
        return
    statement = insert(FileWatermark)
    written = {name: statement.excluded[name] for name in ("size", "modified_ns", "loaded")}
    keys = [FileWatermark.job, FileWatermark.path]
    with sql_errors(engine.url), engine.begin() as connection:
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=written), rows)
