"""From files to staged rows."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from attrigraph.errors import InputError
from attrigraph.staging.bindings import (
    Binding,
    NoTableFitsError,
    bind,
    tables_for,
    with_types,
)
from attrigraph.staging.database import first_line, open_database, staging_errors
from attrigraph.staging.fingerprint import digests
from attrigraph.staging.formats import format_of
from attrigraph.staging.inspection.fitting import best_presets
from attrigraph.staging.json_reader import check_no_inner_list
from attrigraph.staging.openings import openings
from attrigraph.staging.row_importer import RowImporter
from attrigraph.staging.scratch_dir import new_scratch_dir
from attrigraph.staging.staged import Staged
from attrigraph.staging.text_encoding import is_utf8_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from attrigraph.staging.mapping import Source
    from attrigraph.staging.options import StagingOptions
    from attrigraph.staging.readers import Reader


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
        files: CSV (``.csv``, ``.tsv``), JSON lines or an array (``.jsonl``, ``.ndjson``,
            ``.json``), each also with ``.gz``, or Parquet (``.parquet``), in any mixture; their
            order does not matter.
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
                not_used = {path: _encodings_not_used(path, source) for path in files}
                own = {path: source.without_encodings(names) for path, names in not_used.items()}
                bound = _bind(database, own, options, scratch_dir)
                with ThreadPoolExecutor(1) as pool:
                    further = () if options.header is None else (options.header,)
                    hashing = pool.submit(digests, (*files, *further))
                    importer = _import(database, bound, options, on_rows)
                    resolved = importer.resolve()
                    found = replace(resolved, notes=(*_utf8_notes(not_used), *resolved.notes))
                    return Staged(database, scratch_dir, found, hashing.result(), options.key)
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


def _encodings_not_used(path: Path, source: Source) -> list[str]:
    """Encodings that a source states and that a file, which is UTF-8, does not have."""
    stated = dict.fromkeys(table.encoding for table in tables_for(path, source) if table.encoding)
    form = format_of(path)
    return [name for name in stated if is_utf8_text(path, replace(form, encoding=name))]


def _utf8_notes(not_used: Mapping[Path, Sequence[str]]) -> Iterator[str]:
    """The files for which an encoding is stated that they do not have."""
    for path, names in not_used.items():
        if names:
            yield f"{path}: it is UTF-8 text and read as such, not as {' or '.join(names)}"


def _bind(
    database: duckdb.DuckDBPyConnection,
    files: Mapping[Path, Source],
    options: StagingOptions,
    folder: Path,
) -> list[tuple[Reader, Binding]]:
    """How each file is read, and which table of its source it holds."""
    bound = []
    for path, source in files.items():
        ways = openings(path, source, options.header, database=database, folder=folder)
        try:
            reading, binding = bind(path, ways)
        except NoTableFitsError as error:
            form = ways[0].reading.form
            if form.name == "json":
                check_no_inner_list(path, form)
            fits = best_presets(
                path,
                options.header,
                encoding=form.encoding,
                database=database,
                folder=folder,
            )
            if not fits:
                raise
            raise InputError(f"{error}; the preset {' or '.join(fits)} fits it") from None
        bound.append((reading, with_types(binding, reading.types())))
    if options.header is not None and all(reading.layout.names is None for reading, _ in bound):
        raise InputError(
            f"all files have a header of their own; leave out --header {options.header}"
        )
    return bound
