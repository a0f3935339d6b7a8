from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import LocalStoreError
from attrigraph.local.memory import Memory
from attrigraph.local.neo4j import Neo4jServer
from attrigraph.local.neo4j_additions import read_additions

if TYPE_CHECKING:
    from pathlib import Path


def test_settings_of_the_home_are_added_and_replace_ours(tmp_path: Path) -> None:
    (tmp_path / "neo4j.conf").write_text(
        "# graph data science\ndbms.security.procedures.unrestricted = gds.*\n\n"
        "db.transaction.timeout=5m\n"
    )
    server = Neo4jServer(tmp_path / "neo4j", 1111, 2222)
    lines = server.configuration(Memory(1024, 512)).splitlines()
    assert "dbms.security.procedures.unrestricted=gds.*" in lines
    assert [line for line in lines if line.startswith("db.transaction.timeout")] == [
        "db.transaction.timeout=5m"
    ]
    assert "server.bolt.listen_address=127.0.0.1:1111" in lines


def test_no_file_adds_nothing(tmp_path: Path) -> None:
    assert read_additions(tmp_path / "neo4j.conf") == {}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("gds", "line 2: expected KEY=VALUE, got 'gds'"),
        ("=1", "line 2: expected KEY=VALUE"),
        ("a.b=2", "line 2: a.b is set twice"),
        ("server.bolt.listen_address=0.0.0.0:7687", "cannot be set; the stores listen on this"),
        ("server.memory.heap.max_size=9g", "set ATTRIGRAPH_NEO4J_HEAP"),
        ("server.directories.data=/data", "all data lie in the home"),
        ("dbms.security.auth_enabled=false", "require a password"),
    ],
)
def test_what_cannot_be_added_is_an_error(tmp_path: Path, line: str, message: str) -> None:
    file = tmp_path / "neo4j.conf"
    file.write_text(f"a.b=1\n{line}\n")
    with pytest.raises(LocalStoreError, match=message.replace("(", r"\(")):
        read_additions(file)


def test_a_file_that_is_not_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "neo4j.conf").write_bytes(b"\xff=1")
    with pytest.raises(LocalStoreError, match="cannot read"):
        read_additions(tmp_path / "neo4j.conf")
