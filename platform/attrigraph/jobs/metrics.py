"""Metrics of jobs as Prometheus reads them: a file for its node exporter, or a loopback port."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from attrigraph.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attrigraph.jobs.events import JobEvent

LOOPBACK: Final = "127.0.0.1"


class JobMetrics:
    """Counts what happens to windows; a listener of job events.

    Raises:
        MissingExtraError: the extra ``metrics`` is not installed.
    """

    def __init__(self) -> None:
        try:
            from prometheus_client import CollectorRegistry, Counter, Gauge
        except ImportError as error:
            raise MissingExtraError(
                "metrics need the package prometheus-client; install it with "
                "`pip install 'attrigraph[metrics]'`"
            ) from error
        self.registry = CollectorRegistry()
        self._events = Counter(
            "attrigraph_job_events",
            "What happened to windows of jobs",
            ["job", "kind"],
            registry=self.registry,
        )
        self._seconds = Counter(
            "attrigraph_job_attempt_seconds",
            "Time of attempts, by how they ended",
            ["job", "kind"],
            registry=self.registry,
        )
        self._last_done = Gauge(
            "attrigraph_job_last_done_timestamp_seconds",
            "When a window of the job was last done",
            ["job"],
            registry=self.registry,
        )

    def __call__(self, event: JobEvent) -> None:
        """Count an event."""
        self._events.labels(event.job, event.kind).inc()
        if event.seconds is not None:
            self._seconds.labels(event.job, event.kind).inc(event.seconds)
        if event.kind in ("done", "unchanged"):
            self._last_done.labels(event.job).set(event.at.timestamp())

    def write(self, file: Path) -> None:
        """Replace a file by the metrics, in one step for readers."""
        from prometheus_client import write_to_textfile

        write_to_textfile(str(file), self.registry)

    @contextmanager
    def served(self, port: int) -> Iterator[int]:
        """Serve the metrics on a port of loopback during the block; the port.

        Args:
            port: 0 for any free one.
        """
        from prometheus_client import start_http_server

        server, thread = start_http_server(port, LOOPBACK, self.registry)
        try:
            yield server.server_port
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
