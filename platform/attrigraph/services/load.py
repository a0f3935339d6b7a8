"""Use case of loading: files to staged rows to the graph, counted at every step.

Loading is safe to repeat: what is in the graph already is compared and left alone. So a load that
was killed, at whatever instant, is resumed by running it again.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import uuid4

from attrigraph.domain import RejectedRow
from attrigraph.graph.accounts import settle_accounts, write_accounts
from attrigraph.graph.channel_days import link_channel_days
from attrigraph.graph.doubled_conversions import count_doubled
from attrigraph.graph.event_properties import mark_properties
from attrigraph.graph.identities import has_identities, linked
from attrigraph.graph.loads import begin_load, end_load
from attrigraph.graph.order_lines import write_order_lines
from attrigraph.graph.persons import read_tombstones
from attrigraph.graph.purchases import merge_purchases
from attrigraph.graph.references import (
    mark_customers,
    read_parents,
    read_part_of,
    wire_creatives,
    write_customer_attributes,
    write_references,
)
from attrigraph.graph.refunds import write_orders, write_refunds
from attrigraph.graph.rejoin import place, rejoin
from attrigraph.graph.spend import link_spend, mark_currency
from attrigraph.quantities import counted
from attrigraph.runs.progress import ignore
from attrigraph.runs.recording import recording
from attrigraph.runs.unfinished import unfinished_load, was_killed
from attrigraph.services.bulk_load import acquire_load_target, bulk_import
from attrigraph.services.data_health import health_of_staged
from attrigraph.services.writers import write_events
from attrigraph.staging import stage
from attrigraph.staging.notes import (
    doubled_note,
    purchase_note,
    spelling_note,
    waiting_note,
    waiting_orders_note,
)
from attrigraph.staging.pseudonyms import key_fingerprint
from attrigraph.staging.rejects import check_not_an_input, write_rejects
from attrigraph.staging.taken import check_taken, why_rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from neo4j import Driver

    from attrigraph.domain import HealthLine
    from attrigraph.graph.history import Kind, RejectedEvent
    from attrigraph.graph.ingest import Ingested
    from attrigraph.graph.order_lines import WrittenLines
    from attrigraph.graph.refunds import WrittenRefunds
    from attrigraph.graph.spend import WrittenDays
    from attrigraph.runs.progress import Progress
    from attrigraph.staging import Source, Staged, StagedCounts, StagingOptions
    from attrigraph.stores import Stores

JOB: Final = "load"

LoadMode = Literal["online", "bulk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """Options of a load.

    Attributes:
        staging: how to read the files.
        mode: ``online``, through the running server; ``bulk``, by import files, which needs an
            empty graph on this computer; ``auto``, bulk where it is possible and faster.
        rejects: file for rejected rows; None for a new file in ``rejects`` of the home, which is
            written only if rows are rejected.
    """

    staging: StagingOptions
    mode: Literal["auto", "online", "bulk"] = "auto"
    rejects: Path | None = None


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What became of a load.

    Attributes:
        rows: rows of the files: read = taken + duplicates + ignored + merged +
            rejected.
        events: touches and conversions: those of taken rows = written + present + merged +
            rejected; None in a dry run.
        rejected: rows and events that files or graph reject: lines of the reject file.
        rejects: the file that names them; None when there is none.
        mode: how the graph was written; None in a dry run.
        fingerprint: SHA-256 over the bytes of the files.
        seconds: how long it took.
        notes: sentences about what a reader may not expect.
        data_health: what the events show that makes credit wrong or hard to read.
        refunds: refunds and cancellations: those of the files = written + present + rejected; None
            in a dry run.
        spend: days of spend: those of the files = written + corrected + present; None in a dry run.
        claims: days of claims of platforms, likewise.
        why_rejected: of each file with rejected rows, how many and why most of them.
        order_lines: lines of orders: those of the files = written + present + rejected; None in a
            dry run.
    """

    rows: StagedCounts
    events: Ingested | None
    rejected: int
    rejects: Path | None
    mode: LoadMode | None
    fingerprint: str
    seconds: float
    notes: tuple[str, ...] = field(default=())
    data_health: tuple[HealthLine, ...] = field(default=())
    refunds: WrittenRefunds | None = None
    spend: WrittenDays | None = None
    claims: WrittenDays | None = None
    why_rejected: tuple[str, ...] = ()
    order_lines: WrittenLines | None = None

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph load --json`` prints."""
        return {
            "dry_run": self.mode is None,
            "mode": self.mode,
            "fingerprint": self.fingerprint,
            "seconds": round(self.seconds, 3),
            "rows": asdict(self.rows),
            "events": None if self.events is None else events_json(self.events),
            "refunds": None if self.refunds is None else refunds_json(self.refunds),
            "order_lines": None if self.order_lines is None else lines_json(self.order_lines),
            "spend": None if self.spend is None else asdict(self.spend),
            "claims": None if self.claims is None else asdict(self.claims),
            "rejected": self.rejected,
            "rejects": None if self.rejects is None else str(self.rejects),
            "why_rejected": list(self.why_rejected),
            "notes": list(self.notes),
            "data_health": [line.to_json() for line in self.data_health],
        }


@dataclass(frozen=True, slots=True)
class _Written:
    """What was written, of the kinds of a ``LoadReport``.

    Attributes:
        purchases: conversions of the graph that were removed, as another one is the same purchase.
        doubled: conversions of the graph without a value that another of the same event has.
        orders: conversions that the graph has with another order.
    """

    mode: LoadMode
    events: Ingested
    refunds: WrittenRefunds
    lines: WrittenLines
    spend: WrittenDays
    claims: WrittenDays
    purchases: int
    doubled: int = 0
    orders: tuple[RejectedEvent, ...] = ()


def events_json(events: Ingested) -> dict[str, dict[str, int]]:
    """Touches and conversions by what became of them."""
    rejected = {
        kind: sum(d.kind == kind for d in events.rejected) for kind in ("touch", "conversion")
    }
    return {
        "touches": {
            "written": events.touches,
            "present": events.present_touches,
            "rejected": rejected["touch"],
            "moved": events.moved_touches,
            "merged": 0,
        },
        "conversions": {
            "written": events.conversions,
            "present": events.present_conversions,
            "rejected": rejected["conversion"],
            "moved": events.moved_conversions,
            "merged": events.merged_conversions,
        },
    }


def refunds_json(refunds: WrittenRefunds) -> dict[str, int]:
    """Refunds by what became of them, and all of the graph that wait for their orders."""
    return {
        "written": refunds.written,
        "present": refunds.present,
        "rejected": len(refunds.rejected),
        "waiting": sum(refunds.waiting.values()),
    }


def lines_json(lines: WrittenLines) -> dict[str, int]:
    """Lines of orders by what became of them, and all orders of the graph without a conversion."""
    return {
        "written": lines.written,
        "present": lines.present,
        "rejected": len(lines.rejected),
        "waiting": lines.waiting,
    }


def load(
    files: Sequence[Path],
    source: Source,
    options: LoadOptions,
    stores: Stores,
    *,
    progress: Progress = ignore,
) -> LoadReport:
    """Load files into the graph.

    Args:
        files: what to load.
        source: what the files hold.
        options: how to load them.
        stores: where to; Postgres keeps the record of the load.
        progress: called as it proceeds, in this thread.

    Raises:
        InputError: the files or options are not what was expected, or do not go with the graph.
        StoreError: a store failed on the way; loading again resumes.
        LocalStoreError: a bulk load cannot be done, or another load is running.
    """
    started = datetime.now(UTC)
    with _staged(files, source, _staging(options, stores.driver), stores.home, progress) as staged:
        # first without what the graph rejects, so that a full disk is known in time
        _reject(staged, (), options, stores.home, started)
        check_taken(staged, options.staging.max_rejected)
        parameters = _record_parameters(files, source, options)
        with recording(stores.engine, uuid4(), job=JOB, parameters=parameters) as record:
            written = _write(stores, files, staged, options, parameters, progress)
            times = staged.conversion_times()
            if times is not None and any(table.conversions for table in source.tables):
                written = replace(written, doubled=count_doubled(stores.driver, times))
            record.outcome = _outcome(written.events)
            report = _report(staged, written, options, stores.home, started)
            record.input_fingerprint, record.summary = staged.fingerprint, report.to_json()
        return report


def dry_run(
    files: Sequence[Path],
    source: Source,
    options: LoadOptions,
    *,
    home: Path,
    progress: Progress = ignore,
) -> LoadReport:
    """Read and check files as ``load`` does, without a store.

    Args:
        files: what to check.
        source: what the files hold.
        options: how they would be loaded.
        home: folder for staged and rejected rows.
        progress: called as it proceeds, in this thread.

    Raises:
        InputError: the files or options are not what was expected.
    """
    started = datetime.now(UTC)
    with _staged(files, source, options, home, progress) as staged:
        report = _report(staged, None, options, home, started)
        check_taken(staged, options.staging.max_rejected)
        return report


@contextmanager
def _staged(
    files: Sequence[Path], source: Source, options: LoadOptions, home: Path, progress: Progress
) -> Iterator[Staged]:
    check_not_an_input(options.rejects, files)

    def on_rows(rows: int) -> None:
        progress("read", rows, None)

    on_rows(0)
    folder = home / "staging"
    staging = replace(options.staging, event_properties=True)
    with stage(files, source, staging, folder=folder, on_rows=on_rows) as staged:
        progress("read", staged.counts.read, staged.counts.read)
        staged.check_loadable()
        yield staged


def _staging(options: LoadOptions, driver: Driver) -> LoadOptions:
    """The options, knowing the graph's links of ids, trees, and tombstones of erased customers."""
    part_of = read_part_of(driver)
    staging = replace(
        options.staging,
        creative_campaigns={**options.staging.creative_campaigns, **part_of.creative_campaigns},
        creative_ad_sets={**options.staging.creative_ad_sets, **part_of.creative_ad_sets},
        ad_set_campaigns={**options.staging.ad_set_campaigns, **part_of.ad_set_campaigns},
        campaign_accounts={**options.staging.campaign_accounts, **part_of.campaign_accounts},
        parents={**options.staging.parents, **read_parents(driver)},
        stored_links=partial(linked, driver) if has_identities(driver) else None,
        erased=read_tombstones(driver),
    )
    return replace(options, staging=staging)


def _write(
    stores: Stores,
    files: Sequence[Path],
    staged: Staged,
    options: LoadOptions,
    parameters: dict[str, Any],
    progress: Progress,
) -> _Written:
    total = staged.counts.touches + staged.counts.conversions
    resuming = was_killed(stores.home, staged.digests, mode="bulk")
    with acquire_load_target(
        stores.local, stores.driver, options.mode, total, resuming=resuming
    ) as bulk:
        mode: LoadMode = "online" if bulk is None else "bulk"
        with unfinished_load(stores.home, files=files, digests=staged.digests, mode=mode):
            # an import makes the graph, and its load a node of it
            imported = (
                None
                if bulk is None
                else bulk_import(bulk, stores.driver, staged, progress=progress)
            )
            number = _begin(stores.driver, files, staged, parameters)
            events, spend, claims = _write_all(
                stores.driver, imported, staged, options, progress, load=number
            )
            orders = _write_orders(stores.driver, staged, events)
            n_loaded = _loaded_conversions(events)
            purchases = merge_purchases(
                stores.driver, staged.purchases, staged.names_of_messages, n_loaded, load=number
            )
            refunds = write_refunds(
                stores.driver, staged.refunds(), staged.names_of_orders(), load=number
            )
            lines = write_order_lines(stores.driver, staged.order_lines(), staged.names_of_orders)
            end_load(stores.driver, number, _counts(events))
    assert events.events == total, "each is written, present, merged or rejected"
    return _Written(mode, events, refunds, lines, spend, claims, purchases, orders=orders)


def _begin(
    driver: Driver, files: Sequence[Path], staged: Staged, parameters: dict[str, Any]
) -> int:
    """The number of the load."""
    how = json.dumps(
        {name: value for name, value in parameters.items() if name != "files"},
        sort_keys=True,
        default=str,
    )
    contents = [hashlib.sha256(f"{one}{how}".encode()).hexdigest() for one in staged.digests]
    return begin_load(driver, "load", files=[path.name for path in files], contents=contents)


def _counts(events: Ingested) -> dict[str, int]:
    """Properties of the node of a load."""
    return {
        "touches": events.touches,
        "conversions": events.conversions,
        "rejected": len(events.rejected),
        "moved": events.moved_touches + events.moved_conversions,
    }


def _write_orders(driver: Driver, staged: Staged, events: Ingested) -> tuple[RejectedEvent, ...]:
    """Store the orders and messages of the conversions that the graph had; new ones have them."""
    if not events.present_conversions + events.merged_conversions:
        return ()
    rejected = {one.id for one in events.rejected if one.kind == "conversion"}
    orders, messages = (
        {key: name for key, name in names.items() if key not in rejected}
        for names in (staged.orders(), staged.messages())
    )
    return write_orders(driver, orders, messages)


def _write_all(
    driver: Driver,
    imported: Ingested | None,
    staged: Staged,
    options: LoadOptions,
    progress: Progress,
    *,
    load: int,
) -> tuple[Ingested, WrittenDays, WrittenDays]:
    """Write events, unless they were imported, reference tables and customers.

    Returns:
        What became of events, of days of spend, and of days of claims.
    """
    links, max_ids = staged.identity_links(), options.staging.max_ids
    events = imported
    mark_customers(driver, key_fingerprint(options.staging.key))
    mark_currency(driver, staged.currency)
    mark_properties(driver, staged.declared_properties)
    if imported is not None:
        place(driver, links, max_ids)
    moved = rejoin(driver, links, max_ids, load=load)
    spend, claims = write_references(driver, staged.references())
    for attributes in staged.customer_attributes():
        write_customer_attributes(driver, attributes, load=load)
    if events is None:
        events = _write_events(driver, staged, progress, load)
        counts = staged.counts
        link_channel_days(driver, staged.touch_days(), counts.touches, counts.channels)
    wire_creatives(driver, staged.references())
    link_spend(driver)
    write_accounts(driver, staged.accounts())
    # another load may have brought the first links of the graph meanwhile
    unread = imported is None and options.staging.stored_links is None and has_identities(driver)
    also = staged.customer_ids() if unread else ()
    events += moved + rejoin(driver, links, max_ids, also=also, connect=True, load=load)
    settle_accounts(driver, max_ids)
    return events, spend, claims


def _loaded_conversions(events: Ingested) -> int:
    """How many conversions of the files the graph has."""
    return events.conversions + events.present_conversions + events.merged_conversions


def _outcome(events: Ingested) -> str:
    """What is in the graph, should the record of the load be lost."""
    touches = events.touches + events.present_touches
    conversions = _loaded_conversions(events)
    return (
        f"the load is complete: {counted(touches, 'touch')} and "
        f"{counted(conversions, 'conversion')} of its files are in the graph"
    )


def _write_events(driver: Driver, staged: Staged, progress: Progress, load: int) -> Ingested:
    total = staged.counts.touches + staged.counts.conversions
    done = 0

    def on_batch(outcome: Ingested) -> None:
        nonlocal done
        done += outcome.events
        progress("write", done, total)

    progress("write", 0, total)
    return write_events(driver, staged, load=load, on_batch=on_batch)


def _report(
    staged: Staged,
    written: _Written | None,
    options: LoadOptions,
    home: Path,
    started: datetime,
) -> LoadReport:
    by_graph: tuple[RejectedEvent, ...] = ()
    notes = staged.notes
    if written is not None:
        by_graph = (
            *written.events.rejected,
            *written.orders,
            *written.refunds.rejected,
            *written.lines.rejected,
        )
        notes += (
            *waiting_note(written.refunds.waiting),
            *spelling_note(written.refunds.spelled),
            *waiting_orders_note(written.lines.waiting, written.lines.example),
            *purchase_note(written.purchases),
            *doubled_note(written.doubled),
        )
    n_rejected = staged.counts.rejected + len(by_graph)
    path = _reject(staged, by_graph, options, home, started)
    seconds = (datetime.now(UTC) - started).total_seconds()
    return LoadReport(
        rows=staged.counts,
        events=None if written is None else written.events,
        rejected=n_rejected,
        rejects=path,
        mode=None if written is None else written.mode,
        fingerprint=staged.fingerprint,
        seconds=seconds,
        notes=notes,
        data_health=health_of_staged(staged, options.staging.customer_key),
        refunds=None if written is None else written.refunds,
        spend=None if written is None else written.spend,
        claims=None if written is None else written.claims,
        why_rejected=why_rejected(staged),
        order_lines=None if written is None else written.lines,
    )


def _reject(
    staged: Staged,
    by_graph: Sequence[RejectedEvent],
    options: LoadOptions,
    home: Path,
    started: datetime,
) -> Path | None:
    """Write the file of rejected rows, if there are any or one is named; its path."""
    path = options.rejects
    if path is None and (staged.counts.rejected or by_graph):
        path = home / "rejects" / f"{started:%Y%m%dT%H%M%S.%fZ}.csv"
    if path is not None:
        write_rejects(path, chain(staged.rejected(), _rejected_by_graph(staged, by_graph)))
    return path


def _rejected_by_graph(staged: Staged, rejected: Sequence[RejectedEvent]) -> Iterator[RejectedRow]:
    """What the graph rejects, by file and line."""
    kinds: tuple[Kind, ...] = ("touch", "conversion", "refund", "order line")
    for kind in kinds:
        events = [event for event in rejected if event.kind == kind]
        origins = staged.locate(kind, [event.id for event in events])
        for (file, line), event in zip(origins, events, strict=True):
            yield RejectedRow(file, line, event.reason)


def _record_parameters(
    files: Sequence[Path], source: Source, options: LoadOptions
) -> dict[str, Any]:
    return {
        "files": [str(path) for path in files],
        "rows": [table.rows for table in source.tables],
        "zone": options.staging.zone,
        "keep_ids": options.staging.keep_ids,
    }
