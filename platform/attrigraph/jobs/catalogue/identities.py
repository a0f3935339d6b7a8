"""The job ``identities``: files of links between ids; events go to the customers that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.jobs.catalogue.file_loading import FileOptions, load_new_files
from attrigraph.jobs.job import Job

if TYPE_CHECKING:
    from attrigraph.jobs.job import Outcome
    from attrigraph.jobs.windows import Window
    from attrigraph.stores import Stores


def load_identities(stores: Stores, window: Window, options: FileOptions) -> Outcome:
    """Load new and changed files; loading a file twice changes nothing."""
    del window  # files hold when their events were
    return load_new_files(stores, options, job="identities", preset="identities")


JOB: Final = Job(
    name="identities",
    about="loads links between ids, and gives events to the customers that they name",
    run=load_identities,
    options=FileOptions,
    window="day",
    inputs=(),
    cron="15 3 * * *",
)
