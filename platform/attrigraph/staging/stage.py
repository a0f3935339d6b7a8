"""From files to staged rows."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import duckdb

from attrigraph.errors import InputError
from attrigraph.staging.bindings import Binding, bind, layout_of, tables_for, with_texts
from attrigraph.staging.database import first_line, open_database, staging_errors
from attrigraph.staging.fingerprint import fingerprint
from attrigraph.staging.readers import Reader, reader
from attrigraph.staging.row_importer import RowImporter
from attrigraph.staging.scratch_dir import new_scratch_dir
from attrigraph.staging.staged import Staged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attrigraph.staging.mapping import Source
    from attrigraph.staging.options import StagingOptions


def stage(
    files: Sequence[Path],
    source: Source,
    options: StagingOptions,
    *,
    folder: Path,
    on_rows: Callable[[int], None] | None = None,
) -> Staged:
    """Read, check and order files.

    Args:
        files: CSV (``.csv``, ``.tsv``), JSON lines (``.jsonl``, ``.ndjson``), each also with
            ``.gz``, or Parquet (``.parquet``), in any mixture; their order does not matter.
        source: what the files hold.
        options: how to read them.
        folder: where the staged rows go, in a folder of their own; made if missing.
        on_rows: called in this thread with the number of rows read so far.

    Raises:
        InputError: a file as a whole, or an option, is not what was expected.
        StagingError: the folder cannot be written or is full.
    """
    check_files(files)
    scratch_dir = new_scratch_dir(folder)
    try:
        with staging_errors(folder):
            database = open_database(scratch_dir, options)
            try:
                # first, so that a wrong file is reported before all are hashed
                bound = [_bind(database, path, source, scratch_dir) for path in files]
                with ThreadPoolExecutor(1) as pool:
                    hashing = pool.submit(fingerprint, files)
                    importer = _import(database, bound, options, on_rows)
                    return Staged(database, scratch_dir, importer.resolve(), hashing.result())
            except BaseException:
                database.close()
                raise
    except BaseException:
        shutil.rmtree(scratch_dir, ignore_errors=True)
        raise


def check_files(files: Sequence[Path]) -> None:
    """Check that there are files, each named once.

    Raises:
        InputError: otherwise.
    """
    if not files:
        raise InputError("no input file is named; name one or more")
    seen: set[Path] = set()
    for path in files:
        resolved = path.resolve()
        if resolved in seen:
            raise InputError(f"{path} is named twice, so its rows would count twice; name it once")
        seen.add(resolved)


def _import(
    database: duckdb.DuckDBPyConnection,
    bound: Sequence[tuple[Reader, Binding]],
    options: StagingOptions,
    on_rows: Callable[[int], None] | None,
) -> RowImporter:
    names = [str(reading.path) for reading, _ in bound]
    importer = RowImporter(database, names, [binding for _, binding in bound], options)
    for number, (reading, binding) in enumerate(bound):
        try:
            chunks = reading.chunks(binding.read, binding.nested)
            for _ in importer.take(number, chunks):
                if on_rows is not None:
                    on_rows(importer.read)
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error as error:
            if reading.form.name != "parquet":
                raise
            raise InputError(
                f"cannot read {reading.path} to its end: {first_line(error)}"
            ) from error
    return importer


def _bind(
    database: duckdb.DuckDBPyConnection, path: Path, source: Source, folder: Path
) -> tuple[Reader, Binding]:
    """How a file is read, and which table of the source it holds."""
    delimiter, skip = layout_of(path, source)
    reading = reader(path, delimiter, skip, database=database, folder=folder)
    any_key = any(table.rows == "customers" for table in tables_for(path, source))
    header = reading.header(every_line=any_key)
    binding = bind(path, header, source, open_ended=reading.form.name == "json")
    return reading, with_texts(binding, reading.texts())
