"""Sends alerts to a webhook, by email, or to a program.

Addresses may hold secrets: no message or error repeats them.
"""

from __future__ import annotations

import json
import shlex
import smtplib
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from attrigraph.errors import AlertError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIMEOUT: Final = 10.0
"""Seconds to wait for a server or a program."""


@dataclass(frozen=True, slots=True)
class Receivers:
    """Whom alerts are sent to; None for nobody.

    Attributes:
        webhook: address that takes JSON by POST.
        email: address of a person.
        smtp: server for mail, ``smtp://user:password@host:port``; ``smtps`` for TLS.
        command: program with its arguments, which reads JSON.
    """

    webhook: str | None = field(default=None, repr=False)
    email: str | None = None
    smtp: str = field(default="smtp://localhost:25", repr=False)
    command: str | None = field(default=None, repr=False)


def send_alert(receivers: Receivers, subject: str, alert: dict[str, Any]) -> list[str]:
    """Send an alert to all receivers; the names of those that took it.

    Raises:
        InputError: an address is none.
        AlertError: a receiver does not take it; the others have got it.
    """
    text = json.dumps(alert)
    ways: dict[str, tuple[str | None, Callable[[], None]]] = {
        "webhook": (receivers.webhook, lambda: _post(str(receivers.webhook), text)),
        "email": (receivers.email, lambda: _mail(receivers, subject, text)),
        "command": (receivers.command, lambda: _run(str(receivers.command), text)),
    }
    sent, failed = [], []
    for name, (address, send) in ways.items():
        if address is not None:
            try:
                send()
                sent.append(name)
            except AlertError as error:
                failed.append(str(error))
    if failed:
        raise AlertError("; ".join(failed))
    return sent


def _post(address: str, text: str) -> None:
    host, _ = _place(address, ("http", "https"), "the webhook")
    request = Request(  # noqa: S310 - the scheme was checked
        address, text.encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with _alert_errors(f"the webhook at {host}"):
        try:
            with urlopen(request, timeout=TIMEOUT):  # noqa: S310
                pass
        except HTTPError as error:
            error.close()
            raise AlertError(
                f"the webhook at {host} does not take the alert: status {error.code}"
            ) from None


def _mail(receivers: Receivers, subject: str, text: str) -> None:
    parts = urlsplit(receivers.smtp)
    host, port = _place(receivers.smtp, ("smtp", "smtps"), "the server for mail")
    message = EmailMessage()
    message["Subject"], message["To"] = subject, receivers.email
    message["From"] = receivers.email
    message.set_content(text)
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with (
        _alert_errors(f"the server for mail at {host}"),
        kind(host, port, timeout=TIMEOUT) as server,
    ):
        if parts.username:
            server.login(parts.username, parts.password or "")
        server.send_message(message)


def _place(address: str, schemes: tuple[str, str], what: str) -> tuple[str, int]:
    """Host and port of an address; port 0 for that of the scheme."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in schemes:
        raise InputError(f"{what} must be an address such as {schemes[1]}://host:port")
    return host, port or 0


def _run(command: str, text: str) -> None:
    try:
        words = shlex.split(command)
        program = words[0]
    except (ValueError, IndexError):
        raise InputError("the command for alerts must be a program with its arguments") from None
    with _alert_errors(f"the program {program}"):
        done = subprocess.run(
            words,
            input=text,
            text=True,
            stdout=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
        )
    if done.returncode:
        raise AlertError(f"the program {program} ends with exit code {done.returncode}")


@contextmanager
def _alert_errors(receiver: str) -> Iterator[None]:
    """Raise errors of connections and programs without what they say, which may repeat secrets."""
    try:
        yield
    except (OSError, HTTPException, smtplib.SMTPException, subprocess.TimeoutExpired) as error:
        kind = type(getattr(error, "reason", None) or error).__name__
        raise AlertError(f"{receiver} does not take the alert ({kind})") from None
