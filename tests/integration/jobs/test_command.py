"""``attrigraph jobs`` on real stores, as an operator calls it."""

from __future__ import annotations

import json
import signal
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.local.home import SCHEDULE as FILE
from attrigraph.store.job_windows import read_windows
from command_shell import ran, shell_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from attrigraph.settings import Settings
    from attrigraph.stores import Stores
    from command_shell import Shell

TODAY = datetime.now(UTC).date()
FIRST = TODAY - timedelta(days=3)
EVENTS = """event_id,customer_id,timestamp,kind,channel,value
e1,ada,2026-03-01T10:00Z,click,search,
e2,ada,2026-03-02T10:00Z,click,mail,
e3,ada,2026-03-03T10:00Z,conversion,,10
"""
SCHEDULE = f"""
[job.load]
cron = "* * * * *"
start = {FIRST}
options = {{ files = ["events.csv"], preset = ["events"] }}

[job.attribute]
cron = "* * * * *"
start = {FIRST}
options = {{ models = ["linear"], draws = 0 }}
"""


@pytest.fixture
def shell(graph: Stores, engine: Engine, settings: Settings) -> Iterator[Shell]:
    """Commands of a home with a schedule, over stores without events and windows."""
    files = {"events.csv": EVENTS, FILE: SCHEDULE}
    for name, content in files.items():
        (settings.home / name).write_text(content)
    yield shell_to(settings)
    for name in files:
        (settings.home / name).unlink()


def listed(shell: Shell) -> dict[str, dict[str, Any]]:
    return {job["name"]: job for job in ran(shell, "jobs", "list")["jobs"]}


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.2)
    pytest.fail("it did not happen within two minutes")


def test_windows_are_listed_run_and_recorded(shell: Shell) -> None:
    assert {name: job["n_due"] for name, job in listed(shell).items()} == {
        "load": 3,
        "attribute": 1,  # the latest of three
    }
    waits = [one["waits_for"] for one in ran(shell, "jobs", "due")["due"]]
    assert [what is None for what in waits] == [True, True, True, False]

    done = ran(
        shell, "jobs", "run", "load", "--from", str(FIRST + timedelta(1)), "--to", str(TODAY)
    )
    assert [one["state"] for one in done["windows"]] == ["done", "done"]
    (credited,) = ran(shell, "jobs", "run", "attribute")["windows"]
    assert credited["summary"]["models"] == ["linear"]

    jobs = listed(shell)
    # the first day is missing before the later ones
    assert (jobs["load"]["n_due"], jobs["load"]["n_gaps"]) == (1, 1)
    assert jobs["load"]["last_done"]["start"].startswith(str(TODAY - timedelta(1)))
    (gap,) = ran(shell, "jobs", "status")["jobs"][0]["gaps"]
    assert gap["start"].startswith(str(FIRST))
    history = ran(shell, "jobs", "history")["attempts"]
    assert [(one["job"], one["status"]) for one in history] == [
        ("attribute", "done"),
        ("load", "done"),
        ("load", "done"),
    ]

    period = ("--from", str(FIRST), "--to", str(TODAY))
    assert ran(shell, "jobs", "backfill", "load", *period)["due"] == 3
    assert listed(shell)["load"]["n_due"] == 3
    assert ran(shell, "jobs", "pause", "load")["paused"]
    assert listed(shell)["load"]["paused"]
    picture = shell.home / "jobs.svg"
    graph = ran(shell, "jobs", "graph", "--svg", str(picture))
    assert picture.read_text(encoding="utf-8").count("<rect") == 2
    assert graph["critical_path"] == ["load", "attribute"]
    assert [job["level"] for job in graph["jobs"]] == [0, 1]


def test_a_worker_runs_what_is_due_and_stops_when_it_is_asked(shell: Shell, engine: Engine) -> None:
    worker = shell.start("--log-format", "json", "jobs", "serve", "--slots", "1")
    try:
        wait_until(lambda: listed(shell)["attribute"]["last_done"] is not None)
    finally:
        worker.send_signal(signal.SIGTERM)
        _, messages = worker.communicate(timeout=60)
    assert worker.returncode == 0, messages
    assert "has stopped" in messages
    lines = [json.loads(line) for line in messages.splitlines()]
    of_attempts = [line for line in lines if line.get("job") == "attribute"]
    assert {line["window"][:10] for line in of_attempts} == {str(TODAY - timedelta(1))}
    assert all(line["attempt"] for line in of_attempts)
    states = {(row.job, row.state) for row in read_windows(engine)}
    assert states == {("load", "done"), ("attribute", "skipped"), ("attribute", "done")}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("run", "lode"), "there is no job 'lode'; there are load, "),
        (("run", "load", "--from", "2026-03-01"), "give both --from and --to"),
        (("run", "load", "--from", "2026-03-02", "--to", "2026-03-01"), "must be after the start"),
        (("run", "load", "--from", "yesterday", "--to", "2026-03-01"), "--from must be a day"),
        (("run", "load", "--from", str(TODAY), "--to", str(TODAY + timedelta(1))), "not ended"),
        (("pause", "retain"), "not in schedule.toml"),
        (("run", "retain"), "older_than"),
    ],
)
def test_wrong_input_gets_a_sentence(shell: Shell, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in shell.fails(2, "jobs", *words)


def test_a_window_that_fails_ends_the_command_with_its_code(shell: Shell) -> None:
    (shell.home / "events.csv").write_text("nothing,of,ours\n1,2,3\n")
    assert "events.csv" in shell.fails(2, "jobs", "run", "load")
    (attempt,) = ran(shell, "jobs", "history", "load")["attempts"]
    assert attempt["status"] == "failed"
    assert "events.csv" in attempt["summary"]["error"]


def test_a_home_without_a_schedule_has_a_sentence(shell: Shell) -> None:
    (shell.home / FILE).rename(shell.home / "other.toml")
    try:
        assert "there is no schedule" in shell.fails(2, "jobs", "list")
    finally:
        (shell.home / "other.toml").rename(shell.home / FILE)
