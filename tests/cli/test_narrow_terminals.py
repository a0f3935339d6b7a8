"""Commands in real terminals of few columns: every number of the pipe's output is there."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

CHANNEL = "the paid social channel with the longest name of all channels"
RULES = "last,first,linear,position-inverse-j,markov-1,shapley-rate"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    asked = ["--world", "confounded", "--customers", "1500", "--out", str(folder)]
    subprocess.run([*program(), "simulate", *asked], check=True, capture_output=True)
    for name in ("events.csv", "truth.json", "campaigns.csv"):
        file = folder / name
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"\bsocial\b", CHANNEL, text), encoding="utf-8")
    return folder


def program() -> list[str]:
    return [sys.executable, "-c", "from attrigraph.cli.main import main; main()"]


def asked(command: str, world: Path) -> list[str]:
    events = str(world / "events.csv")
    return {
        "attribute": ["attribute", "--input", events, "--preset", "events", "--models", RULES],
        "evaluate": ["evaluate", str(world), "--models", RULES],
        "load": ["load", events, "--preset", "events", "--dry-run", "--keep-ids"],
    }[command]


def in_pipe(command: list[str]) -> str:
    done = subprocess.run(
        [*program(), *command],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if name != "COLUMNS"},
    )
    return done.stdout.decode()


def in_terminal(command: list[str], columns: int) -> str:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    plain = {"TERM": "xterm", "NO_COLOR": "1"}
    env = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    child = subprocess.Popen(
        [*program(), *command],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env={**env, **plain},
    )
    os.close(theirs)
    told = b""
    try:
        while part := os.read(ours, 65536):
            told += part
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(ours)
    assert child.wait() == 0
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", told.decode()).replace("\r\n", "\n")


def numbers(text: str) -> set[str]:
    return set(re.findall(r"-?\d[\d,]*(?:\.\d+)?%?", text))


@pytest.mark.parametrize("columns", [40, 60])
@pytest.mark.parametrize("command", ["attribute", "evaluate", "load"])
def test_no_number_and_no_name_is_lost(command: str, columns: int, world: Path) -> None:
    whole = in_pipe(asked(command, world))
    narrow = in_terminal(asked(command, world), columns)
    assert numbers(narrow) == numbers(whole)
    assert "…" not in narrow
    table = narrow.partition("notes")[0].splitlines()
    assert max(map(len, table)) <= columns


@pytest.mark.parametrize("command", ["attribute", "evaluate"])
def test_a_pipe_gets_every_line_of_a_table_with_its_whole_name(command: str, world: Path) -> None:
    told = in_pipe(asked(command, world))
    assert re.search(rf"^{CHANNEL} +[\d,.]+", told, re.MULTILINE)
    assert "…" not in told
