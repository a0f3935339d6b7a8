"""Opens the Neo4j driver, and turns its errors into sentences."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from neo4j import GraphDatabase
from neo4j.exceptions import (
    AuthError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from attrigraph.errors import InputError, StoreError
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neo4j import Driver, NotificationMinimumSeverity

RETRY_SECONDS: Final = 10.0
"""How long the driver repeats a transaction that failed for a passing reason."""

_SCHEMES: Final = tuple(
    f"{name}{tls}://" for name in ("bolt", "neo4j") for tls in ("", "+s", "+ssc")
)

_CODES: Final = {
    "Neo.ClientError.Security.Unauthorized": (
        "Neo4j at {uri} refuses this user and password; check ATTRIGRAPH_NEO4J_USER and "
        "ATTRIGRAPH_NEO4J_PASSWORD"
    ),
    "Neo.ClientError.Security.AuthenticationRateLimit": (
        "Neo4j at {uri} was given a wrong password three times and refuses every login for "
        "5 seconds; wait, then try again with the right password"
    ),
    "Neo.ClientError.Security.CredentialsExpired": (
        "the password of Neo4j at {uri} is the initial one and must be changed before it is used; "
        "open Neo4j Browser, log in and set another one"
    ),
    "Neo.ClientError.Database.DatabaseNotFound": (
        "Neo4j at {uri} has no database named " + repr(DATABASE) + ", which attrigraph keeps its "
        "graph in; create it or use another server"
    ),
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError": (
        "Neo4j at {uri} has too little memory for one transaction; give it a larger heap"
    ),
    "Neo.TransientError.Transaction.DeadlockDetected": (
        "Neo4j at {uri} found that two writers waited for each other, again and again; run this "
        "again when no other load is at work"
    ),
}

_UNWRITTEN: Final = {
    f"Neo.DatabaseError.Transaction.{name}"
    for name in ("TransactionCommitFailed", "TransactionLogError")
}
"""What the server answers when its disk takes no more."""


def open_driver(
    uri: str,
    user: str,
    password: str,
    *,
    warnings: NotificationMinimumSeverity | None = None,
    retry_seconds: float = RETRY_SECONDS,
) -> Driver:
    """Open a driver and check that the server answers; close it when done (context manager).

    Args:
        uri: Bolt address, such as ``bolt://127.0.0.1:7687``.
        user: its user.
        password: that user's password.
        warnings: in tests, the least severity of server notes that become Python warnings.
        retry_seconds: how long a transaction that fails for a passing reason is repeated.

    Raises:
        InputError: the address does not begin as one of a Neo4j server does.
        StoreError: no server answers, or it refuses the login.
    """
    _quiet_the_drivers_log()
    if not uri.startswith(_SCHEMES):
        raise InputError(
            f"{uri!r} is no address of Neo4j: expected one such as bolt://127.0.0.1:7687"
        )
    with store_errors(uri):
        driver = GraphDatabase.driver(
            uri,
            auth=(user, password),
            max_transaction_retry_time=retry_seconds,
            warn_notification_severity=warnings,
        )
        try:
            driver.verify_connectivity()
        except BaseException:
            driver.close()
            raise
    return driver


def forget(driver: Driver) -> None:
    """Forget what the driver knows of a server that came back with other data.

    Its connections are dead, and its bookmarks would have it wait for transactions that the other
    data never saw.
    """
    with driver.session(database=DATABASE) as session:
        # a transaction that is repeated, which clears the dead connections
        session.execute_write(lambda transaction: transaction.run("RETURN 1").consume())
        now = session.last_bookmarks().raw_values
    manager = driver.execute_query_bookmark_manager
    manager.update_bookmarks(manager.get_bookmarks(), now)


@contextmanager
def store_errors(uri: str) -> Iterator[None]:
    """Raise the driver's errors in this block as ``StoreError``, in one sentence each.

    Args:
        uri: the server's address, for the sentence.
    """
    try:
        yield
    except (Neo4jError, DriverError) as error:
        raise StoreError(sentence(error, uri)) from error


def sentence(error: Neo4jError | DriverError, uri: str) -> str:
    """What went wrong and what to do, for people."""
    code = error.code if isinstance(error, Neo4jError) else None
    if code in _CODES:
        return _CODES[code].format(uri=uri)
    if isinstance(error, AuthError):
        return _CODES["Neo.ClientError.Security.Unauthorized"].format(uri=uri)
    if isinstance(error, ServiceUnavailable | SessionExpired):
        return _unreachable(error, uri)
    if isinstance(error, Neo4jError) and _cannot_write(error):
        return (
            f"Neo4j at {uri} can no longer write its data, most likely because its disk is full; "
            "free some space, restart it (`attrigraph down`, then `attrigraph up`), and run the "
            "same again: what it has confirmed is not lost"
        )
    if isinstance(error, Neo4jError):
        return f"Neo4j at {uri} answers {code}: {_first_line(error.message)}"
    return f"the connection to Neo4j at {uri} fails: {_first_line(str(error))}"


def _cannot_write(error: Neo4jError) -> bool:
    """Whether the server gave up on its files; it then refuses all until it is started anew."""
    return error.code in _UNWRITTEN or "needs to be restarted" in (error.message or "")


def _unreachable(error: DriverError, uri: str) -> str:
    if "HTTP" in str(error):
        return f"{uri} speaks HTTP, the port of Neo4j Browser; give the Bolt port, usually 7687"
    return (
        f"Neo4j at {uri} does not answer; start it with `attrigraph up`, or check the address in "
        "ATTRIGRAPH_NEO4J_URI"
    )


def _first_line(message: str | None) -> str:
    lines = (message or "").strip().splitlines()
    return lines[0] if lines else "no message"


def _quiet_the_drivers_log() -> None:
    """Keep what the driver raises anyway off the terminal, unless the caller set a level."""
    log = logging.getLogger("neo4j")
    if log.level == logging.NOTSET:
        log.setLevel(logging.CRITICAL)
