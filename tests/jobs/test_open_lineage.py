"""OpenLineage events, as the catalogue's address receives them."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from attrigraph.jobs.events import JobEvent, publish
from attrigraph.jobs.open_lineage import OpenLineage
from attrigraph.jobs.registry import JOBS
from attrigraph.jobs.schedule import read_schedule
from attrigraph.jobs.windows import Window
from attrigraph.local.home import SCHEDULE
from web_hook import web

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from attrigraph.jobs.events import EventKind

START = datetime(2026, 6, 1, tzinfo=UTC)
ATTEMPT = str(uuid4())


def event(kind: EventKind, **more: Any) -> JobEvent:
    return JobEvent(kind, "report", Window(START, START + timedelta(days=1)), START, **more)


def test_attempts_are_reported_with_their_window_and_datasets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / SCHEDULE).write_text("[job.attribute]\n[job.report]\n")
    with web(200) as (address, got):
        monkeypatch.setenv("OPENLINEAGE_URL", address)
        monkeypatch.setenv("OPENLINEAGE__TRANSPORT__RETRY__TOTAL", "0")
        with closing(OpenLineage("shop", read_schedule(tmp_path, JOBS))) as listener:
            for one in (
                event("started", attempt=ATTEMPT),
                event("done", attempt=ATTEMPT, seconds=2.0),
                event("failed", attempt=ATTEMPT, detail="no disk"),
                event("released", attempt=ATTEMPT, detail="its worker was stopped"),
                event("skipped"),
                event("gap", attempt=ATTEMPT),
            ):
                publish(one, [listener])
    assert [one["eventType"] for one in got] == ["START", "COMPLETE", "FAIL", "ABORT"]
    for one in got:
        assert one["run"]["runId"] == ATTEMPT
        assert one["run"]["facets"]["nominalTime"]["nominalStartTime"] == START.isoformat()
        assert (one["job"]["namespace"], one["job"]["name"]) == ("shop", "report")
        assert [data["name"] for data in one["inputs"]] == ["attribute"]
        assert [data["name"] for data in one["outputs"]] == ["report"]
    assert got[2]["run"]["facets"]["errorMessage"]["message"] == "no disk"
    assert "errorMessage" not in got[1]["run"]["facets"]


def test_a_catalogue_that_takes_nothing_stops_no_other_listener(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[JobEvent] = []
    with web(400) as (address, _):
        monkeypatch.setenv("OPENLINEAGE_URL", address)
        with closing(OpenLineage("shop", {})) as listener:
            publish(event("started", attempt=ATTEMPT), [listener, heard.append])
    assert len(heard) == 1
    assert "a listener of job events failed" in caplog.text
