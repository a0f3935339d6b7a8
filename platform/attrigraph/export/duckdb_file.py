"""An export as one DuckDB file."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from attrigraph.errors import InputError
from attrigraph.export.partial import partial_folder
from attrigraph.export.tables_file import export_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class DuckDBFile:
    """A file that each export replaces; programs that have it open keep the one before."""

    file: Path

    @contextmanager
    def prepared(self) -> Iterator[Path]:
        """See ``Destination``."""
        _check(self.file)
        with partial_folder(self.file.with_name(f".{self.file.name}.partial"), self.file) as folder:
            yield folder

    def publish(self, tables: Path) -> None:
        """See ``Destination``."""
        with export_errors(self.file):
            tables.replace(self.file)


def _check(file: Path) -> None:
    log = file.with_name(f"{file.name}.wal")
    if not file.parent.is_dir():
        raise InputError(f"the folder of {file} does not exist; create it first")
    if log.exists():
        raise InputError(
            f"another program writes to {file}, or was killed while it did: there is {log}; close "
            "that program, or name another file"
        )
    if file.exists() and not _is_export(file):
        raise InputError(
            f"{file} is no export of attrigraph, and would be replaced; name another file"
        )


def _is_export(file: Path) -> bool:
    try:
        with closing(duckdb.connect(str(file), read_only=True)) as database:
            database.execute("SELECT schema_version FROM export_info")
    except duckdb.Error:
        return False
    return True
