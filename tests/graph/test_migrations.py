from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import SchemaError
from attrigraph.graph.migrations import read_migrations

if TYPE_CHECKING:
    from pathlib import Path


def _file(folder: Path, name: str, text: str = "RETURN 1;\n") -> None:
    (folder / name).write_text(text)


def test_the_projects_migrations_are_numbered_and_have_one_statement_each() -> None:
    migrations = read_migrations()
    assert [int(migration.version) for migration in migrations] == list(
        range(1, len(migrations) + 1)
    )
    assert all(len(migration.statements) == 1 for migration in migrations)
    assert all("\nCYPHER 5\n" in migration.statements[0] for migration in migrations)


def test_schema_statements_may_be_repeated() -> None:
    schema = [migration for migration in read_migrations() if migration.changes_schema]
    assert all("IF NOT EXISTS" in migration.statements[0] for migration in schema)


def test_statements_end_with_a_semicolon_at_the_end_of_a_line(tmp_path: Path) -> None:
    _file(tmp_path, "V0001__two_of_them.cypher", "// why\nRETURN ';';\r\nRETURN 2 ;\n\n")
    (migration,) = read_migrations(tmp_path)
    assert migration.statements == ("// why\nRETURN ';'", "RETURN 2")
    assert (migration.version, migration.description) == ("0001", "two of them")


def test_the_checksum_is_that_of_neo4j_migrations(tmp_path: Path) -> None:
    # CRC32 of the bytes of all statements, one after another: here those of "RETURN 1RETURN 2"
    _file(tmp_path, "V0001__a.cypher", "RETURN 1;\nRETURN 2;\n")
    (migration,) = read_migrations(tmp_path)
    assert migration.checksum == "1926902917"


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        (
            "// why\nCYPHER 5\nCREATE CONSTRAINT a IF NOT EXISTS FOR (n:A) REQUIRE n.id IS UNIQUE;",
            True,
        ),
        ("create fulltext index b if not exists for (n:A) on each [n.t];", True),
        ("DROP INDEX c IF EXISTS;", True),
        ("CREATE (:Index {of: 'CREATE INDEX'});", False),
        ("MATCH (n) SET n.constraint = 1;", False),
    ],
)
def test_schema_and_data_statements_are_distinguished(
    tmp_path: Path, text: str, schema: bool
) -> None:
    _file(tmp_path, "V0001__a.cypher", text)
    (migration,) = read_migrations(tmp_path)
    assert migration.changes_schema is schema


@pytest.mark.parametrize(
    ("text", "batched"),
    [
        ("MATCH (n) CALL (n) { SET n.a = 1 } IN TRANSACTIONS OF 100 ROWS;", True),
        ("MATCH (n) SET n.a = 1;", False),
    ],
)
def test_statements_that_commit_in_batches_are_recognised(
    tmp_path: Path, text: str, batched: bool
) -> None:
    _file(tmp_path, "V0001__a.cypher", text)
    (migration,) = read_migrations(tmp_path)
    assert (migration.batched, migration.changes_schema) == (batched, False)


def test_a_misnamed_file_is_rejected(tmp_path: Path) -> None:
    _file(tmp_path, "0001_a.cypher")
    with pytest.raises(SchemaError, match=r"named like V0001__name\.cypher, got 0001_a\.cypher"):
        read_migrations(tmp_path)


def test_two_files_with_the_same_version_are_rejected(tmp_path: Path) -> None:
    _file(tmp_path, "V0001__a.cypher")
    _file(tmp_path, "V0001__b.cypher")
    with pytest.raises(SchemaError, match="two migrations of the graph have version 0001"):
        read_migrations(tmp_path)
