"""The version of pgvector, which must be one whose indexes can be trusted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from attrigraph.errors import SchemaError

if TYPE_CHECKING:
    from sqlalchemy import Connection

MINIMUM: Final = (0, 8, 4)
"""Before it, vacuum could corrupt an HNSW index."""

READ: Final = text("""
SELECT (SELECT extversion FROM pg_extension WHERE extname = 'vector'),
    (SELECT default_version FROM pg_available_extensions WHERE name = 'vector')
""")


def check_pgvector(connection: Connection) -> None:
    """Check the version of pgvector that the database has, or would get.

    Raises:
        SchemaError: the server has none, or one that is too old.
    """
    installed, available = connection.execute(READ).one()
    needed = ".".join(map(str, MINIMUM))
    version = installed or available
    if version is None:
        raise SchemaError(
            f"the server of Postgres lacks the extension vector; install pgvector {needed} or newer"
        )
    if _numbers(version) >= MINIMUM:
        return
    advice = f"install pgvector {needed} or newer on the server"
    if installed is not None:
        advice += ", and run ALTER EXTENSION vector UPDATE"
    raise SchemaError(
        f"the database has pgvector {version}, in which vacuum can corrupt an index; {advice}"
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
