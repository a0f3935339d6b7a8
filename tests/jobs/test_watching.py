"""Metrics and alerts of job events, read as a scraper and a receiver read them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from attrigraph.errors import AlertError
from attrigraph.jobs.alerting import JobAlerts
from attrigraph.jobs.events import JobEvent, publish
from attrigraph.jobs.metrics import JobMetrics
from attrigraph.jobs.windows import Window
from attrigraph.watching.alerts import Receivers

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.jobs.events import EventKind

START = datetime(2026, 6, 1, tzinfo=UTC)


def event(kind: EventKind, job: str = "load", **more: Any) -> JobEvent:
    return JobEvent(kind, job, Window(START, START + timedelta(days=1)), START, **more)


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Values by name, job and kind."""
    return {
        (one.name, *(one.labels[key] for key in sorted(one.labels))): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if not one.name.endswith("_created")
    }


def test_metrics_are_read_from_the_port_and_from_the_file(tmp_path: Path) -> None:
    metrics = JobMetrics()
    for one in (event("started"), event("done", seconds=2.5), event("done", seconds=1.5)):
        publish(one, [metrics])
    publish(event("failed", "fit", seconds=9.0), [metrics])
    with metrics.served(0) as port, urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        served = answer.read().decode()
    metrics.write(tmp_path / "jobs.prom")
    assert samples(served) == samples((tmp_path / "jobs.prom").read_text())
    assert samples(served) == {
        ("attrigraph_job_events_total", "load", "started"): 1,
        ("attrigraph_job_events_total", "load", "done"): 2,
        ("attrigraph_job_events_total", "fit", "failed"): 1,
        ("attrigraph_job_attempt_seconds_total", "load", "done"): 4.0,
        ("attrigraph_job_attempt_seconds_total", "fit", "failed"): 9.0,
        ("attrigraph_job_last_done_timestamp_seconds", "load"): START.timestamp(),
    }
    assert [path.name for path in tmp_path.iterdir()] == ["jobs.prom"]


@pytest.mark.parametrize(
    ("one", "sent"),
    [
        (event("failed", detail="no disk"), True),
        (event("gap"), True),
        (event("retried", seconds=1.0), False),
        (event("done", seconds=1.0), False),
        (event("done", seconds=61.0), True),
        (event("started"), False),
    ],
    ids=lambda one: getattr(one, "kind", None),
)
def test_failures_gaps_and_late_ends_are_sent(one: JobEvent, sent: bool, tmp_path: Path) -> None:
    file = tmp_path / "alert.json"
    JobAlerts(Receivers(command=f"tee {file}"), max_seconds=60)(one)
    assert file.exists() == sent
    if sent:
        content = json.loads(file.read_text())
        assert (content["job"], content["kind"]) == ("load", one.kind)
        assert content["over_budget"] == (one.seconds == 61.0)
        assert content["window"]["start"] == START.isoformat()
        assert content["detail"] == one.detail


def test_a_receiver_that_fails_stops_no_other_listener(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[JobEvent] = []
    alerts = JobAlerts(Receivers(command="false s3cret"))
    publish(event("failed"), [alerts, heard.append])
    assert len(heard) == 1
    assert "s3cret" not in caplog.text
    with pytest.raises(AlertError):
        alerts(event("failed"))
