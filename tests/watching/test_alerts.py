"""Alerts reach a real HTTP server, a real SMTP server and a program; no secret is shown."""

from __future__ import annotations

import json
import socket
import sys
from typing import TYPE_CHECKING

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from attrigraph.errors import AlertError, InputError
from attrigraph.watching.alerts import Receivers, send_alert
from web_hook import web

if TYPE_CHECKING:
    from email.message import Message as Mail
    from pathlib import Path

ALERT = {"day": "2026-06-30", "unusual": [{"message": "no touches"}]}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Box(Message):
    """Keeps the mail that arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Mail] = []

    def handle_message(self, message: Mail) -> None:
        self.mails.append(message)


def test_an_alert_reaches_all_receivers(tmp_path: Path) -> None:
    box, file = Box(), tmp_path / "alert.json"
    program = f"{sys.executable} -c \"import sys; open('{file}', 'w').write(sys.stdin.read())\""
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with web(204) as (address, got):
            mail = Receivers(address, "ann@example.com", f"smtp://127.0.0.1:{port}", program)
            assert send_alert(mail, "no touches", ALERT) == ["webhook", "email", "command"]
    finally:
        controller.stop()
    assert got == [ALERT]
    assert json.loads(file.read_text()) == ALERT
    assert [(mail["Subject"], mail["To"]) for mail in box.mails] == [
        ("no touches", "ann@example.com")
    ]
    assert json.loads(str(box.mails[0].get_payload())) == ALERT


def test_a_receiver_that_fails_is_named_without_secrets_and_the_others_get_it(
    tmp_path: Path,
) -> None:
    file = tmp_path / "alert.json"
    program = f"{sys.executable} -c \"import sys; open('{file}', 'w').write(sys.stdin.read())\""
    with web(500) as (address, _), pytest.raises(AlertError, match="status 500") as raised:
        send_alert(Receivers(address, command=program), "x", ALERT)
    assert "webhook at 127.0.0.1" in str(raised.value)
    assert "s3cret" not in str(raised.value)
    assert json.loads(file.read_text()) == ALERT
    for receivers in (
        Receivers(webhook="http://127.0.0.1:1/s3cret"),
        Receivers(email="a@b.c", smtp="smtp://ann:s3cret@127.0.0.1:1"),
        Receivers(command="no-such-program s3cret"),
        Receivers(command="false s3cret"),
    ):
        with pytest.raises(AlertError) as raised:
            send_alert(receivers, "x", ALERT)
        assert "s3cret" not in str(raised.value)
        assert "s3cret" not in repr(receivers)


@pytest.mark.parametrize("address", ["file:///etc/s3cret", "s3cret", "https://h:s3cret"])
def test_an_address_of_another_kind_is_an_error(address: str) -> None:
    for receivers in (Receivers(webhook=address), Receivers(email="a@b.c", smtp=address)):
        with pytest.raises(InputError) as raised:
            send_alert(receivers, "x", ALERT)
        assert "s3cret" not in str(raised.value)
