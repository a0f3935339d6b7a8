"""Takes ids of erased customers out of the history of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import String, cast, or_, select
from sqlalchemy.orm import Session

from attrigraph.store.models import JobRun

if TYPE_CHECKING:
    import re
    from collections.abc import Collection

    from sqlalchemy import Engine

ERASED: Final = "[erased]"


def redact_runs(engine: Engine, words: Collection[str], pattern: re.Pattern[str]) -> int:
    """Replace ids in parameters and summaries of jobs; how many rows were changed.

    Args:
        engine: of Postgres.
        words: ids, at least one.
        pattern: finds them.
    """
    texts = [cast(column, String) for column in (JobRun.parameters, JobRun.summary)]
    named = or_(*(text.contains(word, autoescape=True) for text in texts for word in words))
    changed = 0
    with Session(engine) as session, session.begin():
        for run in session.scalars(select(JobRun).where(named)):
            parameters, summary = (_redacted(one, pattern) for one in (run.parameters, run.summary))
            if (parameters, summary) != (run.parameters, run.summary):
                run.parameters, run.summary = parameters, summary
                changed += 1
    return changed


def _redacted(value: Any, pattern: re.Pattern[str]) -> Any:
    """A JSON value with its texts redacted; a text in quotes is one that is an id itself."""
    if isinstance(value, str):
        return pattern.sub(ERASED, f'"{value}"')[1:-1]
    if isinstance(value, list):
        return [_redacted(one, pattern) for one in value]
    if isinstance(value, dict):
        return {_redacted(key, pattern): _redacted(one, pattern) for key, one in value.items()}
    return value
