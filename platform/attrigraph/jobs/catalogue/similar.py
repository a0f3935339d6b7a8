"""The job ``similar``: links between similar creatives."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from pydantic import Field

from attrigraph.jobs.job import Job, JobOptions, Outcome

if TYPE_CHECKING:
    from attrigraph.jobs.windows import Window
    from attrigraph.stores import Stores


class SimilarOptions(JobOptions):
    """Options of ``attrigraph similar link``."""

    threshold: float = Field(default=0.65, gt=0, le=1)


def link_similar(stores: Stores, window: Window, options: SimilarOptions) -> Outcome:
    """Link creatives whose hooks are similar; the same hooks are linked once."""
    from attrigraph.services.similar_creatives import link_similar_creatives

    del window  # links are of the vectors that there are now
    found = link_similar_creatives(stores, options.threshold)
    return Outcome(found.run, asdict(found))


JOB: Final = Job(
    name="similar",
    about="links similar creatives in the graph",
    run=link_similar,
    options=SimilarOptions,
    window="day",
    inputs=("embed",),
    cron="15 4 * * *",
    catch_up="latest",
)
