"""The record of a run in Postgres, kept from its start to its end or failure."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from attrigraph.errors import AttrigraphError, StoreError, StoreUnreachableError
from attrigraph.runs.lineage import code_version
from attrigraph.store import job_runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from sqlalchemy import Engine


@dataclass(slots=True)
class Recording:
    """What the block of ``recording`` fills in before it ends.

    Attributes:
        input_fingerprint: hash of what the run read.
        summary: its counts and totals, as JSON values.
        outcome: what is complete, for the message if the end of the run cannot be recorded.
    """

    input_fingerprint: str = ""
    outcome: str = "the run is complete"
    summary: dict[str, Any] = field(default_factory=dict)


@contextmanager
def recording(
    engine: Engine, run: UUID, *, job: str, parameters: Mapping[str, Any]
) -> Iterator[Recording]:
    """Record that a run begins, and how it ends: done, or failed with the error's message.

    Args:
        engine: of Postgres.
        run: the run's id.
        job: the job's name.
        parameters: the run's parameters, as JSON values.

    Raises:
        StoreError: the record cannot be written.
    """
    job_runs.begin_run(engine, run, job=job, parameters=parameters, code_version=code_version())
    record = Recording()
    try:
        yield record
    except BaseException as error:
        reason = str(error) if isinstance(error, AttrigraphError) else type(error).__name__
        # the error itself matters more than that it cannot be recorded
        with suppress(StoreError):
            job_runs.fail_run(engine, run, reason=reason)
        raise
    try:
        job_runs.finish_run(
            engine, run, input_fingerprint=record.input_fingerprint, summary=record.summary
        )
    except StoreUnreachableError as error:
        raise StoreUnreachableError(
            f"{record.outcome}; only its record in the job history is missing, because {error}",
            error.store,
        ) from error
