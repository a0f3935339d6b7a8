"""An export as a folder of Parquet files, one per table.

The files are in a folder of their own, to which the link ``current`` leads. An export writes a new
folder and then replaces the link. The folder before is kept until the next export, for readers
that have followed the link already.
"""

from __future__ import annotations

import re
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.export.partial import partial_folder
from attrigraph.export.schema import TABLES
from attrigraph.export.tables_file import export_errors, open_tables, ordered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CURRENT: Final = "current"
"""Name of the link that readers follow."""

_PARTIAL: Final = ".partial"
_OURS: Final = re.compile(rf"{CURRENT}|\{_PARTIAL}|export-[0-9a-f]{{16}}")


@dataclass(frozen=True, slots=True)
class ParquetFolder:
    """A folder of exports, of which the link ``current`` names one."""

    folder: Path

    @contextmanager
    def prepared(self) -> Iterator[Path]:
        """See ``Destination``."""
        _check(self.folder)
        with export_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        with partial_folder(self.folder / _PARTIAL, self.folder) as folder:
            yield folder

    def publish(self, tables: Path) -> None:
        """See ``Destination``."""
        name = f"export-{secrets.token_hex(8)}"
        made, link = tables.with_name(name), tables.with_name(CURRENT)
        before = self._current()
        with export_errors(self.folder):
            made.mkdir()
            _write_files(tables, made)
            made.rename(self.folder / name)
            link.symlink_to(name)
            link.replace(self.folder / CURRENT)
            for old in self.folder.glob("export-*"):
                if old.name not in (name, before):
                    shutil.rmtree(old)

    def _current(self) -> str | None:
        link = self.folder / CURRENT
        return link.readlink().name if link.is_symlink() else None


def _check(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; name a folder for the Parquet files")
    strangers = sorted(
        entry.name
        for entry in (folder.iterdir() if folder.is_dir() else ())
        if not _OURS.fullmatch(entry.name)
    )
    if strangers:
        raise InputError(
            f"{folder} must be new, empty or an earlier export, and holds {strangers[0]!r}; name "
            "another folder"
        )


def _write_files(tables: Path, folder: Path) -> None:
    with open_tables(tables) as database:
        for table in TABLES:
            database.execute(
                f"COPY ({ordered(table)}) TO '{_quoted(folder / f'{table.name}.parquet')}' "
                "(FORMAT parquet, COMPRESSION zstd)"
            )


def _quoted(file: Path) -> str:
    """A name for ``COPY``, which takes no parameters."""
    return str(file).replace("'", "''")
