"""The command line as a whole: what fails is one sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from attrigraph.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def test_too_little_memory_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def out_of_memory() -> None:
        raise MemoryError

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(main, "cli", out_of_memory)
    with pytest.raises(SystemExit) as ended:
        main.main()
    signal.signal(signal.SIGTERM, before)
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("Error: there is not enough memory")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_command_that_is_ended_leaves_nothing_staged(
    tmp_path: Path, number: signal.Signals
) -> None:
    file = tmp_path / "events.csv"
    rows = "".join(f"c{i},2024-03-01T12:00:00Z,click\n" for i in range(400_000))
    file.write_text("customer_id,timestamp,kind\n" + rows, encoding="utf-8")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = ["attribute", "--input", str(file), "--preset", "events", "--models", "linear"]
    # what a shell starts in the background ignores Ctrl-C, and so would its children
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{heard}; from attrigraph.cli.main import main; main()"
    running = subprocess.Popen(
        [sys.executable, "-c", program, *command],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not list(temporary.glob("attrigraph-*/*/*")) and running.poll() is None:
        time.sleep(0.01)
    running.send_signal(number)
    out, err = running.communicate()
    assert running.returncode in (128 + signal.SIGTERM, 1)
    assert out == ""
    assert "Traceback" not in err
    assert not list(temporary.iterdir())
