"""Terminals of any width, pipes, and the program in a process of its own."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Printed = Callable[..., list[str]]
    Started = Callable[..., subprocess.Popen[str]]
    Screen = Callable[..., bytes]

PROGRAM = "from attrigraph.cli.main import main; main()"


@pytest.fixture
def in_terminal() -> Printed:
    """Lines that ``show(*arguments, console=...)`` prints in a terminal of a width."""

    def printed(
        width: int, show: Callable[..., None], *arguments: object, **options: object
    ) -> list[str]:
        console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
        return _lines(console, show, *arguments, **options)

    return printed


@pytest.fixture
def in_pipe() -> Printed:
    """The same where stdout is no terminal."""

    def printed(show: Callable[..., None], *arguments: object, **options: object) -> list[str]:
        return _lines(Console(file=io.StringIO(), width=80), show, *arguments, **options)

    return printed


def _lines(
    console: Console, show: Callable[..., None], *arguments: object, **options: object
) -> list[str]:
    show(*arguments, console=console, **options)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.fixture
def start() -> Iterator[Started]:
    """The program as a process that can be interrupted; code in ``before`` runs in it first."""
    processes: list[subprocess.Popen[str]] = []

    def started(*arguments: object, before: str = "", **options: Any) -> subprocess.Popen[str]:
        # what a shell starts in the background ignores Ctrl-C, and so would its children
        heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(
            [sys.executable, "-c", "\n".join([heard, before, PROGRAM]), *map(str, arguments)],
            text=True,
            **(streams | options),
        )
        processes.append(process)
        return process

    yield started
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture(scope="session")
def on_screen() -> Screen:
    """What the program writes to a real terminal of a number of columns, as bytes."""

    def printed(*arguments: object, columns: int = 80, stderr: int | None = None) -> bytes:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        env = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES"}}
        child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *map(str, arguments)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs if stderr is None else stderr,
            env={**env, "TERM": "xterm", "NO_COLOR": "1"},
        )
        os.close(theirs)
        screen = _read_all(ours)
        child.wait()
        return screen

    return printed


def _read_all(descriptor: int) -> bytes:
    screen = b""
    try:
        while part := os.read(descriptor, 65536):
            screen += part
    except OSError:  # Linux reports the closed other end this way
        pass
    finally:
        os.close(descriptor)
    return screen
