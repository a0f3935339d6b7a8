"""Opens Postgres, and turns its errors into one sentence each."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from attrigraph.errors import InputError, StoreError, StoreUnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Engine

CONNECT_TIMEOUT: Final = 10.0
"""Seconds to wait for a server that does not answer."""

_UNREACHABLE: Final = (
    "failed: Connection|timeout|terminating connection|connection is (closed|lost)"
    "|server closed the connection|shutting down|starting up|failed to resolve host"
)


def open_engine(url: str, *, timeout: float = CONNECT_TIMEOUT) -> Engine:
    """An engine whose first connection was tried.

    Args:
        url: ``postgresql://user:password@host:port/database``.
        timeout: seconds to wait for a server that does not answer.

    Raises:
        InputError: the address is not one of Postgres.
        StoreError: the server cannot be reached or rejects the login; no password is repeated.
    """
    address = parse_url(url)
    engine = create_engine(
        address,
        pool_pre_ping=True,
        connect_args={"connect_timeout": int(timeout), "application_name": "attrigraph"},
    )
    try:
        with sql_errors(address), engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except ValueError as error:  # of the host name or the password: bytes that are no text
        engine.dispose()
        raise _not_an_address() from error
    except StoreError:
        engine.dispose()
        raise
    return engine


@contextmanager
def sql_errors(address: URL) -> Iterator[None]:
    """Raise Postgres' errors in this block as ``StoreError``, in one sentence each.

    Args:
        address: the server's, for the sentence.
    """
    try:
        yield
    except DBAPIError as error:
        raise as_store_error(error, address) from error


def as_store_error(error: DBAPIError, address: URL) -> StoreError:
    """The error to raise for one of Postgres' driver.

    Args:
        error: of the driver.
        address: the server's, for the message.
    """
    return store_error(str(error.orig), address, lost=error.connection_invalidated)


def store_error(reason: str, address: URL, *, lost: bool = False) -> StoreError:
    """The error to raise for a message of Postgres or its driver.

    Args:
        reason: the message.
        address: the server's.
        lost: whether the connection is known to be lost.
    """
    if lost or re.search(_UNREACHABLE, reason):
        place = f"{address.host or 'localhost'}:{address.port or 5432}"
        return StoreUnreachableError(f"Postgres at {place} does not answer", "postgres")
    return StoreError(_describe_error(address, reason))


def parse_url(url: str) -> URL:
    """The address with the one driver that attrigraph uses.

    Raises:
        InputError: it is not an address of Postgres.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: the port is not a number
        raise _not_an_address() from None
    if address.get_backend_name() not in ("postgresql", "postgres"):
        raise InputError(
            f"a Postgres address starts with postgresql://, not {address.drivername}://"
        )
    return address.set(drivername="postgresql+psycopg")


def _not_an_address() -> InputError:
    # without the address itself: it may hold a password
    return InputError(
        "not a Postgres address; expected one such as "
        "postgresql://user:password@host:5432/database, with a number as port"
    )


def _describe_error(address: URL, reason: str) -> str:
    place = f"{address.host or 'localhost'}:{address.port or 5432}"
    if "password authentication failed" in reason:
        return f"Postgres at {place} rejects the password of user {address.username!r}"
    if "no password supplied" in reason:
        return f"Postgres at {place} needs a password for user {address.username!r}"
    if "does not exist" in reason and "database" in reason:
        return f"Postgres at {place} has no database named {address.database!r}"
    # the first line alone: the others may repeat values
    return f"Postgres at {place} cannot be used: {reason.strip().partition(chr(10))[0]}"


def without_password(address: URL) -> str:
    """The address as it may be printed; parameters can hold passwords too."""
    kept = {name: value for name, value in address.query.items() if "pass" not in name.lower()}
    shown = address.set(drivername="postgresql", query=kept)
    return shown._replace(password=None).render_as_string()
