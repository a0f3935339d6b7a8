"""Users and generated passwords of a home's local stores, readable by the user only."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

from attrigraph.errors import LocalStoreError
from attrigraph.local.home import read_json, write_json
from attrigraph.private_files import find_exposure

if TYPE_CHECKING:
    from attrigraph.local.home import Home

NEO4J_USER: Final = "neo4j"
POSTGRES_USER: Final = "attrigraph"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Users and passwords; ``repr`` hides the passwords, so that no message contains them."""

    neo4j_user: str
    neo4j_password: str = field(repr=False)
    postgres_user: str
    postgres_password: str = field(repr=False)


def read_credentials(home: Home) -> Credentials | None:
    """The credentials of this home; None when it has none yet.

    Raises:
        LocalStoreError: the file is damaged, or another user could have read or replaced it.
    """
    content = read_json(home.credentials)
    if content is None:
        return None
    exposure = find_exposure(home.credentials)
    if exposure is not None:
        raise LocalStoreError(f"the passwords of the local stores are not safe: {exposure}")
    try:
        return Credentials(**content)
    except TypeError as error:
        raise LocalStoreError(
            f"{home.credentials} should hold users and passwords of Neo4j and Postgres: {error}"
        ) from error


def ensure_credentials(home: Home) -> Credentials:
    """The credentials of this home; they are on disk before any store gets them."""
    existing = read_credentials(home)
    if existing is not None:
        return existing
    # hexadecimal digits need no quotes anywhere and never look like an option
    fresh = Credentials(NEO4J_USER, secrets.token_hex(16), POSTGRES_USER, secrets.token_hex(16))
    write_json(home.credentials, asdict(fresh))
    return fresh
