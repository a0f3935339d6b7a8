"""Conversion rates of the graph: the report on its own log, and what is learnt day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner
from sqlalchemy import delete

from attrigraph.adaptation.health_gate import Health
from attrigraph.adaptation.online import Outcome
from attrigraph.cli.main import cli
from attrigraph.domain import Conversion, Touchpoint
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.errors import InputError
from attrigraph.graph.ingest import ingest_batch
from attrigraph.services import rate_adaptation
from attrigraph.services.adaptation_report import report_adaptation
from attrigraph.services.rate_adaptation import LearntRates, adapt_rates
from attrigraph.store.models import AdapterState, ModelArtifact

if TYPE_CHECKING:
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

START = datetime(2026, 3, 2, tzinfo=UTC)
CHANNELS = ("display", "email")
PER_DAY = 40


@pytest.fixture
def empty(graph: Stores) -> Stores:
    """An empty graph, and no adapters or models in Postgres."""
    with graph.engine.begin() as connection:
        connection.execute(delete(AdapterState))
        connection.execute(delete(ModelArtifact).where(ModelArtifact.model.like("conversion%")))
    return graph


def load_days(stores: Stores, begin: int, end: int, *, change_at: int = 10_000) -> None:
    """Each day new customers see one channel; half convert until a change, and then all do."""
    rng = np.random.default_rng(begin)
    touches, conversions = [], []
    for day in range(begin, end):
        for number in range(PER_DAY):
            channel = number % 2
            name = f"{day}-{number}"
            at = START + timedelta(days=day, hours=1)
            touches.append(
                Touchpoint(name, name, at, CHANNELS[channel], campaign=f"campaign-{channel}")
            )
            if day >= change_at or rng.random() < 0.5:
                conversions.append(Conversion(name, name, at + timedelta(hours=1)))
    ingest_batch(stores.driver, events_from_objects(touches, conversions))


def test_the_report_has_all_adapters_and_those_follow_a_change(empty: Stores) -> None:
    load_days(empty, 0, 60, change_at=40)
    found = report_adaptation(empty)
    assert [log.log for log in found.logs] == [
        "conversion rates by channel",
        "conversion rates by campaign",
    ]
    for log in found.logs:
        assert (log.cases, log.outputs, log.left_out) == (26, 2, 0)
        rows = {row.adapter: row for row in log.adapters}
        assert list(rows) == ["bias", "full", "lora-1", "lora-2", "lora-8", "elastic-8"]
        assert all(row.learnt == 26 for row in rows.values())
        assert all(
            row.loss <= 1.05 * log.frozen_loss + log.max_loss / log.cases for row in rows.values()
        )
        assert rows["full"].ratio < 0.8
        assert rows["lora-2"].ratio < 0.9
    assert found.health is not None
    assert found.health.mode == "stable"
    assert found.modes == {"stable": 59 - 28 + 1}


def test_a_graph_of_few_days_is_named(empty: Stores, settings: Settings) -> None:
    assert [note[-40:] for note in report_adaptation(empty).notes] == [
        "with a time and a channel, and there are none"[-40:],
        "with a time and a campaign, and there are none"[-40:],
    ]
    with pytest.raises(InputError, match="there are none; and no model of fatigue was trained"):
        CliRunner().invoke(
            cli, ["adapt", "learn", "--home", str(settings.home)], catch_exceptions=False
        )
    load_days(empty, 0, 10)
    found = report_adaptation(empty)
    assert found.logs == ()
    assert found.notes[0] == (
        "conversion rates by channel need 35 days with touches, and the graph has 10"
    )
    assert found.health is None
    learnt = adapt_rates(empty)
    assert learnt.predictions == ()
    assert learnt.notes[0].endswith("need 21 days with touches, and the graph has 10")


def rates(learnt: LearntRates) -> list[tuple[float, ...]]:
    return [prediction.rates for prediction in learnt.predictions]


def test_days_are_learnt_once_and_days_that_were_missed_are_caught_up(empty: Stores) -> None:
    load_days(empty, 0, 35, change_at=30)
    first = adapt_rates(empty)
    assert all(prediction.rates == prediction.frozen for prediction in first.predictions)
    assert first.predictions[0].day == date(2026, 3, 2) + timedelta(days=34)
    assert rates(adapt_rates(empty)) == rates(first)

    load_days(empty, 35, 39, change_at=30)
    after = adapt_rates(empty)
    for prediction in after.predictions:
        assert prediction.outcomes == {Outcome.LEARNT: 4}
        assert prediction.day == date(2026, 3, 2) + timedelta(days=38)
        assert min(np.array(prediction.rates) - prediction.frozen) > 0
    again = adapt_rates(empty)
    assert all(prediction.outcomes == {} for prediction in again.predictions)
    assert rates(again) == rates(after)

    refitted = adapt_rates(empty, refit=True)
    assert all(prediction.rates == prediction.frozen for prediction in refitted.predictions)


def test_one_call_learns_what_daily_calls_do(empty: Stores) -> None:
    load_days(empty, 0, 35)
    adapt_rates(empty)
    for day in range(35, 38):
        load_days(empty, day, day + 1)
        daily = adapt_rates(empty)
    with empty.engine.begin() as connection:
        connection.execute(delete(AdapterState))
    assert rates(adapt_rates(empty)) == rates(daily)


def test_a_freeze_refuses_what_is_learnt_after_it(
    empty: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_days(empty, 0, 35)
    adapt_rates(empty)
    load_days(empty, 35, 37)
    freeze = Health("freeze", 0.1, 0.2, 40, 0.0)
    with monkeypatch.context() as patched:
        patched.setattr(rate_adaptation, "health_of", lambda _: freeze)
        assert adapt_rates(empty).predictions[0].outcomes == {Outcome.FROZEN: 2}
    assert adapt_rates(empty).predictions[0].outcomes == {Outcome.LEARNT: 2}


def test_commands_print_tables(empty: Stores, settings: Settings) -> None:
    load_days(empty, 0, 40)
    for arguments, expected in (
        (["adapt", "report"], "conversion rates by campaign: 16 predictions of 2 rates"),
        (["adapt", "report", "--json"], '"adapter": "lora-8"'),
        (["adapt", "learn"], "conversions per 1,000 exposed customers on 2026-04-10, by channel"),
        (["adapt", "learn", "--json"], '"day": "2026-04-10"'),
    ):
        result = CliRunner().invoke(cli, [*arguments, "--home", str(settings.home)])
        assert result.exit_code == 0, result.output
        assert expected in result.output
