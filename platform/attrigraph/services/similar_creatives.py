"""The job that links similar creatives: those in a common audience whose hooks are near.

The fatigue model sums exposures over them, and people see them in Bloom. Creatives are compared
inside an audience only, as nobody else sees both. A run writes its links while readers see those of
the run before; it becomes the current one in one transaction, and the links before it are deleted.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np

from attrigraph.graph.runs import Run, acquire_job_lock, begin_run, delete_other_runs
from attrigraph.graph.similar_creatives import (
    JOB,
    CreativeLinks,
    count_links,
    read_hooks,
    write_links,
)
from attrigraph.quantities import counted
from attrigraph.runs.recording import recording
from attrigraph.services.embed import searched
from attrigraph.services.killed_runs import clean_killed_runs
from attrigraph.services.runs_by_content import run_of
from attrigraph.similarity.near_pairs import near_pairs, unit_vectors
from attrigraph.store.vector_engine import open_vectors
from attrigraph.store.vector_rows import read_vectors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.graph.runs import JobLock
    from attrigraph.graph.similar_creatives import HookedCreative
    from attrigraph.store.collections import CollectionInfo
    from attrigraph.stores import Stores

    Floats = NDArray[np.float64]

logger = logging.getLogger(__name__)

THRESHOLD: Final = 0.65
"""Cosine of hooks from which creatives wear out together, as the fatigue model takes it."""


@dataclass(frozen=True, slots=True)
class LinkedCreatives:
    """What a run linked: creatives = compared + without_hook + without_vector + without_audience.

    Attributes:
        run: the run's id.
        threshold: least cosine of a link.
        collection: of the vectors of hooks.
        creatives: of the graph.
        compared: those that were compared with others of an audience.
        without_hook: those without an element of the kind ``hook``.
        without_vector: those whose hooks have no vector; ``attrigraph embed`` makes them.
        without_audience: those with a hook that are in no audience.
        audiences: those that have a compared creative.
        links: pairs that are linked.
        written: whether they were written now; False where they were there.
    """

    run: str
    threshold: float
    collection: str
    creatives: int
    compared: int
    without_hook: int
    without_vector: int
    without_audience: int
    audiences: int
    links: int
    written: bool


def link_similar_creatives(stores: Stores, threshold: float = THRESHOLD) -> LinkedCreatives:
    """Link the creatives whose hooks have a cosine of at least the threshold, in each audience.

    A creative with several hooks has the direction of their mean. The same creatives, hooks and
    threshold are the same run: nothing is written the second time.

    Args:
        stores: the graph, and Postgres with the vectors of elements.
        threshold: above 0, at most 1.

    Raises:
        InputError: there are no vectors of elements, the threshold is none, or too many pairs
            reach it.
        StoreError: another run of the job is in progress, or a store fails.
    """
    with acquire_job_lock(stores.driver, JOB) as lock:
        known = clean_killed_runs(stores, JOB)
        links, found = _compared(stores, threshold)
        run = _run(links, found)
        stored = run.id in known and count_links(stores.driver, run.id) == len(links)
        if not stored:
            _write(stores, lock, run, links, found, begin=run.id not in known)
        elif lock.current != run.id:
            _publish(lock, run, found)
    delete_other_runs(stores.driver, JOB)
    logger.info(f"run {run.id} has {counted(len(links), 'link')} of similar creatives")
    return LinkedCreatives(run.id, **found, written=not stored)


def _compared(stores: Stores, threshold: float) -> tuple[CreativeLinks, dict[str, Any]]:
    """The links, and the summary of a run."""
    creatives = [one for page in read_hooks(stores.driver) for one in page]
    with open_vectors(stores.engine) as engine:
        collection = searched(engine, "elements")
        hooks = _hook_vectors(engine, collection, {hook for one in creatives for hook in one.hooks})
    hooked = [one for one in creatives if one.hooks]
    directed = [(one, mean) for one in hooked if (mean := _mean(hooks, one.hooks)) is not None]
    chosen = [one for one, _ in directed if one.audiences]
    means = [mean for one, mean in directed if one.audiences]
    audiences = _by_audience(chosen)
    unit = unit_vectors(np.reshape(means, (len(means), collection.spec.dimension)))
    pairs = near_pairs(unit, threshold, audiences.values())
    links = CreativeLinks(
        [chosen[row].id for row in pairs.first.tolist()],
        [chosen[row].id for row in pairs.second.tolist()],
        pairs.cosine.tolist(),
    )
    return links, {
        "threshold": threshold,
        "collection": collection.name,
        "creatives": len(creatives),
        "compared": len(chosen),
        "without_hook": len(creatives) - len(hooked),
        "without_vector": len(hooked) - len(directed),
        "without_audience": len(directed) - len(chosen),
        "audiences": len(audiences),
        "links": len(links),
    }


def _hook_vectors(
    engine: Engine, collection: CollectionInfo, hooks: Iterable[str]
) -> dict[str, Floats]:
    """Vectors of length 1 by hook; none of those that have no vector."""
    rows = read_vectors(engine, collection, sorted(hooks))
    unit = unit_vectors(rows.vectors)
    return dict(zip(rows.keys, unit, strict=True))


def _mean(vectors: Mapping[str, Floats], hooks: Sequence[str]) -> Floats | None:
    """The mean of vectors; None without any, or where they cancel out."""
    own = [vectors[hook] for hook in hooks if hook in vectors]
    mean = np.sum(own, axis=0) / max(len(own), 1)
    return mean if np.any(mean) else None


def _by_audience(creatives: Sequence[HookedCreative]) -> dict[str, list[int]]:
    """Numbers of creatives by audience."""
    members: dict[str, list[int]] = defaultdict(list)
    for number, creative in enumerate(creatives):
        for audience in creative.audiences:
            members[audience].append(number)
    return members


def _run(links: CreativeLinks, found: Mapping[str, Any]) -> Run:
    content = json.dumps([links.first, links.second, links.score, found], sort_keys=True)
    return run_of(JOB, content, {name: found[name] for name in ("threshold", "collection")})


def _write(
    stores: Stores,
    lock: JobLock,
    run: Run,
    links: CreativeLinks,
    found: dict[str, Any],
    *,
    begin: bool,
) -> None:
    """Write and publish the links of a run, or those that a stored one has lost."""
    with recording(stores.engine, UUID(hex=run.id), job=JOB, parameters=run.parameters) as record:
        if begin:
            begin_run(stores.driver, run)
        write_links(stores.driver, run.id, links)
        _publish(lock, run, found)
        record.input_fingerprint, record.summary = run.fingerprint, found


def _publish(lock: JobLock, run: Run, found: Mapping[str, Any]) -> None:
    lock.publish(run.id, finished=datetime.now(UTC), summary=found)
