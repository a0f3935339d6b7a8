"""Writes the CSV files that commands make."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Any

from attrigraph.cli.pages import write_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows under a header; an older file is replaced.

    Raises:
        InputError: it cannot be written there.
    """
    text = StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_page(path, text.getvalue())
