"""What attrigraph logs, as plain lines on stderr."""

from __future__ import annotations

import logging

import click


class _Lines(logging.Handler):
    """Writes each record as a line on stderr; the stream is looked up for each record."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(self.format(record), err=True)


def log_to_stderr() -> None:
    """Print the messages of attrigraph's loggers, from INFO on; safe to repeat."""
    logger = logging.getLogger("attrigraph")
    logger.setLevel(logging.INFO)
    if not any(isinstance(handler, _Lines) for handler in logger.handlers):
        logger.addHandler(_Lines())
