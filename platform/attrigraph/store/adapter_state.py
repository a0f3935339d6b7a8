"""What adapters have learnt, in Postgres: a row per adapter, written by one transaction at a time.

Who learns holds the row from reading it until the end of the transaction, so that no update of
another worker is lost. Who only predicts reads what was committed last, and waits for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from attrigraph.store.models import AdapterState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class KeptAdapter:
    """What is kept of an adapter.

    Attributes:
        state: an archive of arrays; None until it has learnt.
        outcomes: number of feedbacks by what became of them.
    """

    state: bytes | None
    outcomes: dict[str, int]


def find_adapter(connection: Connection, name: str) -> KeptAdapter | None:
    """What is kept of an adapter; None where there is none."""
    statement = select(AdapterState.state, AdapterState.outcomes).where(AdapterState.name == name)
    found = connection.execute(statement).one_or_none()
    return None if found is None else KeptAdapter(*found)


def read_adapter(connection: Connection, name: str) -> KeptAdapter:
    """What is kept of an adapter, which is created where there is none."""
    return _read(connection, name, hold=False)


def hold_adapter(connection: Connection, name: str) -> KeptAdapter:
    """The same, and the adapter is held until the end of the transaction."""
    return _read(connection, name, hold=True)


def write_adapter(
    connection: Connection, name: str, state: bytes, outcomes: Mapping[str, int]
) -> None:
    """Replace the state and the outcomes of an adapter that this transaction holds."""
    connection.execute(
        update(AdapterState)
        .where(AdapterState.name == name)
        .values(
            state=state,
            outcomes=dict(outcomes),
            version=AdapterState.version + 1,
            updated=datetime.now(UTC),
        )
    )


def adapter_names(connection: Connection, prefix: str) -> list[str]:
    """Names of adapters that begin with a prefix, sorted."""
    is_of_kind = func.starts_with(AdapterState.name, prefix)
    return list(connection.scalars(select(AdapterState.name).where(is_of_kind).order_by("name")))


def _read(connection: Connection, name: str, *, hold: bool) -> KeptAdapter:
    new = {"name": name, "version": 0, "outcomes": {}, "updated": datetime.now(UTC)}
    connection.execute(insert(AdapterState).values(new).on_conflict_do_nothing())
    statement = select(AdapterState.state, AdapterState.outcomes).where(AdapterState.name == name)
    if hold:  # the key stays as it is, so that predictions can still refer to it
        statement = statement.with_for_update(key_share=True)
    return KeptAdapter(*connection.execute(statement).one())
