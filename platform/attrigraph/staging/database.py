"""A private DuckDB: bounded in memory, spilling to a folder, in the time zone UTC."""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

import duckdb

from attrigraph.errors import InputError, StagingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attrigraph.staging.options import StagingOptions

MEMORY: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(?:[KMGT]i?)?B", re.IGNORECASE)
"""A size with its unit."""

DATABASE: Final = "staged.duckdb"
"""Name of a database file in its folder. It holds no rows; DuckDB locks it while it is used."""

ROWS: Final = "staged_rows"
"""Name of the database of the rows: in memory, and in the folder what this cannot hold."""

SHARE: Final = 0.75
"""Share of the memory for reading that DuckDB gets; arrays that are made of its rows need the rest.

At 10,000,000 events the process holds 1,190 MB with 800 MB for DuckDB, and 1,160 MB with 750 MB.
"""

_CONNECTIONS: Final[WeakSet[duckdb.DuckDBPyConnection]] = WeakSet()


def open_database(folder: Path, options: StagingOptions) -> duckdb.DuckDBPyConnection:
    """A new database in the folder, with the memory and threads that the options allow.

    Raises:
        InputError: when the memory is not a size.
        StagingError: when the folder cannot be written.
    """
    settings: dict[str, str | int | bool] = {
        "temp_directory": str(folder / "overflow"),
        "TimeZone": "UTC",
        "preserve_insertion_order": True,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        # a table that is missing must not be looked for among Python's variables
        "python_enable_replacements": False,
        # otherwise a long query of an interactive Python prints it into what goes to stdout
        "enable_progress_bar": False,
    }
    if options.threads is not None:
        settings["threads"] = options.threads
    with staging_errors(folder):
        database = duckdb.connect(str(folder / DATABASE))
        _CONNECTIONS.add(database)
        try:
            memory = _share_of(options.memory)
            database.execute("SET memory_limit = $memory", {"memory": memory})
        except duckdb.Error as error:
            database.close()
            raise InputError(
                f"the memory for staging must be a size such as 1GB, got {options.memory!r}: "
                f"{first_line(error)}"
            ) from error
        for name, value in settings.items():
            database.execute(f"SET {name} = $value", {"value": value})
        database.execute(f"ATTACH ':memory:' AS {ROWS}; USE {ROWS}")
    return database


def _share_of(memory: str) -> str:
    """The memory of DuckDB, a size with its unit as in the options."""
    size = MEMORY.fullmatch(memory)
    assert size is not None  # the options have checked it
    return f"{float(size[1]) * SHARE:f}{memory[size.end(1) :]}"


def open_cursor(database: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A further connection to the database, for a query of its own."""
    cursor = database.cursor()
    cursor.execute(f"USE {ROWS}")
    _CONNECTIONS.add(cursor)
    return cursor


def interrupt_queries() -> None:
    """Stop every running query; to be called by the handler of a signal.

    Without it DuckDB ends its query when the handler raises, but first waits for what its other
    threads are doing, which can be the whole query.
    """
    for connection in list(_CONNECTIONS):
        with suppress(duckdb.Error):  # it is closed
            connection.interrupt()


@contextmanager
def staging_errors(folder: Path) -> Iterator[None]:
    """Turn failures of the disk or of memory into one sentence.

    Raises:
        StagingError: the staged rows cannot be written or held.
    """
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise StagingError(
            f"staging in {folder} ran out of memory or disk; free some, or allow more with "
            f"--memory (DuckDB: {first_line(error)})"
        ) from error
    except (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException) as error:
        # a commit that the disk does not take is a failed transaction, and fatal afterwards
        raise _unusable(folder, first_line(error)) from error
    except OSError as error:
        raise _unusable(folder, str(error.strerror)) from error


def _unusable(folder: Path, reason: str) -> StagingError:
    if "No space left" in reason:
        return StagingError(
            f"the disk of {folder} is full; free some space and try again, or stage on another "
            "disk (--home, or TMPDIR where no home is used)"
        )
    return StagingError(f"cannot use the folder {folder}: {reason}")


def first_line(error: BaseException) -> str:
    """The first line of an error's message, without the name that DuckDB puts before it."""
    line = (str(error).splitlines() or [""])[0]
    return line.partition("Error: ")[2] or line
