"""The command line as a whole: exit codes, signals, and output that cannot be written."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import click
import pytest

from attrigraph import errors
from attrigraph.cli import main
from attrigraph.errors import AttrigraphError, ExitCode
from attrigraph.escaping import CONTROL

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

EVENTS = (
    "customer_id,timestamp,kind,channel,value\n"
    "a,2026-01-01T00:00:00Z,click,mail,\n"
    "a,2026-01-02T00:00:00Z,conversion,,5\n"
)


@pytest.fixture
def events(tmp_path: Path) -> Path:
    file = tmp_path / "events.csv"
    file.write_text(EVENTS, encoding="utf-8")
    return file


@pytest.fixture
def signals() -> Iterator[None]:
    """Restore what ``main`` changes in its process."""
    handlers = {number: signal.getsignal(number) for number in main.SIGNALS}
    stdout = sys.stdout
    yield
    sys.stdout = stdout
    for number, handler in handlers.items():
        signal.signal(number, handler)


def subclasses(error: type[AttrigraphError]) -> Iterator[type[AttrigraphError]]:
    for child in error.__subclasses__():
        yield child
        yield from subclasses(child)


def test_each_outcome_has_an_exit_code_of_its_own() -> None:
    codes = {code.name: code.value for code in ExitCode}
    assert codes == {
        "DONE": 0,
        "FAILED": 1,
        "INPUT": 2,
        "EXTRA": 3,
        "STORE": 4,
        "LOCAL_STORE": 5,
        "CONSERVATION": 6,
        "STRICT": 7,
        "CONVERGENCE": 8,
        "INTERRUPTED": 130,
        "TERMINATED": 143,
    }
    assert len(set(codes.values())) == len(ExitCode.__members__)


def test_every_error_ends_with_a_listed_code() -> None:
    kinds: list[type[AttrigraphError]] = [AttrigraphError, *subclasses(AttrigraphError)]
    assert [error for error in kinds if not isinstance(error.exit_code, ExitCode)] == []
    assert errors.ConvergenceError.exit_code == 8
    assert errors.ConservationError.exit_code == 6


def test_help_lists_every_exit_code() -> None:
    text = click.Context(main.cli, info_name="attrigraph").get_help()
    listed = text.partition("Exit codes:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == [str(code.value) for code in ExitCode]


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (errors.ConvergenceError("it does not settle"), 8, "Error: it does not settle\n"),
        (errors.ConservationError("1 is not 2"), 6, "Error: 1 is not 2\n"),
        (errors.InputError("no \x1b[2J\nfile"), 2, "Error: no \\x1b[2J\\x0afile\n"),
        (click.UsageError("No \x1b option."), 2, "Error: no \\x1b option\n"),
        (
            MemoryError(),
            1,
            "Error: out of memory; run fewer models, or choose a shorter --window\n",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.usefixtures("signals")
def test_an_error_is_one_sentence_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
    message: str,
) -> None:
    def fail(**options: object) -> None:
        raise error

    monkeypatch.setattr(main.cli, "main", fail)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == code
    assert capsys.readouterr().err == message


@pytest.mark.usefixtures("signals")
def test_a_bug_shows_its_traceback_escaped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**options: object) -> None:
        raise KeyError("\x1b]0;title\x07", "mail\u202e") from ValueError("a\x1b[2Jb")

    monkeypatch.setattr(main.cli, "main", fail)
    with pytest.raises(SystemExit) as ended:
        main.main()
    lines = capsys.readouterr().err.splitlines()
    assert ended.value.code == 1
    assert lines[0] == r"ValueError: a\x1b[2Jb"
    assert "Traceback (most recent call last):" in lines
    assert not any(CONTROL.search(line) for line in lines)


def test_rejected_rows_end_with_7_under_strict(
    start: Callable[..., subprocess.Popen[str]], events: Path
) -> None:
    events.write_text(EVENTS + "a,yesterday,click,mail,\n", encoding="utf-8")
    home = events.parent / "home"
    arguments = ("load", events, "--preset", "events", "--dry-run", "--home", home)
    running = start(*arguments, "--strict")
    _, err = running.communicate()
    assert running.returncode == 7
    assert "1 row rejected; see " in err


def test_no_command_shows_the_help_as_an_error(start: Callable[..., subprocess.Popen[str]]) -> None:
    running = start()
    out, err = running.communicate()
    assert (running.returncode, out) == (2, "")
    assert "Exit codes:" in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_command_that_is_ended_leaves_nothing_staged(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path, number: signal.Signals
) -> None:
    file = tmp_path / "events.csv"
    rows = "".join(f"c{i},2024-03-01T12:00:00Z,click\n" for i in range(400_000))
    file.write_text("customer_id,timestamp,kind\n" + rows, encoding="utf-8")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    running = start(
        *("attribute", "--input", file, "--preset", "events", "--models", "linear"),
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    while not list(temporary.glob("attrigraph-*/*/*")) and running.poll() is None:
        time.sleep(0.01)
    running.send_signal(number)
    out, err = running.communicate()
    assert (running.returncode, out) == (128 + number, "")
    assert "Traceback" not in err
    assert not list(temporary.iterdir())


QUERY = """
import os, threading
from attrigraph.services import attribute_files
from attrigraph.staging.database import open_cursor, open_database

def query(files, source, options, *, staging, folder, **further):
    cursor = open_cursor(open_database(folder, staging))
    threading.Timer(0.5, os.kill, (os.getpid(), {number})).start()
    cursor.execute("SELECT sum(hash(a.range * b.range)) FROM range(1000000) a, range(1000000) b")

attribute_files.attribute_files = query
"""
"""A query that takes hours in each of DuckDB's threads, and a signal half a second later."""


@pytest.mark.parametrize(
    ("number", "message"),
    [(signal.SIGINT, "interrupted (Ctrl-C)\n"), (signal.SIGTERM, "terminated (SIGTERM)\n")],
)
def test_a_signal_inside_a_query_of_duckdb_ends_the_command(
    start: Callable[..., subprocess.Popen[str]],
    events: Path,
    tmp_path: Path,
    number: signal.Signals,
    message: str,
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    running = start(
        *("attribute", "--input", events, "--preset", "events"),
        before=QUERY.format(number=number.value),
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    out, err = running.communicate(timeout=120)
    assert (running.returncode, out, err) == (128 + number, "", message)
    assert not list(temporary.iterdir())


def arguments_of(case: str, events: Path) -> tuple[str | Path, ...]:
    attribute = ("--quiet", "attribute", "--input", events, "--preset", "events", "--draws", "0")
    return {
        "help": ("--help",),
        "help of a command": ("load", "--help"),
        "version": ("--version",),
        "list": ("simulate", "--list"),
        "lines": ("status", "--home", events.parent / "home"),
        "table": (*attribute, "--models", "linear"),
        "JSON": (*attribute, "--models", "linear", "--json"),
    }[case]


CASES = pytest.mark.parametrize(
    "case", ["help", "help of a command", "version", "list", "lines", "table", "JSON"]
)


@CASES
def test_a_full_device_is_one_sentence(
    start: Callable[..., subprocess.Popen[str]], events: Path, case: str
) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123
        running = start(*arguments_of(case, events), stdout=full)
        _, err = running.communicate()
    assert running.returncode == 1
    assert err == "Error: cannot write to standard output: No space left on device\n"


@CASES
def test_a_closed_pipe_ends_the_command_in_silence(
    start: Callable[..., subprocess.Popen[str]], events: Path, case: str
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    running = start(*arguments_of(case, events), stdout=writing)
    os.close(writing)
    _, err = running.communicate()
    assert (running.returncode, err) == (1, "")


def test_an_error_whose_message_cannot_be_written_keeps_its_code(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    missing = tmp_path / "missing.csv"
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123
        running = start("attribute", "--input", missing, "--preset", "events", stderr=full)
        running.communicate()
    assert running.returncode == 2
