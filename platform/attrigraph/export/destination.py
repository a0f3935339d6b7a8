"""What every form of export has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path


class Destination(Protocol):
    """Where an export is written to."""

    def prepared(self) -> AbstractContextManager[Path]:
        """A folder for the file of the tables, after the target was checked.

        Raises:
            InputError: the target is something else than an earlier export.
            ExportError: it cannot be written.
        """
        ...

    def publish(self, tables: Path) -> None:
        """Replace what the target holds by the tables, in one step for readers.

        Args:
            tables: the DuckDB file, in the folder that ``prepared`` gave; it may be moved.

        Raises:
            ExportError: the target cannot be written.
        """
        ...
