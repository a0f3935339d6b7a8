"""Terminals of any width, and pipes, to print into."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable

    Printed = Callable[..., list[str]]


@pytest.fixture
def in_terminal() -> Printed:
    """Lines that ``show(*given, console=...)`` prints in a terminal of a width."""

    def printed(width: int, show: Callable[..., None], *given: object) -> list[str]:
        console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
        return _lines(console, show, *given)

    return printed


@pytest.fixture
def in_pipe() -> Printed:
    """The same where stdout is no terminal."""

    def printed(show: Callable[..., None], *given: object) -> list[str]:
        return _lines(Console(file=io.StringIO(), width=80), show, *given)

    return printed


def _lines(console: Console, show: Callable[..., None], *given: object) -> list[str]:
    show(*given, console=console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()
