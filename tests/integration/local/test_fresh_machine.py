"""From Python packages alone: an empty home, an empty cache, and no program on the PATH."""

from __future__ import annotations

import json
import stat
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from neo4j import GraphDatabase
from sqlalchemy import create_engine, text

if TYPE_CHECKING:
    from command_shell import Shell


FOREIGN = {
    *("JAVA_HOME", "ATTRIGRAPH_JAVA_HOME", "M2_REPO", "MAVEN_HOME"),
    *("XDG_CACHE_HOME", "XDG_DATA_HOME"),
}
"""Settings of a computer that is in use."""


@pytest.fixture
def bare(fresh: Shell) -> Shell:
    """A computer with Python and nothing else: jars are fetched anew."""
    home = fresh.home.parent / "user"
    nothing = fresh.home.parent / "nothing"
    for folder in (home, nothing):
        folder.mkdir()
    kept = {name: value for name, value in fresh.environment.items() if name not in FOREIGN}
    return replace(fresh, environment=kept | {"HOME": str(home), "PATH": str(nothing)})


def test_both_stores_come_up_are_found_again_and_go_down(bare: Shell) -> None:
    up = bare.run("up", "--json")
    assert up.returncode == 0, up.stderr
    assert "fetching Neo4j 5.26" in up.stderr
    stores = json.loads(up.stdout)

    _both_can_be_used(stores)
    _the_browser_is_served(stores)
    _only_the_user_reads(bare.home, Path(stores["credentials"]))

    again = bare.run("up", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == stores
    assert again.stderr == ""  # nothing was started

    status = bare.run("status", "--json")
    assert (status.returncode, json.loads(status.stdout)) == (0, stores)

    down = bare.run("down", "--json")
    assert json.loads(down.stdout)["stopped"] == ["neo4j", "postgres"]
    assert bare.run("status").returncode == 4
    assert json.loads(bare.run("down", "--json").stdout)["stopped"] == []


def _both_can_be_used(stores: dict[str, Any]) -> None:
    known = json.loads(Path(stores["credentials"]).read_text())
    login = (known["neo4j_user"], known["neo4j_password"])
    with GraphDatabase.driver(stores["neo4j"]["address"], auth=login) as driver:
        (record,) = driver.execute_query("RETURN 1 AS one", database_="neo4j").records
        assert record["one"] == 1
    address = stores["postgres"]["address"].replace(
        "postgresql://attrigraph@",
        f"postgresql+psycopg://attrigraph:{known['postgres_password']}@",
    )
    engine = create_engine(address)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM job_run")).scalar_one() == 0
    engine.dispose()


def _the_browser_is_served(stores: dict[str, Any]) -> None:
    with urllib.request.urlopen(stores["neo4j"]["browser"]) as page:
        assert page.status == 200
        assert b"Neo4j Browser" in page.read()


def _only_the_user_reads(home: Path, credentials: Path) -> None:
    for file in (credentials, home / "stack.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for folder in (home / "neo4j", (home / "postgres").resolve()):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    # no password anywhere else
    known = json.loads(credentials.read_text())
    for secret in (known["neo4j_password"], known["postgres_password"]):
        outputs = [
            file
            for file in home.rglob("*")
            if file.is_file() and file != credentials and secret.encode() in file.read_bytes()
        ]
        assert outputs == []
