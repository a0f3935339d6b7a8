"""Two threads that write batches of disjoint customers, and one that reports progress."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING

from attrigraph.graph.ingest import BATCH, WRITERS, Ingested, ingest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neo4j import Driver

    from attrigraph.domain import EventTable
    from attrigraph.staging import Staged


def write_events(
    driver: Driver,
    staged: Staged,
    *,
    load: int,
    on_batch: Callable[[Ingested], None],
    writers: int = WRITERS,
    batch: int = BATCH,
) -> Ingested:
    """Write all staged touches and conversions.

    Args:
        driver: of Neo4j; its errors are passed on as they are.
        staged: what is to be written.
        load: number of the load.
        on_batch: called in this thread with what became of each batch.
        writers: threads, each with the customers of some buckets.
        batch: touches and conversions a transaction holds, about.

    Raises:
        StoreError: one customer alone has more events than the server's memory holds.
    """
    outcomes: SimpleQueue[Ingested | BaseException | None] = SimpleQueue()
    stop = Event()

    def work(part: int) -> None:
        try:
            batches = staged.batches(touches=batch, part=part, parts=writers)
            for outcome in ingest(driver, _until(stop, batches), load=load):
                outcomes.put(outcome)
        except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
            outcomes.put(error)
        finally:
            outcomes.put(None)

    threads = [Thread(target=work, args=(part,), daemon=True) for part in range(writers)]
    for thread in threads:
        thread.start()
    try:
        return _total(outcomes, writers, on_batch)
    finally:
        # a batch under way is finished, so that Ctrl-C leaves whole batches
        stop.set()
        for thread in threads:
            thread.join()


def _until(stop: Event, batches: Iterator[EventTable]) -> Iterator[EventTable]:
    for events in batches:
        if stop.is_set():
            return
        yield events


def _total(
    outcomes: SimpleQueue[Ingested | BaseException | None],
    writers: int,
    on_batch: Callable[[Ingested], None],
) -> Ingested:
    total, at_work = Ingested(), writers
    while at_work:
        outcome = outcomes.get()
        if outcome is None:
            at_work -= 1
        elif isinstance(outcome, BaseException):
            raise outcome
        else:
            total += outcome
            on_batch(outcome)
    return total
