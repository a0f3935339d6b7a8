"""The quick way of a first load: import files from staged rows, then a graph made of them."""

from __future__ import annotations

import logging
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from neo4j import RoutingControl

from attrigraph.errors import InputError, LocalStoreError, StoreError
from attrigraph.graph import migrations
from attrigraph.graph.bulk import BATCH, ImportFiles
from attrigraph.graph.catalogue import query
from attrigraph.graph.connection import reset_connections
from attrigraph.graph.ingest import Ingested
from attrigraph.quantities import counted
from attrigraph.settings import DATABASE
from attrigraph.staging.database import staging_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neo4j import Driver

    from attrigraph.local.importing import LocalGraph
    from attrigraph.runs.progress import Progress
    from attrigraph.staging import Staged

logger = logging.getLogger(__name__)

BULK_THRESHOLD: Final = 1_000_000
"""Touches and conversions from which on a bulk load is the quicker way."""


@contextmanager
def acquire_load_target(
    local: LocalGraph | None,
    driver: Driver,
    mode: Literal["auto", "online", "bulk"],
    events: int,
    *,
    resuming: bool = False,
) -> Iterator[LocalGraph | None]:
    """Choose how to load, and hold the graph for it until the load ends.

    Args:
        local: the server, where it is a process of this computer.
        driver: of Neo4j.
        mode: the mode that was requested.
        events: number of touches and conversions to load.
        resuming: whether a bulk load of the same files was killed; if it had already filled the
            graph, the rest is written online.

    Returns:
        The server to fill by a bulk load; None for an online load.

    Raises:
        InputError: a bulk load was requested, and the graph is not local or not empty, or the files
            hold no events.
        LocalStoreError: a load is running that excludes this one.
    """
    if mode == "bulk" and not events:
        raise InputError(
            "a bulk load is for touches and conversions, and the files hold none; load with "
            "--online"
        )
    if local is None:
        if mode == "bulk":
            raise InputError(
                "a bulk load needs a Neo4j that `attrigraph up` runs as a process of this "
                "computer; load with --online"
            )
        yield None
        return
    with ExitStack() as holds:
        if mode == "bulk" or (mode == "auto" and events >= BULK_THRESHOLD and is_empty(driver)):
            try:
                holds.enter_context(local.held(alone=True))
            except LocalStoreError:
                if mode == "bulk":
                    raise
            else:
                if is_empty(driver):
                    yield local
                    return
                holds.close()
        if mode == "bulk" and not resuming:
            raise InputError("a bulk load needs an empty graph, and this one is not; use --online")
        if mode == "bulk":
            logger.info(
                "the graph holds events of the bulk load that was killed; checking them all"
            )
        holds.enter_context(local.held(alone=False))
        yield None


def is_empty(driver: Driver) -> bool:
    """Whether the graph holds nothing but the history of its schema."""
    record = driver.execute_query(
        query("ingest/count_nodes").text, database_=DATABASE, routing_=RoutingControl.READ
    ).records[0]
    return bool(record["nodes"] == record["history"])


def bulk_import(
    local: LocalGraph,
    driver: Driver,
    staged: Staged,
    *,
    progress: Progress,
) -> Ingested:
    """Fill an empty graph with all staged touches and conversions, and bring its schema up to date.

    Raises:
        InputError: a time lies outside the years that import files can take.
        LocalStoreError: the import or the restart of the server failed.
        StagingError: the folder of import files cannot be written, or is full.
        StoreError: the graph does not hold what was imported, or its schema cannot be made.
    """
    counts = staged.counts
    total = counts.touches + counts.conversions
    staging = local.home.path / "staging"
    with (
        staging_errors(staging),
        tempfile.TemporaryDirectory(prefix="import-", dir=staging) as name,
    ):
        files = ImportFiles(Path(name), staged.event_properties())
        progress("import", 0, total)
        for events in staged.batches(touches=BATCH):
            files.add(events)
            progress("import", files.touches + files.conversions, total)
        arguments = files.arguments()
        if not is_empty(driver):
            raise StoreError("the graph was written to while a bulk load prepared; load again")
        local.fill(arguments, folder=Path(name))
    logger.info("making constraints and indexes")
    reset_connections(driver)
    migrations.migrate(driver)
    _check(driver, files)
    return Ingested(touches=files.touches, conversions=files.conversions)


def _check(driver: Driver, files: ImportFiles) -> None:
    counts = driver.execute_query(
        query("ingest/count_events").text, database_=DATABASE, routing_=RoutingControl.READ
    ).records[0]
    if (counts["touches"], counts["conversions"]) != (files.touches, files.conversions):
        raise StoreError(
            f"{counted(files.touches, 'touch')} and {counted(files.conversions, 'conversion')} "
            f"were imported and the graph holds {counts['touches']:,} and "
            f"{counts['conversions']:,}; stop the "
            "stores, remove the home's folder neo4j, and load again"
        )
