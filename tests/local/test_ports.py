from __future__ import annotations

import socket

from attrigraph.local import ports


def _listener() -> socket.socket:
    server = socket.socket()
    server.bind((ports.LOOPBACK, 0))
    server.listen(1)
    return server


def test_a_port_is_taken_while_someone_listens() -> None:
    with _listener() as server:
        port = server.getsockname()[1]
        assert not ports.is_free(port)
        assert ports.answers(port)
    assert ports.is_free(port)
    assert not ports.answers(port)


def test_the_first_free_wish_is_taken_and_no_port_twice() -> None:
    with _listener() as busy, _listener() as spare:
        taken, free = busy.getsockname()[1], spare.getsockname()[1]
        spare.close()
        first, second = ports.choose([[taken, free], [free]])
    assert first == free
    assert second not in (taken, free)


def test_without_luck_any_free_ports_are_taken_and_they_differ() -> None:
    with _listener() as busy:
        taken = busy.getsockname()[1]
        chosen = ports.choose([[taken]] * 5)
    assert taken not in chosen
    assert len(set(chosen)) == 5
