"""Use case of loading: files to staged rows to the graph, counted at every step.

Loading is safe to repeat: what is in the graph already is compared and left alone. So a load that
was killed, at whatever instant, is resumed by running it again.
"""

from __future__ import annotations

import hmac
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import uuid4

from attrigraph.domain import RejectedRow
from attrigraph.errors import AttrigraphError
from attrigraph.graph.connection import store_errors
from attrigraph.graph.references import (
    mark_customers,
    read_parents,
    read_part_of,
    wire_creatives,
    write_customer_attributes,
    write_references,
)
from attrigraph.services.bulk_load import fill, holding
from attrigraph.services.lineage import code_version
from attrigraph.services.progress import silent
from attrigraph.services.writers import write_events
from attrigraph.staging import stage
from attrigraph.staging.rejects import check_not_an_input, write_rejects
from attrigraph.store.job_runs import begin_run, fail_run, finish_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from neo4j import Driver
    from sqlalchemy import Engine

    from attrigraph.graph.history import Kind, RejectedEvent
    from attrigraph.graph.ingest import Ingested
    from attrigraph.local.importing import LocalGraph
    from attrigraph.services.progress import Progress
    from attrigraph.staging import Source, Staged, StagedCounts, StagingOptions

JOB: Final = "load"

Way = Literal["online", "bulk"]


def mute(words: str) -> None:
    """Says nothing."""
    del words


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """What is asked of a load.

    Attributes:
        staging: how to read the files.
        dry_run: only read and check; the graph is neither read nor written.
        way: ``online``, through the running server; ``bulk``, by import files, which needs an empty
            graph on this computer; ``auto``, bulk where that is possible and pays.
        rejects: where refused rows go; None for a file of its own in ``rejects`` of the home,
            written only where rows are refused.
    """

    staging: StagingOptions
    dry_run: bool = False
    way: Literal["auto", "online", "bulk"] = "auto"
    rejects: Path | None = None


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What became of a load.

    Attributes:
        rows: rows of the files: read = accepted + repeated + refused.
        events: touches and conversions: those of accepted rows = written + present + denied; None
            in a dry run.
        refused: rows and events that were refused, by files or graph: lines of the reject file.
        rejects: the file that names them; None when there is none.
        way: how the graph was written; None in a dry run.
        fingerprint: SHA-256 over the bytes of the files.
        seconds: how long it took.
        notes: sentences about what a reader may not expect.
    """

    rows: StagedCounts
    events: Ingested | None
    refused: int
    rejects: Path | None
    way: Way | None
    fingerprint: str
    seconds: float
    notes: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph load --json`` prints."""
        return {
            "dry_run": self.way is None,
            "way": self.way,
            "fingerprint": self.fingerprint,
            "seconds": round(self.seconds, 3),
            "rows": asdict(self.rows),
            "events": None if self.events is None else events_json(self.events),
            "refused": self.refused,
            "rejects": None if self.rejects is None else str(self.rejects),
            "notes": list(self.notes),
        }


def events_json(events: Ingested) -> dict[str, dict[str, int]]:
    """Touches and conversions by what became of them."""
    refused = {
        kind: sum(d.kind == kind for d in events.rejected) for kind in ("touch", "conversion")
    }
    return {
        "touches": {
            "written": events.touches,
            "present": events.present_touches,
            "refused": refused["touch"],
        },
        "conversions": {
            "written": events.conversions,
            "present": events.present_conversions,
            "refused": refused["conversion"],
        },
    }


def load(
    files: Sequence[Path],
    source: Source,
    options: LoadOptions,
    *,
    home: Path,
    driver: Driver | None = None,
    engine: Engine | None = None,
    local: LocalGraph | None = None,
    progress: Progress = silent,
    say: Callable[[str], None] = mute,
) -> LoadReport:
    """Load files into the graph; a dry run only reads and checks them.

    Args:
        files: what to load.
        source: what the files hold.
        options: what is asked.
        home: folder for staged and refused rows.
        driver: of Neo4j; a dry run needs none.
        engine: of Postgres, which keeps the record of the load; None keeps none.
        local: the server, where it is a process of this computer; bulk loads need it.
        progress: hears how it goes, in this thread.
        say: told what takes long.

    Raises:
        InputError: the files or options are not what was expected, or do not go with the graph.
        StoreError: a store failed on the way; loading again goes on from there.
        LocalStoreError: a bulk load cannot be done, or another load stands in its way.
    """
    begun = datetime.now(UTC)
    check_not_an_input(options.rejects, files)

    def hear(rows: int) -> None:
        progress("read", rows, None)

    hear(0)
    staging = _staging(options, driver)
    with stage(files, source, staging, folder=home / "staging", hear=hear) as staged:
        progress("read", staged.counts.read, staged.counts.read)
        if options.dry_run or driver is None:
            return _report(staged, None, None, options, home, begun)
        # first without what the graph refuses: a disk that does not take it is known in time
        _reject(staged, (), options, home, begun)
        with (
            _recorded(engine, files, source, options, staged) as record,
            store_errors(_address(driver)),
        ):
            way, events = _write(driver, local, staged, options, progress, say)
            report = _report(staged, events, way, options, home, begun)
            record.update(report.to_json())
        return report


def _staging(options: LoadOptions, driver: Driver | None) -> StagingOptions:
    """How to read the files, knowing the graph's campaigns of creatives and tree of audiences."""
    if options.dry_run or driver is None:
        return options.staging
    with store_errors(_address(driver)):
        part_of, parents = read_part_of(driver), read_parents(driver)
    return replace(
        options.staging,
        part_of={**options.staging.part_of, **part_of},
        parents={**options.staging.parents, **parents},
    )


def _write(
    driver: Driver,
    local: LocalGraph | None,
    staged: Staged,
    options: LoadOptions,
    progress: Progress,
    say: Callable[[str], None],
) -> tuple[Way, Ingested]:
    counts = staged.counts
    with holding(local, driver, options.way, counts.touches + counts.conversions) as bulk:
        events = None
        if bulk is not None:
            events = fill(bulk, driver, staged, progress=progress, say=say)
        mark_customers(driver, key_check(options.staging))
        write_references(driver, staged.references())
        for event_table in staged.customer_attributes():
            write_customer_attributes(driver, event_table)
        if events is None:
            events = _write_events(driver, staged, progress)
        wire_creatives(driver, staged.references())
    assert events.events == counts.touches + counts.conversions, "each is written, there or denied"
    return "online" if bulk is None else "bulk", events


def _write_events(driver: Driver, staged: Staged, progress: Progress) -> Ingested:
    total = staged.counts.touches + staged.counts.conversions
    heard = 0

    def hear(outcome: Ingested) -> None:
        nonlocal heard
        heard += outcome.events
        progress("write", heard, total)

    progress("write", 0, total)
    return write_events(driver, staged, hear=hear)


def key_check(staging: StagingOptions) -> str:
    """Tells one key of pseudonyms from another, and gives neither away."""
    if staging.keep_ids or staging.customer_key is None:
        return "ids kept"
    return hmac.digest(staging.customer_key, b"attrigraph: customer key", "sha256").hex()[:16]


def _address(driver: Driver) -> str:
    host, port = driver.get_server_info().address
    return f"bolt://{host}:{port}"


def _report(
    staged: Staged,
    events: Ingested | None,
    way: Way | None,
    options: LoadOptions,
    home: Path,
    begun: datetime,
) -> LoadReport:
    denied = events.rejected if events is not None else ()
    refused = staged.counts.refused + len(denied)
    path = _reject(staged, denied, options, home, begun)
    seconds = (datetime.now(UTC) - begun).total_seconds()
    return LoadReport(
        staged.counts, events, refused, path, way, staged.fingerprint, seconds, staged.notes
    )


def _reject(
    staged: Staged,
    denied: Sequence[RejectedEvent],
    options: LoadOptions,
    home: Path,
    begun: datetime,
) -> Path | None:
    """Write the file of refused rows, if there are any or one is asked for; its path."""
    path = options.rejects
    if path is None and (staged.counts.refused or denied):
        path = home / "rejects" / f"{begun:%Y%m%dT%H%M%S.%fZ}.csv"
    if path is not None:
        write_rejects(path, chain(staged.refused(), _refusals(staged, denied)))
    return path


def _refusals(staged: Staged, denied: Sequence[RejectedEvent]) -> Iterator[RejectedRow]:
    """What the graph refused, by file and line."""
    kinds: tuple[Kind, ...] = ("touch", "conversion")
    for kind in kinds:
        mine = [one for one in denied if one.kind == kind]
        places = staged.locate(kind, [one.id for one in mine])
        for (file, line), one in zip(places, mine, strict=True):
            yield RejectedRow(file, line, one.reason)


@contextmanager
def _recorded(
    engine: Engine | None,
    files: Sequence[Path],
    source: Source,
    options: LoadOptions,
    staged: Staged,
) -> Iterator[dict[str, Any]]:
    """Keep the record of the load in Postgres; what is put into the dictionary is its summary."""
    summary: dict[str, Any] = {}
    if engine is None:
        yield summary
        return
    run = uuid4()
    parameters = {
        "files": [str(path) for path in files],
        "rows": [table.rows for table in source.tables],
        "zone": options.staging.zone,
        "keep_ids": options.staging.keep_ids,
    }
    begin_run(engine, run, job=JOB, parameters=parameters, code_version=code_version())
    try:
        yield summary
    except BaseException as error:
        words = str(error) if isinstance(error, AttrigraphError) else type(error).__name__
        fail_run(engine, run, reason=words)
        raise
    finish_run(engine, run, input_fingerprint=staged.fingerprint, summary=summary)
