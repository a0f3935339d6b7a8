"""Opens the Neo4j driver, and translates its errors."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from neo4j import GraphDatabase
from neo4j.exceptions import (
    AuthError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from attrigraph.addresses import shown_address, without_user_info
from attrigraph.errors import InputError, StoreError, StoreUnreachableError
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neo4j import Driver, NotificationMinimumSeverity

RETRY_SECONDS: Final = 10.0
"""How long the driver repeats a transaction after transient failures."""

CONNECT_TIMEOUT: Final = 30.0
"""Seconds to wait for a connection; the driver's own default."""

_SCHEMES: Final = tuple(
    f"{name}{tls}://" for name in ("bolt", "neo4j") for tls in ("", "+s", "+ssc")
)

_CODES: Final = {
    "Neo.ClientError.Security.Unauthorized": (
        "Neo4j at {uri} rejects this user and password; check ATTRIGRAPH_NEO4J_USER and "
        "ATTRIGRAPH_NEO4J_PASSWORD"
    ),
    "Neo.ClientError.Security.AuthenticationRateLimit": (
        "Neo4j at {uri} received a wrong password three times and rejects every login for "
        "5 seconds; wait, then try again with the right password"
    ),
    "Neo.ClientError.Security.CredentialsExpired": (
        "the password of Neo4j at {uri} is still the initial one and must be changed; open Neo4j "
        "Browser, log in and set another one"
    ),
    "Neo.ClientError.Database.DatabaseNotFound": (
        "Neo4j at {uri} has no database named " + repr(DATABASE) + ", in which attrigraph keeps "
        "its graph; create it or use another server"
    ),
    "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase": (
        "Neo4j at {uri} takes no writes, as a replica does; run this on the home that it is a "
        "copy of"
    ),
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError": (
        "Neo4j at {uri} has too little memory for one transaction; give it a larger heap"
    ),
    "Neo.TransientError.Transaction.DeadlockDetected": (
        "Neo4j at {uri} repeatedly found deadlocks between two writers; try again when no other "
        "load is running"
    ),
}

_UNWRITTEN: Final = {
    f"Neo.DatabaseError.Transaction.{name}"
    for name in ("TransactionCommitFailed", "TransactionLogError")
}
"""Codes of the server when its disk is full."""


def open_driver(
    uri: str,
    user: str,
    password: str,
    *,
    warnings: NotificationMinimumSeverity | None = None,
    retry_seconds: float = RETRY_SECONDS,
    timeout: float = CONNECT_TIMEOUT,
) -> Driver:
    """Open a driver, and check that the server answers; the caller closes it.

    Args:
        uri: Bolt address, such as ``bolt://127.0.0.1:7687``.
        user: user name.
        password: the user's password.
        warnings: minimum severity of server notifications that become Python warnings, for tests.
        retry_seconds: how long a transaction is repeated after transient failures.
        timeout: seconds to wait for a server that accepts connections and does not answer.

    Raises:
        InputError: see ``check_address``.
        StoreError: no server answers, or it rejects the login.
    """
    _quiet_the_drivers_log()
    check_address(uri)
    with store_errors(uri), _host_errors(uri):
        driver = GraphDatabase.driver(
            uri,
            auth=(user, password),
            max_transaction_retry_time=retry_seconds,
            connection_timeout=timeout,
            connection_acquisition_timeout=2 * timeout,
            warn_notification_severity=warnings,
        )
        try:
            driver.verify_connectivity()
        except BaseException:
            driver.close()
            raise
    return driver


def check_address(uri: str) -> None:
    """Check an address without showing a password that it may contain.

    Raises:
        InputError: it is not the address of a Neo4j server, or contains a user or password.
    """
    if "@" in uri:
        raise InputError(
            "a Neo4j address must not contain a user or password; give them in "
            "ATTRIGRAPH_NEO4J_USER and ATTRIGRAPH_NEO4J_PASSWORD, and only "
            f"{shown_address(uri)!r} as the address"
        )
    if not uri.startswith(_SCHEMES) or not _is_valid(uri):
        raise _not_an_address(uri)


def _not_an_address(uri: str) -> InputError:
    return InputError(
        f"not a Neo4j address: {shown_address(uri)!r}; expected one such as bolt://127.0.0.1:7687"
    )


@contextmanager
def _host_errors(uri: str) -> Iterator[None]:
    """Raise Python's errors about impossible host names as ``InputError``."""
    try:
        yield
    except ValueError as error:
        raise _not_an_address(uri) from error


def _is_valid(uri: str) -> bool:
    try:
        return urlsplit(uri).port != 0
    except ValueError:  # the port is not a number, or too large
        return False


def reset_connections(driver: Driver) -> None:
    """Reset a driver whose server was restarted with other data.

    Its connections are closed, and its bookmarks would wait for transactions that do not exist in
    the other data.
    """
    with driver.session(database=DATABASE) as session:
        # a retried transaction, which removes the closed connections
        session.execute_write(lambda transaction: transaction.run("RETURN 1").consume())
        now = session.last_bookmarks().raw_values
    manager = driver.execute_query_bookmark_manager
    manager.update_bookmarks(manager.get_bookmarks(), now)


@contextmanager
def store_errors(uri: str) -> Iterator[None]:
    """Raise the driver's errors in this block as ``StoreError``.

    Args:
        uri: the server's address, for the message.
    """
    try:
        yield
    except (Neo4jError, DriverError) as error:
        message = describe_error(error, uri)
        if isinstance(error, ServiceUnavailable | SessionExpired):
            raise StoreUnreachableError(message, "neo4j") from error
        raise StoreError(message) from error


def describe_error(error: Neo4jError | DriverError, uri: str) -> str:
    """A message for users: what went wrong and what to do, without a password of the address."""
    address, uri = uri, shown_address(uri)
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
            "free some space, restart it (`attrigraph down`, then `attrigraph up`), and repeat "
            "the command: confirmed data are not lost"
        )
    if isinstance(error, Neo4jError):
        return f"Neo4j at {uri} answers {code}: {_first_line(error.message)}"
    reason = without_user_info(_first_line(str(error)).replace(address, uri))
    return f"the connection to Neo4j at {uri} fails: {reason}"


def _cannot_write(error: Neo4jError) -> bool:
    """Whether the server stopped writing its files; it then fails until it is restarted."""
    return error.code in _UNWRITTEN or "needs to be restarted" in (error.message or "")


def _unreachable(error: DriverError, uri: str) -> str:
    if "HTTP" in str(error):
        return f"{uri} speaks HTTP, the port of Neo4j Browser; give the Bolt port, usually 7687"
    return f"Neo4j at {uri} does not answer"


def _first_line(message: str | None) -> str:
    lines = (message or "").strip().splitlines()
    return lines[0] if lines else "no message"


def _quiet_the_drivers_log() -> None:
    """Do not log errors that the driver raises anyway, unless the caller set a level."""
    log = logging.getLogger("neo4j")
    if log.level == logging.NOTSET:
        log.setLevel(logging.CRITICAL)
