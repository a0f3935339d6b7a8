"""A backup restored into an empty home gives the same graph, runs and pseudonyms."""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from neo4j.exceptions import ClientError, Neo4jError

from command_shell import driver_of, ran, shell_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from command_shell import Shell

EVENTS = """event_id,customer_id,timestamp,kind,channel,value
e1,ada,2026-03-01T10:00Z,click,search,
e2,ada,2026-03-02T10:00Z,click,mail,
e3,ada,2026-03-03T10:00Z,conversion,,10
e4,bob,2026-03-02T10:00Z,click,mail,
"""


def graph_of(shell: Shell) -> set[str]:
    """The whole graph, the history of its schema apart, as a set of texts."""
    with driver_of(shell) as driver:
        nodes, _, _ = driver.execute_query(
            "MATCH (n) WHERE NOT n:__Neo4jMigration RETURN labels(n), n {.*}", database_="neo4j"
        )
        links, _, _ = driver.execute_query(
            "MATCH (a)-[r]->(b) WHERE NOT a:__Neo4jMigration "
            "RETURN a {.*}, type(r), r {.*}, b {.*}",
            database_="neo4j",
        )
    return {str(_sorted(record.values())) for record in (*nodes, *links)}


def _sorted(values: list[Any]) -> list[Any]:
    return [sorted(one.items(), key=str) if isinstance(one, dict) else one for one in values]


def test_a_backup_is_restored_and_verified(
    running: Shell,
    new_home: Callable[[], AbstractContextManager[Path]],
    java_home: Path | None,
    tmp_path: Path,
) -> None:
    events = tmp_path / "events.csv"
    events.write_text(EVENTS)
    ran(running, "load", str(events), "--preset", "events")
    run = ran(running, "attribute", "--models", "linear")["run"]
    file = tmp_path / "home.backup"
    created = ran(running, "backup", "create", str(file))
    assert set(created["parts"]) == {"neo4j.dump", "postgres.dump", "customer.key"}
    assert created["held"]["nodes"]["Touchpoint"] == 3
    assert file.stat().st_mode & 0o077 == 0
    expected = graph_of(running)  # the stores run again
    assert "exists" in running.fails(2, "backup", "create", str(file))
    assert "is not empty" in running.fails(2, "backup", "restore", str(file))

    with new_home() as home:
        other = shell_for(home, java_home)
        try:
            restored = ran(other, "backup", "restore", str(file))
            assert restored["held"] == created["held"]
            assert graph_of(other) == expected
            assert [one["id"] for one in ran(other, "runs", "list")["runs"]] == [run]
            again = ran(other, "load", str(events), "--preset", "events")["events"]
            assert (again["touches"]["written"], again["touches"]["present"]) == (0, 3)
            assert ran(other, "customer", "id", "ada") == ran(running, "customer", "id", "ada")
        finally:
            other.run("down")


def test_windows_that_are_due_are_due_after_a_restore_and_run_once(
    running: Shell,
    new_home: Callable[[], AbstractContextManager[Path]],
    java_home: Path | None,
    tmp_path: Path,
) -> None:
    (running.home / "schedule.toml").write_text(
        '[job.load]\ncron = "0 3 * * *"\nstart = 2026-03-01\ncatch_up = "all"\n'
        f'options = {{ files = ["{tmp_path}/events*.csv"], preset = ["events"] }}\n'
    )
    (tmp_path / "events.csv").write_text(EVENTS)
    ran(running, "jobs", "run", "load", "--from", "2026-03-01", "--to", "2026-03-04")
    file = tmp_path / "due.backup"
    ran(running, "backup", "create", str(file))
    due = [window["start"] for window in ran(running, "jobs", "due")["due"]]
    assert due[0] == "2026-03-04T00:00:00+00:00"

    with new_home() as home:
        other = shell_for(home, java_home)
        try:
            ran(other, "backup", "restore", str(file))
            assert [window["start"] for window in ran(other, "jobs", "due")["due"]] == due
            assert ran(other, "jobs", "history") == ran(running, "jobs", "history")
            ran(other, "jobs", "run", "load", "--from", "2026-03-04", "--to", "2026-03-05")
            assert [window["start"] for window in ran(other, "jobs", "due")["due"]] == due[1:]
            done = [one["start"][:10] for one in ran(other, "jobs", "history")["attempts"]]
            assert sorted(done) == [f"2026-03-0{day}" for day in range(1, 5)]
        finally:
            other.run("down")


def test_a_replica_is_read_and_not_written_and_can_be_refreshed(
    running: Shell,
    new_home: Callable[[], AbstractContextManager[Path]],
    java_home: Path | None,
    tmp_path: Path,
) -> None:
    events = tmp_path / "events.csv"
    events.write_text(EVENTS)
    ran(running, "load", str(events), "--preset", "events")
    ran(running, "attribute", "--models", "linear")
    with new_home() as home:
        copy = shell_for(home, java_home)
        try:
            ran(running, "replica", str(home))
            assert graph_of(copy) == graph_of(running)
            assert not (home / "customer.key").exists()
            rows = ran(copy, "explore", "credit_by_channel", "--param", "model=linear")
            assert rows == ran(running, "explore", "credit_by_channel", "--param", "model=linear")
            check_that_nothing_can_be_written(copy)
            assert "takes no writes" in copy.fails(4, "attribute", "--models", "last")

            before = (home / "credentials.json").read_text()
            ran(running, "attribute", "--models", "last")
            ran(running, "replica", str(home))
            assert graph_of(copy) == graph_of(running)
            assert (home / "credentials.json").read_text() == before
            check_that_nothing_can_be_written(copy)
        finally:
            copy.run("down")
    assert "nor a replica" in running.fails(2, "replica", str(running.home))


def check_that_nothing_can_be_written(shell: Shell) -> None:
    with driver_of(shell) as driver:
        for statement in (
            "CREATE (:X)",
            "MATCH (n) SET n.x = 1",
            "CREATE INDEX FOR (n:X) ON n.x",
        ):
            with pytest.raises(ClientError, match="read-only"):
                driver.execute_query(statement, database_="neo4j")
        # no user can lift it
        with pytest.raises(Neo4jError):
            driver.execute_query("ALTER DATABASE neo4j SET ACCESS READ WRITE", database_="system")


def test_what_is_no_backup_is_an_error(fresh: Shell, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no archive")
    assert "is no backup of attrigraph" in fresh.fails(2, "backup", "restore", str(text))
    part = tmp_path / "part"
    part.write_text("changed")
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"format": 1, "held": {}, "parts": {"part": "0" * 64}}))
    damaged = tmp_path / "damaged"
    with tarfile.open(damaged, "w") as archive:
        archive.add(manifest, "manifest.json")
        archive.add(part, "part")
    assert "its part part is not what was written" in fresh.fails(
        2, "backup", "restore", str(damaged)
    )
    manifest.write_text(json.dumps({"format": 9}))
    later = tmp_path / "later"
    with tarfile.open(later, "w") as archive:
        archive.add(manifest, "manifest.json")
    assert "a backup of format 9" in fresh.fails(2, "backup", "verify", str(later))
    assert not fresh.home.exists() or not any(fresh.home.iterdir())


@pytest.mark.long
def test_a_backup_can_be_verified(running: Shell, tmp_path: Path) -> None:
    file = tmp_path / "home.backup"
    ran(running, "backup", "create", str(file))
    verified = ran(running, "backup", "verify", str(file))
    assert set(verified["parts"]) == {"neo4j.dump", "postgres.dump"}
