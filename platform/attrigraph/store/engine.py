"""Opens Postgres, and says in one sentence why it cannot be opened."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from attrigraph.errors import InputError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Engine

CONNECT_TIMEOUT: Final = 10
"""Seconds to wait for a server that does not answer."""


def open_engine(url: str) -> Engine:
    """An engine whose first connection was tried.

    Args:
        url: ``postgresql://user:password@host:port/database``.

    Raises:
        InputError: the address is not one of Postgres.
        StoreError: the server cannot be reached or refuses the login; no password is repeated.
    """
    address = parse_url(url)
    engine = create_engine(
        address,
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT, "application_name": "attrigraph"},
    )
    try:
        with sql_errors(address), engine.connect() as connection:
            connection.execute(text("SELECT 1"))
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
        raise StoreError(_sentence(address, str(error.orig))) from error


def parse_url(url: str) -> URL:
    """The address with the one driver that attrigraph uses.

    Raises:
        InputError: it is not an address of Postgres.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        # without the address itself: it may hold a password
        raise InputError(
            "an address of Postgres looks like postgresql://user:password@host:5432/database"
        ) from None
    if address.get_backend_name() not in ("postgresql", "postgres"):
        raise InputError(
            f"an address of Postgres starts with postgresql://, not {address.drivername}://"
        )
    return address.set(drivername="postgresql+psycopg")


def _sentence(address: URL, reason: str) -> str:
    place = f"{address.host or 'localhost'}:{address.port or 5432}"
    if "password authentication failed" in reason:
        return f"Postgres at {place} refuses the password of user {address.username!r}"
    if "no password supplied" in reason:
        return f"Postgres at {place} wants a password for user {address.username!r}"
    if "does not exist" in reason and "database" in reason:
        return f"Postgres at {place} has no database named {address.database!r}"
    if "Connection refused" in reason or "timeout" in reason:
        return f"Postgres does not answer at {place}; `attrigraph status` says what runs where"
    # the first line alone: the others may repeat values
    return f"Postgres at {place} cannot be used: {reason.strip().partition(chr(10))[0]}"


def without_password(address: URL) -> str:
    """The address as it may be shown."""
    shown = address.set(drivername="postgresql")
    return shown._replace(password=None).render_as_string()
