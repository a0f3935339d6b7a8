from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from attrigraph.errors import MissingExtraError
from attrigraph.local.processes import clean_environment, find, spawn, stop

if TYPE_CHECKING:
    from pathlib import Path

SLEEP = "import sys, time; print('here', flush=True); time.sleep(60)"


def _spawn(folder: Path, program: str = SLEEP) -> int:
    return spawn(
        [sys.executable, "-c", program, f"--of={folder}"],
        log=folder / "log",
        environment=clean_environment({}),
    )


def _wait_for(log: Path, words: str) -> None:
    deadline = time.monotonic() + 30
    while words not in (log.read_text() if log.exists() else ""):
        assert time.monotonic() < deadline, f"{words!r} was never printed"
        time.sleep(0.02)


def test_a_process_is_found_by_its_words_and_stopped(tmp_path: Path) -> None:
    pid = _spawn(tmp_path)
    marker = [f"--of={tmp_path}"]
    _wait_for(tmp_path / "log", "here")
    process = find(marker)
    assert process is not None
    assert process.pid == pid
    assert os.getsid(pid) == pid  # it lives on when our terminal closes
    stop(process)
    assert find(marker, pid) is None


def test_a_number_alone_makes_no_process_ours(tmp_path: Path) -> None:
    assert find([f"--of={tmp_path}"], os.getpid()) is None


def test_words_must_be_neighbours(tmp_path: Path) -> None:
    pid = _spawn(tmp_path)
    _wait_for(tmp_path / "log", "here")
    process = find([SLEEP, f"--of={tmp_path}"])
    assert process is not None
    assert process.pid == pid
    assert find(["-c", f"--of={tmp_path}"]) is None
    stop(process)


def test_one_that_will_not_end_is_killed(tmp_path: Path) -> None:
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    _spawn(tmp_path, stubborn + SLEEP)
    _wait_for(tmp_path / "log", "here")
    process = find([f"--of={tmp_path}"])
    assert process is not None
    stop(process, timeout=0.2)
    assert find([f"--of={tmp_path}"]) is None


def test_nothing_is_left_of_a_child_that_somebody_else_stops(tmp_path: Path) -> None:
    pid = _spawn(tmp_path)
    _wait_for(tmp_path / "log", "here")
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while psutil.pid_exists(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert find([f"--of={tmp_path}"], pid) is None


def test_its_log_and_files_are_the_users_only(tmp_path: Path) -> None:
    _spawn(tmp_path, f"open({str(tmp_path / 'made')!r}, 'w').close(); " + SLEEP)
    _wait_for(tmp_path / "log", "here")
    process = find([f"--of={tmp_path}"])
    assert process is not None
    stop(process)
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_settings_for_other_java_programs_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Xmx1m")
    monkeypatch.setenv("LANG", "C.UTF-8")
    environment = clean_environment({"NEO4J_HOME": "/x"})
    assert "JAVA_TOOL_OPTIONS" not in environment
    assert (environment["LANG"], environment["NEO4J_HOME"]) == ("C.UTF-8", "/x")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.raises(MissingExtraError, match="psutil"):
        find(["x"])
