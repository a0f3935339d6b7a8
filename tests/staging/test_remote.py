from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import duckdb
import pytest

from attrigraph.errors import InputError
from attrigraph.staging.remote import fetch, is_remote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = [("a", "visit"), ("b", "purchase")]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "it's a shop?.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE TABLE visits (customer_id VARCHAR, kind VARCHAR)")
        database.executemany("INSERT INTO visits VALUES (?, ?)", ROWS)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "copies"
    path.mkdir()
    return path


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM visits ORDER BY ALL",
        "from visits order by all;",
        "WITH v AS (FROM visits) SELECT * FROM v ORDER BY ALL -- all of them",
    ],
)
def test_the_rows_of_a_query_become_a_file(query: str, shop: Path, folder: Path) -> None:
    path = fetch(f"duckdb:{shop}?{query}", folder)
    assert path.name.startswith("it's a shop? ")
    assert "visits" in path.name.lower()
    with duckdb.connect() as database:
        read = database.execute("FROM read_parquet($path)", {"path": str(path)}).fetchall()
    assert read == ROWS


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "has the form duckdb:DATABASE"),
        ("DELETE FROM visits", "has the form duckdb:DATABASE"),
        ("SELECT 1; DROP TABLE visits", "must be one SELECT statement"),
        ("WITH v AS (SELECT 1) DELETE FROM visits", "must be one SELECT statement"),
        ("SELECT nothing FROM visits", "cannot read from the duckdb source: .*nothing"),
    ],
)
def test_a_query_that_cannot_be_run_is_one_sentence(
    query: str, message: str, shop: Path, folder: Path
) -> None:
    with pytest.raises(InputError, match=message):
        fetch(f"duckdb:{shop}?{query}", folder)
    with duckdb.connect(str(shop), read_only=True) as database:
        assert database.execute("SELECT count(*) FROM visits").fetchall() == [(2,)]


def test_a_database_that_is_missing_is_not_made(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(InputError, match="there is no DuckDB database"):
        fetch(f"duckdb:{tmp_path / 'none.duckdb'}?SELECT 1", folder)
    assert not (tmp_path / "none.duckdb").exists()


def test_a_missing_extension_is_named_and_a_password_is_not(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        fetch("postgres://ann:secret@127.0.0.1:1/shop?SELECT * FROM visits", folder)
    assert "secret" not in str(caught.value)
    if not _has("postgres"):
        assert "the postgres source needs DuckDB's extension 'postgres'" in str(caught.value)


def _has(extension: str) -> bool:
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as database:
        try:
            database.execute(f"LOAD {extension}")
        except duckdb.Error:
            return False
    return True


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Serves ``visits.csv`` on loopback."""
    (tmp_path / "visits.csv").write_text("customer_id,kind\na,visit\n", encoding="utf-8")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


def test_a_file_of_a_server_is_copied_where_httpfs_is_installed(server: str, folder: Path) -> None:
    if _has("httpfs"):
        path = fetch(f"{server}/visits.csv", folder)
        assert path.read_text(encoding="utf-8") == "customer_id,kind\na,visit\n"
    else:
        with pytest.raises(InputError, match="needs DuckDB's extension 'httpfs'"):
            fetch(f"{server}/visits.csv", folder)
    with pytest.raises(InputError, match="must have one of the suffixes"):
        fetch(f"{server}/visits.xlsx", folder)


def test_names_of_files_are_no_sources() -> None:
    assert not any(map(is_remote, ("duckdb.csv", "s3.parquet", "/data/https:x.csv", "channel=a")))
    assert all(map(is_remote, ("duckdb:a?SELECT 1", "S3://bucket/a.parquet", "postgres:?FROM t")))
