from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete

from attrigraph.store.models import FileWatermark, JobRun, JobWindow, ScheduledJob

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from attrigraph.stores import Stores


@pytest.fixture
def engine(stores: Stores) -> Engine:
    """Postgres without windows and the records of jobs."""
    with stores.engine.begin() as connection:
        for table in (JobRun, JobWindow, ScheduledJob, FileWatermark):
            connection.execute(delete(table))
    return stores.engine
