"""Loads killed at critical instants: the same command again completes them, without leftovers.

Each load runs in a process of its own, which kills itself at an exact place of the code.
"""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from attrigraph.local.home import Home
from attrigraph.local.load_lock import load_lock
from killed_loads import MAIN, leftovers, read_graph, run_killed, run_patched, write_events
from long_forms import cases

if TYPE_CHECKING:
    from pathlib import Path

    from command_shell import Shell

CRITICAL = ("between the two renames", "during the import", "before the constraints")


@pytest.fixture(scope="module")
def expected(running: Shell, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """The graph of an online load that nothing disturbs."""
    file = write_events(tmp_path_factory.mktemp("expected"))
    done = running.run("load", str(file), "--preset=events", "--keep-ids", "--online")
    assert done.returncode == 0, done.stderr
    return read_graph(running, wipe=True)


@cases("instant", CRITICAL, short=1)
def test_the_same_command_completes_a_bulk_load_that_was_killed(
    running: Shell, expected: tuple[Any, Any], tmp_path: Path, instant: str
) -> None:
    words = ("load", str(write_events(tmp_path)), "--preset=events", "--keep-ids", "--bulk")
    run_killed(running, instant, *words)

    (load,) = json.loads(running.run("status", "--json").stdout)["unfinished_loads"]
    assert (load["files"], load["mode"], load["running"]) == ([words[1]], "bulk", False)
    assert "UNFINISHED" in running.run("status").stdout

    again = running.run(*words)
    assert again.returncode == 0, again.stderr
    assert leftovers(running.home) == []
    assert json.loads(running.run("status", "--json").stdout)["unfinished_loads"] == []
    assert read_graph(running, wipe=True) == expected


def test_up_removes_what_a_killed_bulk_load_left(
    running: Shell, expected: tuple[Any, Any], tmp_path: Path
) -> None:
    file = str(write_events(tmp_path))
    run_killed(
        running, "between the import and the exchange", "load", file, "--preset=events", "--bulk"
    )
    assert list((running.home / "neo4j").glob("data.import-*"))
    assert list((running.home / "staging").glob("import-*"))
    with load_lock(Home(running.home), alone=False):  # as a load that is running holds it
        assert running.run("up").returncode == 0
    assert list((running.home / "neo4j").glob("data.import-*"))
    assert running.run("up").returncode == 0
    assert not list((running.home / "neo4j").glob("data.import-*"))
    assert not list((running.home / "staging").iterdir())
    (left,) = (running.home / "loads").iterdir()
    left.unlink()
    assert expected  # the graph was empty, and is


def test_a_bulk_load_still_needs_an_empty_graph(
    running: Shell, expected: tuple[Any, Any], tmp_path: Path
) -> None:
    file = write_events(tmp_path)
    assert running.run("load", str(file), "--preset=events", "--keep-ids").returncode == 0
    words = ("load", str(file), "--preset=events", "--keep-ids", "--bulk")
    assert "needs an empty graph" in running.fails(2, *words)
    assert leftovers(running.home) == []
    assert read_graph(running, wipe=True) == expected


def test_temporary_files_of_a_killed_server_are_removed(running: Shell) -> None:
    before = json.loads(running.run("status", "--json").stdout)["neo4j"]["pid"]
    temporary = running.home / "neo4j" / "tmp"
    (left,) = temporary.glob("jetty-*")
    os.kill(before, signal.SIGKILL)
    while psutil.pid_exists(before) and psutil.Process(before).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.05)
    assert running.run("up").returncode == 0
    (now,) = temporary.glob("jetty-*")
    assert now != left


@pytest.mark.parametrize("store", ["neo4j", "postgres"])
def test_status_answers_while_a_store_hangs(running: Shell, store: str) -> None:
    pid = json.loads(running.run("status", "--json").stdout)[store]["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        done = running.run("status", "--json")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert done.returncode == 4
    error = json.loads(done.stdout)[store]["error"]
    assert (
        "does not answer; its process exists and hangs; restart it with `attrigraph down" in error
    )


def test_postgres_killed_in_a_load_costs_the_record_alone(
    running: Shell, expected: tuple[Any, Any], tmp_path: Path
) -> None:
    pid = json.loads(running.run("status", "--json").stdout)["postgres"]["pid"]
    kill = (
        "from attrigraph.services import load; write = load.write_references; "
        f"load.write_references = lambda *a: (os.kill({pid}, signal.SIGKILL), write(*a))[1]"
    )
    words = ("load", str(write_events(tmp_path)), "--preset=events", "--keep-ids")
    done = run_patched(running, kill, *words)
    assert done.returncode == 4, done.stderr
    assert "the load is complete: 1,700 touches and 100 conversions of its files" in done.stderr
    assert "only its record in the job history is missing, because Postgres at" in done.stderr
    assert "start it with `attrigraph up --home" in done.stderr
    assert running.run("up").returncode == 0
    assert read_graph(running, wipe=True) == expected


@cases("how", ["kill", "down"], short=1)
def test_a_store_that_goes_away_in_a_load_names_the_home(
    running: Shell, expected: tuple[Any, Any], tmp_path: Path, how: str
) -> None:
    pid = json.loads(running.run("status", "--json").stdout)["neo4j"]["pid"]
    stop = {
        "kill": f"os.kill({pid}, signal.SIGKILL)",
        "down": f"subprocess.run([sys.executable, '-c', {MAIN!r}, 'down'], stdout=sys.stderr)",
    }[how]
    patch = (
        "import subprocess, sys; from attrigraph.services import load; "
        f"write = load.write_references; load.write_references = lambda *a: ({stop}, write(*a))[1]"
    )
    words = ("load", str(write_events(tmp_path)), "--preset=events", "--keep-ids")
    done = run_patched(running, patch, *words)
    assert done.returncode == 4, done.stderr
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert error.startswith("Error: Neo4j at bolt://")
    assert "it is not running; start it with `attrigraph up --home" in error
    assert running.run("up").returncode == 0
    assert running.run(*words).returncode == 0
    assert leftovers(running.home) == []
    assert read_graph(running, wipe=True) == expected
