"""Commands in real terminals of few columns: every number of the pipe's output is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import pytest

from long_forms import cases

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHANNEL = "the paid social channel with the longest name of all channels"
RULES = "last,first,linear,position-inverse-j,markov-1,shapley-rate"
PROGRAM = [sys.executable, "-c", "from attrigraph.cli.main import main; main()"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    arguments = ["--world", "confounded", "--customers", "1500", "--out", str(folder)]
    subprocess.run([*PROGRAM, "simulate", *arguments], check=True, capture_output=True)
    for name in ("events.csv", "truth.json", "campaigns.csv"):
        file = folder / name
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"\bsocial\b", CHANNEL, text), encoding="utf-8")
    return folder


def arguments_of(command: str, world: Path) -> list[str]:
    events = str(world / "events.csv")
    return {
        "attribute": ["attribute", "--input", events, "--preset", "events", "--models", RULES],
        "evaluate": ["evaluate", str(world), "--models", RULES],
        "load": ["load", events, "--preset", "events", "--dry-run", "--keep-ids"],
    }[command]


@cache
def in_pipe(*command: str) -> str:
    done = subprocess.run(
        [*PROGRAM, *command],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if name != "COLUMNS"},
    )
    return done.stdout.decode()


def numbers(text: str) -> set[str]:
    return set(re.findall(r"-?\d[\d,]*(?:\.\d+)?%?", text))


@cases("columns", [40, 60], short=1)
@pytest.mark.parametrize("command", ["attribute", "evaluate", "load"])
def test_no_number_and_no_name_is_lost(
    on_screen: Callable[..., bytes], command: str, columns: int, world: Path
) -> None:
    arguments = arguments_of(command, world)
    screen = on_screen(*arguments, columns=columns, stderr=subprocess.DEVNULL).decode()
    narrow = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen).replace("\r\n", "\n")
    assert numbers(narrow) == numbers(in_pipe(*arguments))
    assert "…" not in narrow
    table = narrow.partition("notes")[0].splitlines()
    assert max(map(len, table)) <= columns


@pytest.mark.parametrize("command", ["attribute", "evaluate"])
def test_a_pipe_gets_every_row_of_a_table_with_its_whole_name(command: str, world: Path) -> None:
    text = in_pipe(*arguments_of(command, world))
    assert re.search(rf"^{CHANNEL} +[\d,.]+", text, re.MULTILINE)
    assert "…" not in text
