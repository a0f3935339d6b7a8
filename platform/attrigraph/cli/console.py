"""Everything that commands print: results to stdout, messages to stderr.

Names in results and messages come from data that anyone can set, such as ``utm_campaign``. This
module escapes the characters in them that control a terminal; no other module of the command line
writes to a stream. JSON is printed in ASCII, where ``json`` escapes every such character.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, Final, Literal

import click

from attrigraph.errors import OutputError
from attrigraph.escaping import escape_control
from attrigraph.log_fields import log_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

LOGGER: Final = "attrigraph"
"""Parent of every logger of the application."""

MessageForm = Literal["text", "json"]

_message_form: Final[ContextVar[MessageForm]] = ContextVar("message_form", default="text")


def print_lines(*lines: str) -> None:
    """Print lines on stdout, control characters in them escaped."""
    click.echo("\n".join(map(escape_control, lines)))


def print_json(answer: dict[str, Any], *, indent: int | None = None) -> None:
    """Print one JSON object on stdout, in ASCII."""
    click.echo(json.dumps(answer, indent=indent, allow_nan=False))


def print_messages(*lines: str, level: int | None = None, logger: str | None = None) -> None:
    """Print lines on stderr, control characters in them escaped; in JSON, one object for all.

    What cannot be written is dropped: a message must not hide what it is about.

    Args:
        lines: of one message.
        level: of the logging module; None for that of errors where the message is one, else info.
        logger: that the message comes from; None for none.
    """
    as_json = _message_form.get() == "json"
    try:
        click.echo(
            _json_line(lines, level, logger) if as_json else "\n".join(map(escape_control, lines)),
            err=True,
        )
    except OSError:
        discard(sys.stderr)


def choose_message_form(form: MessageForm) -> None:
    """Print messages as text for people, or as JSON lines for programs, from now on."""
    _message_form.set(form)


def _json_line(lines: Sequence[str], level: int | None, logger: str | None) -> str:
    message = "\n".join(lines)
    if level is None:
        level = logging.ERROR if message.startswith("Error: ") else logging.INFO
    fields = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": logging.getLevelName(level).lower(),
        "message": message.removeprefix("Error: "),
        "logger": logger,
        **log_fields(),
    }
    return json.dumps({name: value for name, value in fields.items() if value is not None})


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


class _Messages(logging.Handler):
    """Prints each record as a line on stderr; the stream is looked up for each record."""

    def emit(self, record: logging.LogRecord) -> None:
        print_messages(self.format(record), level=record.levelno, logger=record.name)


@contextmanager
def log_to_stderr(level: int) -> Iterator[None]:
    """Print what the application logs from this level on, until the block ends."""
    logger, handler = logging.getLogger(LOGGER), _Messages()
    before = logger.level
    logger.setLevel(level)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


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


def discard(stream: IO[str]) -> None:
    """Drop what a stream that cannot be written still holds; else the flush at exit fails again."""
    target = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(target, stream.fileno())
    finally:
        os.close(target)
