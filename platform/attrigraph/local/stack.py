"""Starts, finds and stops the stores of a home.

A store whose address is in the environment is left alone. For the others a Docker engine is used if
one answers, and local processes otherwise; a home keeps the kind it began with. ``up`` and ``down``
of one home exclude each other; ``up`` again finds the running servers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.errors import LocalStoreError
from attrigraph.local import by_docker, by_processes
from attrigraph.local.credentials import ensure_credentials, read_credentials
from attrigraph.local.home import Home, exclusive
from attrigraph.local.leftovers import sweep_drafts, sweep_unless_loading
from attrigraph.local.record import DOCKER, PROCESSES, Stack, read_stack

if TYPE_CHECKING:
    from attrigraph.settings import Settings


def home_of(settings: Settings) -> Home:
    """The home that the settings name, as an absolute path without links."""
    return Home(settings.home.expanduser().resolve())


def wanted(settings: Settings) -> set[str]:
    """The stores without an address in the environment."""
    addresses = {"neo4j": settings.neo4j_uri, "postgres": settings.postgres_url}
    return {name for name, address in addresses.items() if address is None}


def up(settings: Settings) -> Stack | None:
    """Start the stores that have no address in the environment, or find them running.

    Args:
        settings: where the home is, and how much memory to take.

    Returns:
        What is running; None if both stores have addresses in the environment.

    Raises:
        LocalStoreError: a store cannot be started; the message names what is missing.
        MissingExtraError: the extra ``local`` is not installed.
    """
    needed = wanted(settings)
    if not needed:
        return None
    home = home_of(settings)
    stack = _running(home, needed)
    if stack is None:
        home.make()
        with exclusive(home.lock):
            # another process may have started them while we waited
            stack = _running(home, needed) or _start(home, needed, settings)
    sweep_drafts(home)
    sweep_unless_loading(home)
    return stack


def _running(home: Home, needed: set[str]) -> Stack | None:
    if read_credentials(home) is None:
        return None
    stack, running = look(home)
    return stack if needed <= running else None


def look(home: Home) -> tuple[Stack | None, set[str]]:
    """The stores of this home, and which of ``neo4j`` and ``postgres`` are running.

    Returns:
        The stack with its current process ids, None if there never was one; and the names.
    """
    stack = read_stack(home)
    if stack is None:
        return None, set()
    if stack.kind == DOCKER:
        return stack, by_docker.running(home, stack)
    stack = by_processes.look(home, stack)
    pids = {"neo4j": stack.neo4j_pid, "postgres": stack.postgres_pid}
    return stack, {name for name, pid in pids.items() if pid is not None}


def _start(home: Home, needed: set[str], settings: Settings) -> Stack:
    kind = _kind(home, settings)
    credentials = ensure_credentials(home)
    if kind == DOCKER:
        return by_docker.start(home, needed, credentials)
    return by_processes.start(home, needed, credentials, settings)


def _kind(home: Home, settings: Settings) -> str:
    last = read_stack(home)
    requested = None if settings.docker is None else (DOCKER if settings.docker else PROCESSES)
    if last is not None and requested not in (None, last.kind):
        raise LocalStoreError(
            f"the stores of {home.path} run as {last.kind}, and {requested} was requested; choose "
            "another home with --home for that"
        )
    if last is not None:
        return last.kind
    if settings.docker is None:
        return DOCKER if by_docker.engine_answers() else PROCESSES
    if settings.docker and not by_docker.engine_answers():
        raise LocalStoreError(
            "no Docker engine with the compose plug-in answers; start it, or leave --docker out "
            "to use processes of this computer"
        )
    return DOCKER if settings.docker else PROCESSES


def down(settings: Settings) -> list[str]:
    """Stop the stores of the home; returns the names of those that were running.

    Raises:
        LocalStoreError: one of them cannot be stopped.
    """
    home = home_of(settings)
    if not home.path.is_dir() or not wanted(settings):
        return []
    with exclusive(home.lock):
        # servers are found by their command lines, even if the record of them is lost
        stack = read_stack(home) or by_processes.choose_ports(home)
        if stack.kind == DOCKER:
            return by_docker.stop(home, stack)
        return by_processes.stop(home, stack)
