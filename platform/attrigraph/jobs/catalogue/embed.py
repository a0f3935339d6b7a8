"""The job ``embed``: vectors of what the graph describes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from attrigraph.jobs.job import Job, JobOptions, Outcome

if TYPE_CHECKING:
    from attrigraph.jobs.windows import Window
    from attrigraph.stores import Stores


class EmbedOptions(JobOptions):
    """Options of ``attrigraph embed``."""

    kinds: tuple[str, ...] = ()
    embedder: str = "hashing"


def embed(stores: Stores, window: Window, options: EmbedOptions) -> Outcome:
    """Embed what has changed; what has not keeps its vector."""
    from attrigraph.services.embed import KINDS
    from attrigraph.services.embed import embed as make_vectors
    from attrigraph.store.collections import read_collection

    del window  # vectors are of what the graph describes now
    outcomes = make_vectors(stores, options.kinds or KINDS, embedder=options.embedder)
    versions = []
    for one in outcomes:
        found = read_collection(stores.engine, one.collection)
        versions.append(f"{one.collection}:{found.version}")
    return Outcome(" ".join(versions), {"embedded": [asdict(one) for one in outcomes]})


JOB: Final = Job(
    name="embed",
    about="makes vectors of campaigns, creatives, elements and audiences",
    run=embed,
    options=EmbedOptions,
    window="day",
    inputs=("load",),
    cron="0 4 * * *",
    catch_up="latest",
)
