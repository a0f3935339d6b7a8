"""Options that name whom alerts are sent to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


def alert_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--webhook``, ``--email``, ``--smtp`` and ``--command``, for ``Receivers``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS = (
    click.option(
        "--webhook",
        envvar="ATTRIGRAPH_ALERT_WEBHOOK",
        show_envvar=True,
        metavar="URL",
        help="Address that takes the alert as JSON by POST.",
    ),
    click.option(
        "--email",
        envvar="ATTRIGRAPH_ALERT_EMAIL",
        show_envvar=True,
        metavar="ADDRESS",
        help="Whom to write to, by the server in ATTRIGRAPH_SMTP.",
    ),
    click.option(
        "--smtp",
        envvar="ATTRIGRAPH_SMTP",
        show_envvar=True,
        default="smtp://localhost:25",
        metavar="URL",
        help="Server for mail: smtp://user:password@host:port, or smtps for TLS.",
    ),
    click.option(
        "--command",
        "program",
        envvar="ATTRIGRAPH_ALERT_COMMAND",
        show_envvar=True,
        metavar="PROGRAM",
        help="Program that reads the alert as JSON.",
    ),
)
