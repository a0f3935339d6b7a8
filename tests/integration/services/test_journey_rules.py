"""Rules of journeys give the graph the credits that they give files, and make runs of their own."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions, TouchLookback
from attrigraph.attribution.observed.subset import Condition
from attrigraph.graph.runs import list_runs
from attrigraph.runs.parameters import RunParameters
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.load import LoadOptions, load
from attrigraph.services.report import build_report
from attrigraph.staging import StagingOptions, preset

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.stores import Stores

RULES = JourneyOptions(
    lookback_days=20.0,
    lookbacks=(TouchLookback("kind", "impression", 2.0), TouchLookback("channel", "tv", 9.0)),
    dropped_channels=("direct",),
    steps=3,
    only=(Condition("customer.segment", "smb"), Condition("customer.segment", "large")),
    exclude=(Condition("channel", "referral"),),
    zone="Europe/Berlin",
)


def files_of(folder: Path) -> list[Path]:
    """Events of sixty customers on thirty days, and their segments."""
    chance = random.Random(4)
    rows = ["customer_id,timestamp,kind,channel,value"]
    for customer in range(60):
        for _ in range(8):
            at = f"2026-03-{chance.randrange(1, 31):02}T{chance.randrange(24):02}:00:00Z"
            if chance.random() < 0.3:
                kind = chance.choice(["sale", "signup"])
                rows.append(f"c{customer},{at},conversion:{kind},,{chance.randrange(90)}")
            else:
                channel = chance.choice(["direct", "tv", "search", "referral"])
                rows.append(f"c{customer},{at},{chance.choice(['click', 'impression'])},{channel},")
    events, customers = folder / "events.csv", folder / "customers.csv"
    events.write_text("\n".join(rows) + "\n", encoding="utf-8")
    segments = [f"c{number},{('smb', 'large', 'none')[number % 3]}" for number in range(60)]
    customers.write_text("\n".join(["customer_id,segment", *segments]) + "\n", encoding="utf-8")
    return [events, customers]


def test_graph_and_files_agree(graph: Stores, tmp_path: Path) -> None:
    files, source = files_of(tmp_path), preset("events", "customers")
    staging = StagingOptions(keep_ids=True)
    load(files, source, LoadOptions(staging=staging), graph)
    options = AttributionOptions(
        models=("linear", "markov-1"),
        journeys=RULES,
        model_options=ModelOptions(draws=0),
        publish=True,
    )
    stored = attribute_graph(graph, options)
    found = attribute_files(files, source, options, staging=staging, folder=tmp_path / "staged")
    assert {one.kind for one in stored.by_kind} == {"sale", "signup"}
    for one, other in zip(stored.by_kind, found.by_kind, strict=True):
        assert (one.kind, one.zone, one.observed) == (other.kind, "Europe/Berlin", other.observed)
        for name, model in one.models.items():
            assert model.baseline == other.models[name].baseline
            assert [(credit.key, credit.conversions, credit.value) for credit in model.credits] == [
                (credit.key, credit.conversions, credit.value)
                for credit in other.models[name].credits
            ]
    (run,) = (run for run in list_runs(graph.driver, "attribute") if run.current)
    kept = RunParameters.from_json(run.parameters).journeys
    assert kept == replace(RULES, conversion_kinds=(str(run.kind),))
    plain = attribute_graph(graph, replace(options, journeys=JourneyOptions(zone="UTC")))
    assert plain.run != attribute_graph(graph, replace(options, journeys=JourneyOptions())).run
    attribute_graph(graph, options)
    page = build_report(graph)
    assert page.settings["excluded"] == "channel=referral"
    assert page.settings["data since the run"] == "unchanged"
