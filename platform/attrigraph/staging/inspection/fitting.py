"""Presets that fit a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attrigraph.errors import InputError
from attrigraph.staging.bindings import bind
from attrigraph.staging.openings import openings
from attrigraph.staging.presets import PRESETS, preset

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb

    from attrigraph.staging.mapping import Table


@dataclass(frozen=True, slots=True)
class Fit:
    """A preset that can read a file.

    Attributes:
        preset: its name.
        table: which of its tables the file holds.
        read: number of columns that it reads, attributes of customers aside.
    """

    preset: str
    table: Table
    read: int


def best_presets(
    path: Path,
    header: Path | None,
    *,
    encoding: str | None = None,
    database: duckdb.DuckDBPyConnection,
    folder: Path,
) -> list[str]:
    """Names of the presets that read most columns of a file; see ``fitting_presets``.

    ``customers`` is none of them, for which a file would be read to its end.
    """
    names = [name for name in PRESETS if name != "customers"]
    fits = fitting_presets(path, header, names, encoding=encoding, database=database, folder=folder)
    return [fit.preset for fit in fits if fit.read == fits[0].read]


def fitting_presets(
    path: Path,
    header: Path | None,
    names: Iterable[str] = tuple(PRESETS),
    *,
    encoding: str | None = None,
    database: duckdb.DuckDBPyConnection,
    folder: Path,
) -> tuple[Fit, ...]:
    """All presets that can read a file, those that read most of its columns first.

    Args:
        path: the file.
        header: file that holds the header of a CSV file without one; None for none.
        names: names of the presets that are tried.
        encoding: of text without a byte order mark; None for UTF-8.
        database: where the file is read.
        folder: a folder that may be written.
    """
    fits = []
    for name in names:
        try:
            source = preset(name) if encoding is None else preset(name).with_encoding(encoding)
            ways = openings(path, source, header, database=database, folder=folder)
            _, binding = bind(path, ways)
        except InputError:
            continue
        header_columns = {column for way in ways for column in way.header}
        read = header_columns & set(binding.read) - set(binding.attributes)
        fits.append(Fit(name, binding.table, len(read)))
    return tuple(sorted(fits, key=lambda fit: -fit.read))
