"""Messages on stderr: as text for people, or as JSON lines for programs.

Names in messages come from data that anyone can set. The characters in them that control a terminal
are escaped.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Final, Literal

import click

from attrigraph.escaping import escape_control
from attrigraph.log_fields import log_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOGGER: Final = "attrigraph"
"""Parent of every logger of the application."""

MessageForm = Literal["text", "json"]

_message_form: Final[ContextVar[MessageForm]] = ContextVar("message_form", default="text")


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


def message_form() -> MessageForm:
    """The form of messages."""
    return _message_form.get()


def message_level() -> int:
    """From which level on the application's logs are printed."""
    return logging.getLogger(LOGGER).getEffectiveLevel()


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


def discard(stream: IO[str]) -> None:
    """Drop what a stream that cannot be written still holds; else the flush at exit fails again."""
    target = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(target, stream.fileno())
    finally:
        os.close(target)
