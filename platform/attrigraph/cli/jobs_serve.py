"""``attrigraph jobs serve``: a worker that runs what is due until it is stopped."""

from __future__ import annotations

import signal
from contextlib import ExitStack, closing
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from attrigraph.cli.alert_options import alert_options
from attrigraph.cli.commands import Command
from attrigraph.cli.options import home_option, settings_of
from attrigraph.cli.output_files import OutputFile
from attrigraph.messages import print_messages

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from attrigraph.jobs.events import JobEvent, Listener


@click.command("serve", cls=Command)
@click.option(
    "--slots",
    type=click.IntRange(1, 64),
    default=2,
    help="Windows that run side by side. Default: 2.",
)
@click.option(
    "--lease",
    type=click.IntRange(4, 3600),
    default=60,
    metavar="SECONDS",
    help="After which a window of a worker that died is free again. Default: 60.",
)
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Serve metrics for Prometheus on this port of 127.0.0.1.",
)
@click.option(
    "--metrics-file",
    type=OutputFile(),
    metavar="FILE",
    help="Write metrics for Prometheus into a file after each event.",
)
@click.option(
    "--openlineage",
    metavar="NAMESPACE",
    help="Send OpenLineage events of this namespace. Where to is the configuration of the "
    "OpenLineage client: OPENLINEAGE_URL, or openlineage.yml.",
)
@click.option(
    "--max-seconds",
    type=click.FloatRange(0, min_open=True),
    metavar="N",
    help="Alert when an attempt takes longer.",
)
@alert_options
@home_option
def command(
    slots: int,
    lease: int,
    metrics_port: int | None,
    metrics_file: Path | None,
    openlineage: str | None,
    max_seconds: float | None,
    webhook: str | None,
    email: str | None,
    smtp: str,
    program: str | None,
    home: Path | None,
) -> None:
    """Run what is due until SIGTERM or Ctrl-C.

    Each window is run by a process of its own. When the worker is stopped, it begins nothing more,
    stops what runs within 20 seconds, and gives these windows back; others take them. It reads
    schedule.toml when it starts. Any number of workers may run, on any number of computers.
    """
    from attrigraph import bootstrap
    from attrigraph.jobs.alerting import JobAlerts
    from attrigraph.jobs.open_lineage import OpenLineage
    from attrigraph.jobs.registry import JOBS
    from attrigraph.jobs.schedule import read_schedule
    from attrigraph.jobs.worker import Timing, Worker
    from attrigraph.watching.alerts import Receivers

    settings = settings_of(home)
    schedule = read_schedule(settings.home, JOBS)
    listeners: list[Listener] = []
    if webhook or email or program:
        listeners.append(JobAlerts(Receivers(webhook, email, smtp, program), max_seconds))
    with ExitStack() as stack:
        if metrics_port is not None or metrics_file is not None:
            listeners.append(_metrics(stack, metrics_port, metrics_file))
        if openlineage is not None:
            listeners.append(stack.enter_context(closing(OpenLineage(openlineage, schedule))))
        engine = stack.enter_context(bootstrap.open_postgres(settings))
        # half a lease is left for the attempt to end before another worker takes its window
        timing = Timing(lease=timedelta(seconds=lease), grace=min(20.0, lease / 2))
        worker = Worker(
            engine, schedule, settings.home, slots=slots, timing=timing, listeners=listeners
        )

        def stop(number: int, frame: FrameType | None) -> None:
            del number, frame
            worker.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        print_messages(f"worker {worker.name} serves {len(schedule)} jobs")
        worker.serve()
    print_messages(f"worker {worker.name} has stopped")


def _metrics(stack: ExitStack, port: int | None, file: Path | None) -> Listener:
    """Metrics that are served, written, or both."""
    from attrigraph.jobs.metrics import JobMetrics

    metrics = JobMetrics()
    if port is not None:
        served = stack.enter_context(metrics.served(port))
        print_messages(f"metrics on http://127.0.0.1:{served}/metrics")

    def count(event: JobEvent) -> None:
        metrics(event)
        if file is not None:
            metrics.write(file)

    return count
