"""Job events as OpenLineage events, for catalogues that show what data came from what.

Each job is a dataset of its own, made from those of its inputs. Only attempts are reported: windows
that were skipped, or that had nothing to do, made nothing. See https://openlineage.io/docs/spec.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from attrigraph.errors import MissingExtraError

if TYPE_CHECKING:
    from openlineage.client.event_v2 import Run, RunEvent

    from attrigraph.jobs.events import EventKind, JobEvent
    from attrigraph.jobs.schedule import Schedule

STATES: Final[dict[EventKind, str]] = {
    "started": "START",
    "done": "COMPLETE",
    "retried": "FAIL",
    "failed": "FAIL",
    "lost": "ABORT",
    "released": "ABORT",
}
"""Kinds of events of attempts, and what OpenLineage calls them."""


class OpenLineage:
    """Sends OpenLineage events; a listener of job events.

    Where they go is the configuration of the OpenLineage client, such as ``OPENLINEAGE_URL``.

    Args:
        namespace: of jobs and datasets.
        schedule: all jobs.

    Raises:
        MissingExtraError: the extra ``lineage`` is not installed.
    """

    def __init__(self, namespace: str, schedule: Schedule) -> None:
        try:
            from openlineage.client import OpenLineageClient
        except ImportError as error:
            raise MissingExtraError(
                "OpenLineage events need the package openlineage-python; install it with "
                "`pip install 'attrigraph[lineage]'`"
            ) from error
        self._client = OpenLineageClient()
        self._namespace = namespace
        self._schedule = schedule

    def __call__(self, event: JobEvent) -> None:
        """Send an event of an attempt."""
        if event.attempt is not None and event.kind in STATES:
            self._client.emit(self._event(event))

    def close(self) -> None:
        """Send what is not sent yet."""
        self._client.close()

    def _event(self, event: JobEvent) -> RunEvent:
        from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, RunEvent, RunState

        inputs = self._schedule[event.job].inputs if event.job in self._schedule else ()
        return RunEvent(
            eventTime=event.at.isoformat(),
            eventType=RunState[STATES[event.kind]],
            producer=f"attrigraph/{version('attrigraph')}",
            run=_run(event),
            job=Job(self._namespace, event.job),
            inputs=[InputDataset(self._namespace, name) for name in inputs],
            outputs=[OutputDataset(self._namespace, event.job)],
        )


def _run(event: JobEvent) -> Run:
    """The attempt, with its window and, if it failed, why."""
    from openlineage.client.event_v2 import Run
    from openlineage.client.facet_v2 import RunFacet, error_message_run, nominal_time_run

    assert event.attempt is not None
    start, end = event.window.start.isoformat(), event.window.end.isoformat()
    facets: dict[str, RunFacet] = {
        "nominalTime": nominal_time_run.NominalTimeRunFacet(start, nominalEndTime=end)
    }
    if STATES[event.kind] == "FAIL":
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(event.detail, "python")
    return Run(event.attempt, facets)
