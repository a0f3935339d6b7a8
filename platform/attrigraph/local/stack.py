"""Starts, finds and stops the two stores of a home.

A store whose address is given in the environment is left alone. ``up`` and ``down`` of one home
exclude each other; ``up`` again finds what runs.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from attrigraph.errors import LocalStackError
from attrigraph.local import ports
from attrigraph.local.credentials import ensure_credentials, read_credentials
from attrigraph.local.home import Home, exclusive, read_json, write_json
from attrigraph.local.jars import ensure_jars
from attrigraph.local.java import find_java
from attrigraph.local.memory import check_disk, check_memory, computer, folder_size, plan
from attrigraph.local.neo4j import Neo4jServer, PortTakenError
from attrigraph.local.postgres import DATABASE, PostgresServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrigraph.local.credentials import Credentials
    from attrigraph.settings import Settings

PORT_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Stack:
    """The two local stores of a home, as ``stack.json`` keeps them.

    Attributes:
        kind: ``local`` for processes, ``docker`` for containers.
        bolt: Neo4j's Bolt port.
        http: Neo4j's HTTP port: the browser.
        postgres: Postgres' port.
        neo4j_pid: process of Neo4j when it was last seen; None when it was stopped.
        postgres_pid: process of Postgres when it was last seen.
    """

    kind: str
    bolt: int
    http: int
    postgres: int
    neo4j_pid: int | None = None
    postgres_pid: int | None = None

    @property
    def neo4j_uri(self) -> str:
        """Address for drivers."""
        return f"bolt://{ports.LOOPBACK}:{self.bolt}"

    @property
    def browser(self) -> str:
        """Address of Neo4j Browser, for people."""
        return f"http://{ports.LOOPBACK}:{self.http}/browser/"

    def postgres_url(self, credentials: Credentials, *, password: bool = True) -> str:
        """Address for SQL clients, with or without the password."""
        secret = f":{credentials.postgres_password}" if password else ""
        return (
            f"postgresql://{credentials.postgres_user}{secret}"
            f"@{ports.LOOPBACK}:{self.postgres}/{DATABASE}"
        )


def read_stack(home: Home) -> Stack | None:
    """What the home remembers; None when it never had a stack.

    Raises:
        LocalStackError: the file is damaged.
    """
    content = read_json(home.stack)
    if content is None:
        return None
    try:
        return Stack(**content)
    except TypeError as error:
        raise LocalStackError(f"{home.stack} should hold a stack's ports: {error}") from error


def home_of(settings: Settings) -> Home:
    """The home that the settings name, as an absolute path without links."""
    return Home(settings.home.expanduser().resolve())


def up(settings: Settings, *, say: Callable[[str], None] = lambda _: None) -> Stack:
    """Start both stores of the home, or find those that run.

    Args:
        settings: where the home is, and how much memory to take.
        say: told what takes long.

    Raises:
        LocalStackError: a store cannot be started; the sentence names the missing piece.
        MissingExtraError: the extra ``local`` is not installed.
    """
    home = home_of(settings)
    found = running(home)
    if found is not None:
        return found
    home.make()
    with exclusive(home.path / ".lock"):
        # another process may have started it while we waited
        return running(home) or _start(home, settings, say)


def running(home: Home) -> Stack | None:
    """The stack of this home if both stores run and answer."""
    stack = read_stack(home)
    if stack is None or read_credentials(home) is None:
        return None
    state = status(home)
    return stack if state == {"neo4j": True, "postgres": True} else None


def status(home: Home) -> dict[str, bool]:
    """Whether each store of this home runs and answers."""
    stack = read_stack(home)
    if stack is None:
        return {"neo4j": False, "postgres": False}
    neo4j, postgres = _servers(home, stack)
    return {
        "neo4j": neo4j.process(stack.neo4j_pid) is not None and ports.answers(stack.bolt),
        "postgres": postgres.process(stack.postgres_pid) is not None
        and ports.answers(stack.postgres),
    }


def _servers(home: Home, stack: Stack) -> tuple[Neo4jServer, PostgresServer]:
    return (
        Neo4jServer(home.neo4j, stack.bolt, stack.http),
        PostgresServer(home.postgres, stack.postgres),
    )


def _start(home: Home, settings: Settings, say: Callable[[str], None]) -> Stack:
    check_disk(home.path)
    known = ensure_credentials(home)
    for attempt in range(PORT_ATTEMPTS):
        stack = _choose_ports(home)
        with suppress(PortTakenError):
            return _start_both(home, stack, known, settings, say)
        say(f"a port was taken meanwhile; trying others ({attempt + 1} of {PORT_ATTEMPTS})")
        time.sleep(0.5)
    raise LocalStackError(
        f"other programs took the ports {PORT_ATTEMPTS} times while the stores started; try again"
    )


def _choose_ports(home: Home) -> Stack:
    """The ports of last time if they are free, else the usual ones, else any.

    A server of this home that still runs keeps its port.
    """
    last = read_stack(home)
    if last is None:
        bolt, http, postgres = ports.choose([[ports.BOLT], [ports.HTTP], [ports.POSTGRES]])
        return Stack("local", bolt, http, postgres)
    neo4j, sql = _servers(home, last)
    bolt, http, postgres = ports.choose(
        [[last.bolt, ports.BOLT], [last.http, ports.HTTP], [last.postgres, ports.POSTGRES]]
    )
    if neo4j.process(last.neo4j_pid) is not None:
        bolt, http = last.bolt, last.http
    if sql.process(last.postgres_pid) is not None:
        postgres = last.postgres
    return Stack("local", bolt, http, postgres)


def _start_both(
    home: Home,
    stack: Stack,
    known: Credentials,
    settings: Settings,
    say: Callable[[str], None],
) -> Stack:
    neo4j, postgres = _servers(home, stack)
    # kept before the start: after a crash of ours the servers are found by these ports
    write_json(home.stack, asdict(stack))
    sql = postgres.process()
    if sql is None:
        say(f"starting Postgres on port {stack.postgres}")
    sql_pid = (
        sql.pid
        if sql
        else postgres.start(user=known.postgres_user, password=known.postgres_password)
    )
    graph = neo4j.process()
    graph_pid = graph.pid if graph else _start_neo4j(neo4j, settings, known, say)
    started: dict[str, Any] = asdict(stack) | {"neo4j_pid": graph_pid, "postgres_pid": sql_pid}
    write_json(home.stack, started)
    return Stack(**started)


def _start_neo4j(
    server: Neo4jServer, settings: Settings, known: Credentials, say: Callable[[str], None]
) -> int:
    java = find_java(settings.java_home)
    total, available = computer()
    store = folder_size(server.folder / "data" / "databases")
    memory = plan(total, store, heap=settings.neo4j_heap, page_cache=settings.neo4j_page_cache)
    check_memory(memory, available)
    jars = ensure_jars(settings.cache, repository=settings.maven_repository, say=say)
    say(f"starting Neo4j on port {server.bolt} (heap {memory.heap} MB)")
    return server.start(java=java, jars=jars, memory=memory, password=known.neo4j_password)


def down(settings: Settings) -> list[str]:
    """Stop the stores of the home; the names of those that ran."""
    home = home_of(settings)
    stack = read_stack(home)
    if stack is None:
        return []
    with exclusive(home.path / ".lock"):
        neo4j, postgres = _servers(home, stack)
        stopped = []
        if neo4j.stop(stack.neo4j_pid):
            stopped.append("neo4j")
        if postgres.stop():
            stopped.append("postgres")
        write_json(home.stack, asdict(stack) | {"neo4j_pid": None, "postgres_pid": None})
    return stopped
