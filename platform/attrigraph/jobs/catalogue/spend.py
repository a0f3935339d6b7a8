"""The job ``spend``: files of spend that have come or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.jobs.catalogue.file_loading import FileOptions, load_new_files
from attrigraph.jobs.job import Job

if TYPE_CHECKING:
    from attrigraph.jobs.job import Outcome
    from attrigraph.jobs.windows import Window
    from attrigraph.stores import Stores


def load_spend(stores: Stores, window: Window, options: FileOptions) -> Outcome:
    """Load new and changed files; loading a file twice changes nothing."""
    del window  # files hold when their events were
    return load_new_files(stores, options, job="spend", preset="spend")


JOB: Final = Job(
    name="spend",
    about="loads files of spend that have come or changed",
    run=load_spend,
    options=FileOptions,
    window="day",
    inputs=(),
    cron="15 3 * * *",
)
