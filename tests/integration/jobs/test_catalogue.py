"""Jobs on a small graph: what each gives, and that a second run of the window gives the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from attrigraph.errors import InputError
from attrigraph.jobs.alerting import JobAlerts
from attrigraph.jobs.events import JobEvent
from attrigraph.jobs.registry import JOBS
from attrigraph.jobs.windows import Window
from attrigraph.services.load import LoadOptions, load
from attrigraph.staging import StagingOptions, preset
from attrigraph.watching.alerts import Receivers
from emptied_graph import empty_graph

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.jobs.job import Outcome
    from attrigraph.stores import Stores

DAY = datetime(2026, 3, 31, tzinfo=UTC)
"""A Tuesday without a conversion; each of the nine before has twenty."""
WINDOW = Window(DAY, DAY + timedelta(days=1))


@pytest.fixture(scope="module")
def shop(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Stores:
    """A graph with events of ten Tuesdays, and a published run."""
    empty_graph(stores)
    rows = ["event_id,customer_id,timestamp,kind,channel,value"]
    for week in range(10):
        day = (DAY - timedelta(weeks=week)).date()
        for person in range(20):
            name = f"{week}-{person}"
            rows.append(f"t{name},c{name},{day}T10:00Z,click,search,")
            if week:
                rows.append(f"o{name},c{name},{day}T11:00Z,conversion,,5")
    file = tmp_path_factory.mktemp("shop") / "events.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    load([file], preset("events"), LoadOptions(staging=StagingOptions(keep_ids=True)), stores)
    twice(stores, "attribute", models=["linear"], draws=0)
    return stores


def twice(stores: Stores, name: str, **options: Any) -> Outcome:
    """What a job gives for the window, which must be the same the second time."""
    job = JOBS[name]
    first, second = (job.run(stores, WINDOW, job.options(**options)) for _ in range(2))
    assert first == second
    return first


def test_a_day_without_conversions_is_an_alert(shop: Stores, tmp_path: Path) -> None:
    outcome = twice(shop, "watch")
    assert outcome.summary["day"] == "2026-03-31"
    (sentence,) = outcome.summary["alerts"]
    assert "conversion" in sentence
    sent = tmp_path / "alert.json"
    event = JobEvent("done", "watch", WINDOW, DAY, summary=dict(outcome.summary))
    JobAlerts(Receivers(command=f"tee {sent}"))(event)
    assert json.loads(sent.read_text())["alerts"] == [sentence]


def test_a_usual_day_is_none(shop: Stores) -> None:
    job, before = JOBS["watch"], Window(DAY - timedelta(weeks=1), DAY - timedelta(days=6))
    assert job.run(shop, before, job.options()).summary["alerts"] == []
    with pytest.raises(InputError, match="zone"):
        job.run(shop, before, job.options.model_validate({"zone": "Europe/Atlantis"}))


@pytest.mark.parametrize(
    ("to", "target", "table"),
    [
        ("parquet", "out/tables", "'{}/current/credit.parquet'"),
        ("duckdb", "out.duckdb", "made.credit"),
    ],
)
def test_the_published_run_is_exported(
    shop: Stores, monkeypatch: pytest.MonkeyPatch, to: str, target: str, table: str
) -> None:
    monkeypatch.setenv("ATTRIGRAPH_EXPORT_TARGET", target)
    outcome = twice(shop, "export", to=to)
    made = shop.home / target
    with duckdb.connect() as database:
        if to == "duckdb":
            database.execute(f"ATTACH '{made}' AS made (READ_ONLY)")
        rows = database.sql(
            f"SELECT run, sum(conversions) FROM {table.format(made)} WHERE level = 'channel' "
            "GROUP BY run"
        ).fetchall()
    assert rows == [(outcome.fingerprint, pytest.approx(180.0))]


def test_an_export_needs_a_target(shop: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTRIGRAPH_EXPORT_TARGET", raising=False)
    with pytest.raises(InputError, match="needs a target"):
        twice(shop, "export")


def test_the_report_is_written_into_the_home(shop: Stores) -> None:
    outcome = twice(shop, "report")
    page = shop.home / "reports" / "2026-04-01.html"
    assert outcome.summary == {"page": str(page)}
    assert "search" in page.read_text(encoding="utf-8")
