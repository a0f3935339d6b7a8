"""Which ports of the loopback address the stores listen on."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from attrigraph.errors import LocalStoreError

if TYPE_CHECKING:
    from collections.abc import Iterable

LOOPBACK: Final = "127.0.0.1"
BOLT: Final = 7687
HTTP: Final = 7474
POSTGRES: Final = 5432


class PortTakenError(LocalStoreError):
    """Another program took a port between the check and the server's start."""


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as probe:
        # as servers do: a port whose last connections are still closing counts as free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
        return True


def answers(port: int, *, timeout: float = 1.0) -> bool:
    """Whether something accepts connections on this port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout):
            return True
    except OSError:
        return False


def choose(preferences: Iterable[Iterable[int]]) -> tuple[int, ...]:
    """One port for each list of preferences: the first that is free, or else any free port.

    Raises:
        LocalStoreError: the computer has no free port left.
    """
    chosen: list[int] = []
    # the sockets stay open until all are chosen, so that no port is chosen twice
    with ExitStack() as held:
        for preferred in preferences:
            wanted = [port for port in preferred if port not in chosen and is_free(port)]
            chosen.append(wanted[0] if wanted else _any_port(held))
    return tuple(chosen)


def _any_port(held: ExitStack) -> int:
    probe = held.enter_context(socket.socket())
    try:
        probe.bind((LOOPBACK, 0))
    except OSError as error:
        raise LocalStoreError(f"no free port on {LOOPBACK}: {error}") from error
    port: int = probe.getsockname()[1]
    return port
