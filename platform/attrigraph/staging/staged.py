"""Rows that were read, checked and ordered, ready to be taken out in batches."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Final, Literal

from attrigraph.closing import Closing
from attrigraph.domain.accounts import NO_ACCOUNTS
from attrigraph.domain.columns import NO_TIME
from attrigraph.domain.refunds import net_events, settle_sales
from attrigraph.errors import InputError
from attrigraph.staging import (
    accounts,
    customer_attributes,
    identities,
    ledger,
    notes,
    order_line_rows,
    path_counts,
    path_journeys,
    refund_rows,
)
from attrigraph.staging.batches import all_events, batches, read_ids, read_keys
from attrigraph.staging.channels.use import read_use
from attrigraph.staging.database import open_cursor, staging_errors
from attrigraph.staging.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from attrigraph.domain import (
        CustomerAttributes,
        EventTable,
        PathCounts,
        References,
        RejectedRow,
    )
    from attrigraph.domain.accounts import ContactAccounts
    from attrigraph.domain.columns import StringArray
    from attrigraph.domain.event_properties import PropertyType
    from attrigraph.domain.identities import IdLinks
    from attrigraph.domain.order_lines import OrderLine
    from attrigraph.domain.refunds import Refund, Sale
    from attrigraph.staging.batches import Keys
    from attrigraph.staging.channels.use import ChannelUse
    from attrigraph.staging.ledger import FileRejections
    from attrigraph.staging.row_importer import Resolved

Kind = Literal["touch", "conversion", "refund", "order line"]

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class StagedCounts:
    """What became of the rows: read = taken + duplicates + ignored + merged + rejected.

    Attributes:
        read: rows of all files, headers and blank lines not counted.
        taken: rows that were taken.
        duplicates: rows equal to one that was taken.
        ignored: rows that the mapping leaves out, and rows of erased customers.
        merged: rows that became part of the row of another line.
        rejected: rows that were not taken, each with a reason.
        touches: touches that came of them.
        conversions: conversions that came of them.
        customers: customers with a touch or conversion; for paths, journeys.
        known_customers: customers with attributes.
        channels: distinct channels.
        campaigns: distinct campaigns.
        creatives: distinct creatives.
        audiences: distinct audiences.
        creative_days: rows of daily figures.
        refunds: refunds and cancellations, with those that conversions state.
        order_lines: lines of orders.
        experiments: distinct experiments.
        spend_days: days of spend, of each campaign or whatever else was paid for.
        claim_days: days of claims of platforms, likewise.
        joined_ids: ids that became part of the customer of another id, always or from a time on.
        conflicting_ids: ids of several users, which no user has for that.
        separated_ids: ids of customers with too many ids, which were taken apart.
    """

    read: int
    taken: int
    duplicates: int
    ignored: int
    merged: int
    rejected: int
    touches: int
    conversions: int
    customers: int
    known_customers: int
    channels: int
    campaigns: int
    creatives: int
    audiences: int
    creative_days: int
    refunds: int
    order_lines: int
    experiments: int
    spend_days: int
    claim_days: int
    joined_ids: int
    conflicting_ids: int
    separated_ids: int


class Staged(Closing):
    """The staged rows; a context manager that removes them at its end.

    Attributes:
        digests: SHA-256 of the bytes of each file, in hexadecimal, sorted.
        fingerprint: SHA-256 over the bytes of the files, whatever their order, in hexadecimal.
        notes: sentences about what a reader may not expect, such as columns that were not used.
    """

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        scratch_dir: Path,
        resolved: Resolved,
        digests: tuple[str, ...],
        key: bytes | None,
    ) -> None:
        self.digests = digests
        self.fingerprint = fingerprint(digests)
        self.notes = resolved.notes
        self._database = database
        self._scratch_dir = scratch_dir
        self._resolved = resolved
        self._key = key
        # Guards the connection itself, which alone sees the temporary tables; the rest use cursors.
        self._lock = Lock()
        self._has_journeys = resolved.separator is None
        self._ids_named = False

    def close(self) -> None:
        """Remove the staged rows from the folder; may be called again."""
        self._database.close()
        shutil.rmtree(self._scratch_dir, ignore_errors=True)

    @cached_property
    def counts(self) -> StagedCounts:
        """What became of the rows."""
        resolved, entities = self._resolved, self.references()
        touches, conversions, customers = self._events()
        return StagedCounts(
            resolved.read,
            resolved.taken,
            resolved.duplicates,
            resolved.ignored,
            resolved.merged,
            resolved.rejected,
            touches,
            conversions,
            customers,
            self._count("SELECT count(*) FROM customer_attribute WHERE reason IS NULL"),
            len(entities.channels),
            len(entities.campaigns),
            len(entities.creatives),
            len(entities.audiences),
            len(entities.creative_days),
            len(self.refunds()),
            len(self.order_lines()),
            len(entities.experiments),
            len(entities.spend),
            len(entities.claims),
            resolved.joined.joined,
            resolved.joined.conflicting,
            resolved.joined.separated,
        )

    @property
    def currency(self) -> str | None:
        """Code of the currency of all amounts of events; None where it is not known."""
        return self._resolved.currency

    def rejected(self) -> Iterator[RejectedRow]:
        """The rows that were not taken, by file and line."""
        return ledger.rejected_rows(open_cursor(self._database), self._resolved.files)

    def channel_use(self) -> Iterator[ChannelUse]:
        """Which channel rule gave which channel to how many touches, by source and medium."""
        return read_use(open_cursor(self._database), self._resolved.channel_rules)

    def rejections(self) -> list[FileRejections]:
        """How many rows were rejected, and why, of each file of which any were."""
        resolved = self._resolved
        return ledger.rejections(open_cursor(self._database), resolved.files, resolved.wanted)

    def rejected_conversions(self) -> list[FileRejections]:
        """The same of rows that are conversions, of which alone ``wanted`` counts the rejected."""
        database = open_cursor(self._database)
        counts = "SELECT file, count(*) FROM lost_conversion GROUP BY file"
        lost = dict(database.execute(counts).fetchall())
        return ledger.rejections(database, self._resolved.files, lost, "lost_conversion")

    def check_loadable(self) -> None:
        """Check that the rows can be loaded, as a load does before it writes.

        Raises:
            InputError: the paths represent more touches than can be loaded.
        """
        if self._resolved.separator is not None:
            path_journeys.check_size(open_cursor(self._database), self._resolved.separator)

    def locate(self, kind: Kind, ids: Sequence[str]) -> list[tuple[str, int]]:
        """File and line that each touch or conversion came from, in the order of ``ids``.

        A journey made of path counts comes from the first row of its path.

        Raises:
            KeyError: for an id that is not among the staged ones.
        """
        if not ids:
            return []
        self._make_journeys()
        if kind == "touch":
            self._name_ids()
        sql = path_journeys.ORIGINS if self._resolved.separator else ORIGINS[kind]
        with self._lock:
            rows = self._database.execute(sql, {"ids": list(ids)}).fetchall()
        origins = {key: (self._resolved.files[file], line) for key, file, line in rows}
        return [origins[key] for key in ids]

    def batches(
        self, *, touches: int = 5000, part: int = 0, parts: int = 1
    ) -> Iterator[EventTable]:
        """Whole customers, in batches of about so many touches and conversions.

        Conversions have their values before refunds, and cancelled ones are there. Customers
        come by (bucket, id). Part ``part`` of ``parts`` holds the customers whose
        bucket modulo ``parts`` is ``part``. Each call reads through a cursor of its own, so that
        parts may be read by as many threads.
        """
        self._make_journeys()
        return batches(
            open_cursor(self._database),
            self._keys,
            self._ids,
            size=touches,
            part=part,
            parts=parts,
        )

    def events(self, *, touch_ids: bool = True) -> EventTable:
        """All customers at once, including those that only a table of customers names.

        Conversions have their values less refunds, and cancelled ones are left out.

        Args:
            touch_ids: whether to read ids of touches, which take more memory than all else;
                otherwise ``touches.id`` is None throughout.
        """
        self._make_journeys()
        database = open_cursor(self._database)
        events = all_events(database, self._keys, self._name_ids, with_touch_ids=touch_ids)
        return net_events(events, settle_sales(self._sales, self.refunds()))

    @cached_property
    def _sales(self) -> list[Sale]:
        """The conversions that refunds name."""
        named = [one.order for one in self.refunds()]
        return refund_rows.sales(open_cursor(self._database), named) if named else []

    def orders(self) -> dict[str, str]:
        """The order of each conversion that also has an id of its own, by that id."""
        if self._resolved.separator is not None:  # counts of paths name no orders
            return {}
        return refund_rows.orders(open_cursor(self._database))

    def messages(self) -> dict[str, str]:
        """The message of each conversion that also has an id of its own, by that id."""
        if self._resolved.separator is not None:  # counts of paths name no messages
            return {}
        return refund_rows.messages(open_cursor(self._database))

    def purchases(self) -> list[str]:
        """The id of the order of each conversion, or else its own; each once and sorted."""
        if self._resolved.separator is not None:  # counts of paths name no orders
            return []
        return refund_rows.purchases(open_cursor(self._database))

    def names_of_messages(self) -> list[str]:
        """What messages may be known by: ids of conversions and of their messages, sorted."""
        if self._resolved.separator is not None:
            return []
        return refund_rows.names_of_messages(open_cursor(self._database))

    def names_of_orders(self) -> list[str]:
        """What refunds may name: ids of conversions and of their orders, each once and sorted."""
        if self._resolved.separator is not None:
            return []
        return refund_rows.names_of_orders(open_cursor(self._database))

    def refunds(self) -> tuple[Refund, ...]:
        """Refunds and cancellations, with those that conversions state, by id."""
        return self._refunds

    @cached_property
    def _refunds(self) -> tuple[Refund, ...]:
        if self._resolved.separator is not None:  # counts of paths name no orders
            return ()
        return refund_rows.refunds(open_cursor(self._database))

    def order_lines(self) -> tuple[OrderLine, ...]:
        """Lines of orders, by order and id."""
        return self._order_lines

    @cached_property
    def _order_lines(self) -> tuple[OrderLine, ...]:
        if self._resolved.separator is not None:  # counts of paths name no orders
            return ()
        return order_line_rows.order_lines(open_cursor(self._database))

    def refund_notes(self) -> Iterator[str]:
        """Refunds that have no effect on conversions of these files, or not all of it."""
        if self.refunds():
            yield from notes.refund_notes(self.refunds(), self._sales, self._known_orders)

    def _known_orders(self, names: list[str]) -> set[str]:
        """Those of some ids that conversions or their orders have."""
        found = refund_rows.sales(open_cursor(self._database), names) if names else []
        return {name for sale in found for name in sale.names}

    @property
    def declared_properties(self) -> Mapping[str, PropertyType]:
        """The properties of events that mappings name, with their types."""
        return self._resolved.properties

    def event_properties(self) -> dict[str, PropertyType]:
        """The properties that events may have beyond what models read, with their types."""
        self._make_journeys()
        return self._keys.property_types()

    def path_counts(self) -> PathCounts:
        """Counts of the paths of preset ``paths`` by channel, without its journeys being made.

        Raises:
            InputError: when the files hold no path counts.
        """
        if self._resolved.separator is None:
            raise InputError("the files must hold counts of paths, and hold events")
        return path_counts.path_counts(open_cursor(self._database), self._resolved.separator)

    def conversion_times(self) -> tuple[int, int] | None:
        """Times of the first and the last conversion, in milliseconds since 1970-01-01 UTC.

        None without any that has a time.
        """
        if self._resolved.separator is not None:  # journeys along paths have no times
            return None
        sql = f"SELECT min(time), max(time) FROM conversion WHERE time <> {NO_TIME}"
        [(first, last)] = open_cursor(self._database).execute(sql).fetchall()
        return None if first is None else (int(first), int(last))

    def touch_days(self) -> list[int]:
        """The days on which touches are, in days since 1970-01-01 UTC, ascending."""
        if self._resolved.separator is not None:  # journeys along paths have no times
            return []
        sql = (
            f"SELECT DISTINCT floor(time / {DAY_MS}.0)::BIGINT AS day FROM touch "
            f"WHERE time <> {NO_TIME} ORDER BY day"
        )
        return [day for (day,) in open_cursor(self._database).execute(sql).fetchall()]

    def customer_ids(self) -> list[str]:
        """The pseudonyms of all customers of the files, none for counts of paths."""
        if self._resolved.separator is not None:
            return []
        rows = open_cursor(self._database).execute("SELECT id FROM customer").fetchall()
        return [name for (name,) in rows]

    def accounts(self) -> ContactAccounts:
        """The accounts of customers, as the files name them."""
        if self._resolved.separator is not None:  # counts of paths name no customers
            return NO_ACCOUNTS
        return accounts.read_accounts(open_cursor(self._database))

    def identity_links(self) -> IdLinks:
        """The links of ids that were used, those of the files and stored ones, by pseudonyms."""
        self._name_ids()
        return identities.links_of(open_cursor(self._database))

    def references(self) -> References:
        """Channels, campaigns, creatives, elements, audiences, daily figures, experiments."""
        return self._resolved.references

    def customer_attributes(self, size: int = 5000) -> Iterator[CustomerAttributes]:
        """Attributes of customers, in batches of ``size`` customers."""
        resolved = self._resolved
        if resolved.separator is not None:  # counts of paths name no customers
            return iter(())
        return customer_attributes.customer_attributes(
            open_cursor(self._database), resolved.attributes, resolved.types, size
        )

    @cached_property
    def _keys(self) -> Keys:
        return read_keys(open_cursor(self._database), self._resolved.properties)

    @cached_property
    def _ids(self) -> StringArray:
        self._name_ids()
        return read_ids(open_cursor(self._database))

    def _make_journeys(self) -> None:
        """Make the journeys of path counts, once, when they are first needed."""
        with self._lock, staging_errors(self._scratch_dir.parent):
            if not self._has_journeys and self._resolved.separator is not None:
                path_journeys.make_journeys(self._database, self._resolved.separator)
                self._has_journeys = True

    def _name_ids(self) -> None:
        """Make the pseudonyms of joined ids, once, when they are first needed."""
        with self._lock, staging_errors(self._scratch_dir.parent):
            if not self._ids_named:
                identities.name_ids(self._database, self._key)
                self._ids_named = True

    def _events(self) -> tuple[int, int, int]:
        """Touches, conversions, customers."""
        if self._resolved.separator is not None:
            return path_counts.totals(open_cursor(self._database), self._resolved.separator)
        return (
            self._count("SELECT count(*) FROM touch"),
            self._count("SELECT count(*) FROM conversion"),
            self._count("SELECT count(*) FROM customer WHERE active"),
        )

    def _count(self, sql: str) -> int:
        return int(open_cursor(self._database).execute(sql).fetchall()[0][0])


ORIGINS = {
    "refund": "SELECT id, file, line FROM refund_taken WHERE id IN (SELECT unnest($ids))",
    "order line": (
        "SELECT key, file, line FROM order_line_taken WHERE key IN (SELECT unnest($ids))"
    ),
    "touch": "SELECT id, file, line FROM touch_id WHERE id IN (SELECT unnest($ids))",
    "conversion": "SELECT id, file, line FROM conversion WHERE id IN (SELECT unnest($ids))",
}
"""SQL of where touches and conversions come from."""
