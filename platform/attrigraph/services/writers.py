"""Two threads that write batches of disjoint customers, and one that hears how it goes."""

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
    hear: Callable[[Ingested], None],
    writers: int = WRITERS,
    batch: int = BATCH,
) -> Ingested:
    """Write all staged touches and conversions.

    Args:
        driver: of Neo4j; its errors are passed on as they are.
        staged: what is to be written.
        hear: told what became of each batch, in this thread.
        writers: threads, each with the customers of some buckets.
        batch: touches and conversions a transaction holds, about.

    Raises:
        StoreError: one customer alone has more events than the server's memory holds.
    """
    said: SimpleQueue[Ingested | BaseException | None] = SimpleQueue()
    stop = Event()

    def work(part: int) -> None:
        try:
            batches = staged.batches(touches=batch, part=part, parts=writers)
            for outcome in ingest(driver, _until(stop, batches)):
                said.put(outcome)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            said.put(error)
        finally:
            said.put(None)

    threads = [Thread(target=work, args=(part,), daemon=True) for part in range(writers)]
    for thread in threads:
        thread.start()
    try:
        return _total(said, writers, hear)
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
    said: SimpleQueue[Ingested | BaseException | None],
    writers: int,
    hear: Callable[[Ingested], None],
) -> Ingested:
    total, at_work = Ingested(), writers
    while at_work:
        word = said.get()
        if word is None:
            at_work -= 1
        elif isinstance(word, BaseException):
            raise word
        else:
            total += word
            hear(word)
    return total
