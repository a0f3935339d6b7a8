from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import LocalStoreError
from attrigraph.local import ports
from attrigraph.local.ports import PortTakenError
from attrigraph.local.postgres import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

LOGIN = {"user": "attrigraph", "password": "secret-enough"}


def test_a_start_fails_in_words_that_fit_and_then_succeeds(
    new_home: Callable[[], AbstractContextManager[Path]],
) -> None:
    with new_home() as home, socket.socket() as busy:
        home.mkdir()
        home.chmod(0o711)
        busy.bind((ports.LOOPBACK, 0))
        busy.listen(1)
        taken = busy.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"port {taken} was taken"):
            PostgresServer(home / "postgres", taken).start(**LOGIN)

        (free,) = ports.choose([[]])
        server = PostgresServer(home / "postgres", free)
        pid = server.start(**LOGIN)
        try:
            process = server.process()
            assert process is not None
            assert (process.pid, server.configured_port()) == (pid, free)
        finally:
            assert server.stop()
        assert not server.stop()

        # an old failure in the log is not taken for the new one's cause
        (server.data / "PG_VERSION").write_text("17\n")
        with pytest.raises(LocalStoreError, match="incompatible with server") as error:
            server.start(**LOGIN)
        assert not isinstance(error.value, PortTakenError)
