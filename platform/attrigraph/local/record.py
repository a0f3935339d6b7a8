"""The record of a home's stores in ``stack.json``: how they run, and on which ports."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.errors import LocalStoreError
from attrigraph.local.home import read_json, write_json
from attrigraph.local.ports import LOOPBACK

if TYPE_CHECKING:
    from attrigraph.local.credentials import Credentials
    from attrigraph.local.home import Home

PROCESSES: Final = "processes"
DOCKER: Final = "docker"
POSTGRES_DATABASE: Final = "attrigraph"


@dataclass(frozen=True, slots=True)
class Stack:
    """The local stores of a home.

    Attributes:
        kind: ``processes`` of this computer, or containers of ``docker``.
        bolt: Neo4j's Bolt port.
        http: Neo4j's HTTP port: the browser.
        postgres: Postgres' port.
        neo4j_pid: process of Neo4j when it was started; None for containers and when stopped.
        postgres_pid: process of Postgres when it was started; likewise.
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
        return f"bolt://{LOOPBACK}:{self.bolt}"

    @property
    def browser(self) -> str:
        """Address of Neo4j Browser, for people."""
        return f"http://{LOOPBACK}:{self.http}/browser/"

    def postgres_url(self, credentials: Credentials) -> str:
        """Address for SQL clients, password included."""
        return (
            f"postgresql://{credentials.postgres_user}:{credentials.postgres_password}"
            f"@{LOOPBACK}:{self.postgres}/{POSTGRES_DATABASE}"
        )


def read_stack(home: Home) -> Stack | None:
    """The record of this home; None if it never had stores.

    Raises:
        LocalStoreError: the file is damaged.
    """
    content = read_json(home.stack)
    if content is None:
        return None
    try:
        return Stack(**content)
    except TypeError as error:
        raise LocalStoreError(f"{home.stack} should hold the ports of stores: {error}") from error


def write_stack(home: Home, stack: Stack) -> None:
    """Write the record of this home."""
    write_json(home.stack, asdict(stack))
