"""Rows that were read, checked and ordered, ready to be taken out in batches."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Literal

from attrigraph.errors import InputError
from attrigraph.staging import customer_attributes, ledger, path_counts, path_journeys
from attrigraph.staging.batches import all_facts, batches, read_keys
from attrigraph.staging.database import staging_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    import duckdb

    from attrigraph.domain import (
        CustomerAttributes,
        EventTable,
        PathCounts,
        References,
        RejectedRow,
    )
    from attrigraph.staging.batches import Keys
    from attrigraph.staging.intake import Settled

Kind = Literal["touch", "conversion"]


@dataclass(frozen=True, slots=True)
class StagedCounts:
    """What became of the rows of all files: read = accepted + repeated + refused.

    Attributes:
        read: rows of all files, headers and blank lines not counted.
        accepted: rows that were taken.
        repeated: rows equal to one that was taken.
        refused: rows that were not taken, each with a reason.
        touches: touches that came of them.
        conversions: conversions that came of them.
        customers: customers with a touch or conversion, for paths one a journey.
        known_customers: customers of whom facts are given.
        channels: distinct channels.
        campaigns: distinct campaigns.
        creatives: distinct creatives.
        audiences: distinct audiences.
        creative_days: rows of daily figures.
    """

    read: int
    accepted: int
    repeated: int
    refused: int
    touches: int
    conversions: int
    customers: int
    known_customers: int
    channels: int
    campaigns: int
    creatives: int
    audiences: int
    creative_days: int


class Staged:
    """The staged rows; a context manager that removes them at its end.

    Attributes:
        fingerprint: SHA-256 over the bytes of the files, whatever their order, in hexadecimal.
        notes: sentences about what a reader may not expect, such as columns that were not used.
    """

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        workplace: Path,
        settled: Settled,
        fingerprint: str,
    ) -> None:
        self.fingerprint = fingerprint
        self.notes = settled.notes
        self._database = database
        self._workplace = workplace
        self._settled = settled
        # Guards the connection itself, which alone sees the temporary tables; the rest use cursors.
        self._lock = Lock()
        self._walked = settled.separator is None

    def __enter__(self) -> Staged:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the staged rows from the folder; may be called again."""
        self._database.close()
        shutil.rmtree(self._workplace, ignore_errors=True)

    @cached_property
    def counts(self) -> StagedCounts:
        """What became of the rows."""
        settled, things = self._settled, self.references()
        touches, conversions, customers = self._events()
        return StagedCounts(
            settled.read,
            settled.accepted,
            settled.repeated,
            settled.refused,
            touches,
            conversions,
            customers,
            self._count("SELECT count(*) FROM fact WHERE reason IS NULL"),
            len(things.channels),
            len(things.campaigns),
            len(things.creatives),
            len(things.audiences),
            len(things.creative_days),
        )

    def refused(self) -> Iterator[RejectedRow]:
        """The rows that were not taken, by file and line."""
        return ledger.refusals(self._database.cursor(), self._settled.files)

    def check_loadable(self) -> None:
        """Check that the rows can be loaded, as a load does before it writes.

        Raises:
            InputError: path counts stand for more touches than can be made of them.
        """
        if self._settled.separator is not None:
            path_journeys.check_size(self._database.cursor(), self._settled.separator)

    def locate(self, kind: Kind, ids: Sequence[str]) -> list[tuple[str, int]]:
        """File and line that each touch or conversion came from, in the order of ``ids``.

        A journey made of path counts comes from the first row of its path.

        Raises:
            KeyError: for an id that is not among the staged ones.
        """
        if not ids:
            return []
        self._walk()
        sql = path_journeys.PLACES if self._settled.separator else PLACES[kind]
        with self._lock:
            found = self._database.execute(sql, {"ids": list(ids)}).fetchall()
        places = {key: (self._settled.files[file], line) for key, file, line in found}
        return [places[key] for key in ids]

    def batches(
        self, *, touches: int = 5000, part: int = 0, parts: int = 1
    ) -> Iterator[EventTable]:
        """Whole customers, in batches of about so many touches and conversions.

        Customers come by (bucket, id). Part ``part`` of ``parts`` holds the customers whose
        bucket modulo ``parts`` is ``part``. Each call reads through a cursor of its own, so that
        parts may be read by as many threads.
        """
        self._walk()
        return batches(self._database.cursor(), self._keys, size=touches, part=part, parts=parts)

    def events(self) -> EventTable:
        """All customers at once, those too of whom a table of customers alone knows."""
        self._walk()
        return all_facts(self._database.cursor(), self._keys)

    def path_counts(self) -> PathCounts:
        """Counts of the paths of preset ``paths`` by channel, without its journeys being made.

        Raises:
            InputError: when the files hold no path counts.
        """
        if self._settled.separator is None:
            raise InputError("the files must hold counts of paths, and hold events")
        return path_counts.path_counts(self._database.cursor(), self._settled.separator)

    def references(self) -> References:
        """Channels, campaigns, creatives, elements, audiences and daily figures."""
        return self._settled.references

    def customer_attributes(self, size: int = 5000) -> Iterator[CustomerAttributes]:
        """What is known of customers, in batches of ``size`` customers."""
        settled = self._settled
        if settled.separator is not None:  # counts of paths name no customers
            return iter(())
        return customer_attributes.customer_attributes(
            self._database.cursor(), settled.events, settled.types, size
        )

    @cached_property
    def _keys(self) -> Keys:
        return read_keys(self._database.cursor())

    def _walk(self) -> None:
        """Make the journeys of path counts, once, when they are first asked for."""
        with self._lock, staging_errors(self._workplace.parent):
            if not self._walked and self._settled.separator is not None:
                path_journeys.make_journeys(self._database, self._settled.separator)
                self._walked = True

    def _events(self) -> tuple[int, int, int]:
        """Touches, conversions, customers."""
        if self._settled.separator is not None:
            return path_counts.totals(self._database.cursor(), self._settled.separator)
        return (
            self._count("SELECT count(*) FROM touch"),
            self._count("SELECT count(*) FROM conversion"),
            self._count("SELECT count(*) FROM customer WHERE active"),
        )

    def _count(self, sql: str) -> int:
        return int(self._database.cursor().execute(sql).fetchall()[0][0])


PLACES = {
    "touch": "SELECT id, file, line FROM touch WHERE id IN (SELECT unnest($ids))",
    "conversion": "SELECT id, file, line FROM conversion WHERE id IN (SELECT unnest($ids))",
}
"""SQL of where touches and conversions come from."""
