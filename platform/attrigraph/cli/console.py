"""Results that commands print on stdout; messages are those of ``attrigraph.messages``.

Names in results come from data that anyone can set, such as ``utm_campaign``. This module escapes
the characters in them that control a terminal; no other module of the command line writes to a
stream. JSON is printed in ASCII, where ``json`` escapes every such character.
"""

from __future__ import annotations

import json
import shutil
import sys
from typing import IO, TYPE_CHECKING, Any

import click

from attrigraph.errors import OutputError
from attrigraph.escaping import escape_control

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rich.console import Console


def print_lines(*lines: str) -> None:
    """Print lines on stdout, control characters in them escaped."""
    click.echo("\n".join(map(escape_control, lines)))


def print_json(answer: dict[str, Any], *, indent: int | None = None) -> None:
    """Print one JSON object on stdout, in ASCII."""
    click.echo(json.dumps(answer, indent=indent, allow_nan=False))


def print_files(files: Iterable[Path], *, as_json: bool) -> None:
    """Print where files were written: a line each, or one JSON object."""
    names = [str(file) for file in files]
    if as_json:
        print_json({"files": names})
    else:
        print_lines(*names)


def terminal_width() -> int:
    """Columns of the terminal, or 80 where there is none."""
    return shutil.get_terminal_size().columns


def stdout_console() -> Console:
    """A rich console on stdout; tables and sentences are printed on it by ``cli.tables``."""
    from rich.console import Console

    return Console()


def stderr_console() -> Console:
    """A rich console on stderr, for progress."""
    from rich.console import Console

    return Console(stderr=True)


class _Stdout:
    """Standard output that raises ``OutputError`` where it cannot be written."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            raise _output_error(error) from error

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            raise _output_error(error) from error


def _output_error(error: OSError) -> OutputError:
    return OutputError(f"cannot write to standard output: {error.strerror}")


def guard_streams() -> None:
    """Make stdout raise ``OutputError``, and write what its encoding lacks as an escape."""
    stream = sys.stdout
    if stream is None:  # it was closed before the start: there is nobody to write for
        return
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
    sys.stdout = _Stdout(stream)
