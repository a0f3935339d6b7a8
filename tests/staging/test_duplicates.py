from __future__ import annotations

import duckdb
import pytest

from attrigraph.staging import duplicates


@pytest.mark.parametrize("at_once", [2, 100])
def test_of_rows_with_one_id_one_is_taken(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "HASHES_PER_CALL", at_once)
    database = duckdb.connect()
    database.execute("""
        CREATE TABLE given AS
        SELECT 0 AS file, line, id, content, reason FROM (VALUES
            (1, 'a', 1, NULL), (2, 'b', 5, NULL), (3, 'a', 1, NULL), (4, 'a', 0, NULL),
            (5, 'a', 1, 'bad-time'), (6, 'b', 5, NULL), (7, 'b', 5, NULL), (8, 'c', 1, NULL)
        ) AS rows(line, id, content, reason)""")
    duplicates.resolve_duplicates(database, "given", "id", ["content"])
    reasons = database.execute("SELECT line, reason FROM given ORDER BY line").fetchall()
    assert reasons == [
        *((1, "other-content"), (2, None), (3, "other-content"), (4, None), (5, "bad-time")),
        *((6, "duplicate"), (7, "duplicate"), (8, None)),
    ]
