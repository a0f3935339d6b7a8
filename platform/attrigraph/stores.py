"""Both stores of one home, open: what the services work with."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from neo4j import Driver
    from sqlalchemy import Engine

    from attrigraph.graph.facts import FactsCache
    from attrigraph.local.importing import LocalGraph


@dataclass(frozen=True, slots=True)
class Stores:
    """Both stores, open; whoever opened them closes them.

    Attributes:
        driver: of Neo4j.
        engine: of Postgres.
        home: folder of the data set: what is staged and rejected.
        cache: files of events that were read from the graph and need not be read again.
        local: the Neo4j server where it is a process of this computer, which bulk loads need; None
            where it is not.
        customer_key: secret of the customers' pseudonyms; None where there is none.
    """

    driver: Driver
    engine: Engine
    home: Path
    cache: FactsCache
    local: LocalGraph | None = None
    customer_key: bytes | None = field(default=None, repr=False)

    def without_loads(self) -> AbstractContextManager[None]:
        """Keep loads from running in a block; without effect where the graph is not local.

        Raises:
            LocalStoreError: a load is running.
        """
        return nullcontext() if self.local is None else self.local.held(alone=True)
