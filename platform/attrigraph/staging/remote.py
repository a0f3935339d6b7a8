"""Tables that are no local files: the rows of a query, or a file on another machine.

A source is named by its scheme, as in ``duckdb:shop.duckdb?SELECT ...``. It is copied into a file,
which is then read like any other. DuckDB's extensions are loaded where the user has
installed them, and never installed here. Only the command line and callers name sources; mappings
cannot.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import duckdb

from attrigraph.errors import InputError
from attrigraph.staging.chunks import quoted
from attrigraph.staging.database import first_line
from attrigraph.staging.formats import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable

QUERY: Final = re.compile(r"\?\s*(?=(?:select|with|from)\b)", re.IGNORECASE)
"""What separates a database from the query: a ``?`` before its first word."""

SCHEMES: Final = ("duckdb:", "postgres:", "s3://", "gs://", "https://", "http://")

SHOWN: Final = 40
"""Characters of a database and of a query that messages show."""

ADDRESS: Final = re.compile(r"\b(?:postgres(?:ql)?|https?|s3|gs)://\S+|\bpassword=\S+")
"""Parts of messages that may hold passwords."""


def is_remote(text: str) -> bool:
    """Whether a text names a source that is no local file."""
    return text.lower().startswith(SCHEMES)


def fetch(text: str, folder: Path) -> Path:
    """Copy a source into a new file.

    Args:
        text: ``duckdb:PATH?QUERY``, ``postgres:ADDRESS?QUERY`` with an address or conninfo string,
            or the URL (``https``, ``http``, ``s3``, ``gs``) of a file whose suffix can be read.
        folder: an empty folder for the file.

    Returns:
        The file: Parquet of a query, else one of the same name.

    Raises:
        InputError: the source has another form, DuckDB lacks the extension, or it cannot be read.
    """
    scheme = text.partition(":")[0].lower()
    take = _TAKERS.get(scheme, _take_file)
    with duckdb.connect() as database:
        for setting in ("autoinstall_known_extensions", "autoload_known_extensions"):
            database.execute(f"SET {setting} = false")
        try:
            return take(database, text, folder)
        except duckdb.Error as error:
            # an address may hold a password, and the message may hold the address
            reason = ADDRESS.sub("(address)", first_line(error))
            raise InputError(f"cannot read from the {scheme} source: {reason}") from None


def _take_duckdb(database: duckdb.DuckDBPyConnection, text: str, folder: Path) -> Path:
    name, query = _parts(text)
    path = Path(name)
    if not path.is_file():
        raise InputError(f"there is no DuckDB database {path}")
    database.execute(f"ATTACH {quoted(str(path.absolute()))} AS source (TYPE duckdb, READ_ONLY)")
    return _take_rows(database, query, folder / _file_name(path.stem, query))


def _take_postgres(database: duckdb.DuckDBPyConnection, text: str, folder: Path) -> Path:
    address, query = _parts(text)
    if address.startswith("//"):
        address = f"postgres:{address}"
    _load(database, "postgres", "postgres")
    database.execute(f"ATTACH {quoted(address)} AS source (TYPE postgres, READ_ONLY)")
    return _take_rows(database, query, folder / _file_name("postgres", query))


def _take_file(database: duckdb.DuckDBPyConnection, text: str, folder: Path) -> Path:
    name = Path(unquote(urlsplit(text).path)).name
    if not name.lower().endswith(tuple(SUFFIXES)):
        raise InputError(
            f"the file of a URL must have one of the suffixes {', '.join(SUFFIXES)}; got {name!r}"
        )
    _load(database, "httpfs", text.partition(":")[0].lower())
    [(content,)] = database.execute("SELECT content FROM read_blob($url)", {"url": text}).fetchall()
    path = folder / name
    path.write_bytes(content)
    return path


_TAKERS: Final[dict[str, Callable[[duckdb.DuckDBPyConnection, str, Path], Path]]] = {
    "duckdb": _take_duckdb,
    "postgres": _take_postgres,
}


def _parts(text: str) -> tuple[str, str]:
    """The database and the query of a source."""
    scheme, _, rest = text.partition(":")
    parts = QUERY.split(rest, maxsplit=1)
    if len(parts) != 2 or not parts[0]:
        raise InputError(f"a {scheme} source has the form {scheme}:DATABASE?SELECT ...")
    return parts[0], parts[1]


def _file_name(database: str, query: str) -> str:
    """The name of a file of rows, by which messages name the query that gave them."""
    words = re.sub(r"[^\w.,=-]+", " ", query).strip()
    return f"{database[:SHOWN]} {words[:SHOWN].strip()}.parquet"


def _load(database: duckdb.DuckDBPyConnection, extension: str, scheme: str) -> None:
    try:
        database.execute(f"LOAD {extension}")
    except duckdb.Error:
        raise InputError(
            f"the {scheme} source needs DuckDB's extension {extension!r} for DuckDB "
            f"{duckdb.__version__}, which is not installed; install it with DuckDB itself: "
            f"INSTALL {extension}"
        ) from None


def _take_rows(database: duckdb.DuckDBPyConnection, query: str, path: Path) -> Path:
    statements = database.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise InputError("the query of a source must be one SELECT statement")
    database.execute("USE source")
    rows = query.strip().removesuffix(";")
    database.execute(f"COPY ({rows}\n) TO {quoted(str(path.absolute()))} (FORMAT parquet)")
    return path
