"""The model attention through the real graph: the same credits as from files, written and read."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.explain import explain_conversion
from attrigraph.services.load import LoadOptions, load
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset
from attrigraph.worlds.files import write_world
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.domain import Attribution
    from attrigraph.stores import Stores

STAGING = StagingOptions(keep_ids=True)
OPTIONS = AttributionOptions(models=("attention", "linear"), touch_model="attention")
SOURCE = preset("events", "customers")


def lines(answer: Attribution) -> dict[str | None, tuple[float, ...]]:
    return {
        credit.key: (credit.conversions, credit.value, credit.low or 0.0, credit.high or 0.0)
        for credit in answer.models["attention"].credits
    }


def test_graph_and_files_agree_and_touches_are_explained(graph: Stores, tmp_path: Path) -> None:
    files = write_world(simulate("unconfounded", 3, 4000, measured_on=2000), tmp_path / "world")
    named = [files["events"], files["customers"]]
    load(
        named,
        SOURCE,
        LoadOptions(staging=STAGING),
        graph,
    )
    read = attribute_graph(graph, OPTIONS)
    told = attribute_files(named, SOURCE, OPTIONS, staging=STAGING, folder=tmp_path / "staged")

    assert asdict(read.observed) == pytest.approx(asdict(told.observed))
    mine, theirs = lines(read), lines(told)
    assert mine.keys() == theirs.keys()
    for key, amounts in mine.items():
        assert amounts == pytest.approx(theirs[key], rel=1e-6), key
    model = read.models["attention"]
    assert model.incremental
    assert model.assumptions == told.models["attention"].assumptions
    given = math.fsum(line.conversions for line in model.credits) + model.baseline.conversions
    assert given == pytest.approx(read.observed.conversions, abs=1e-6)

    one = _a_credited_conversion(graph)
    explained = explain_conversion(graph, one)
    assert explained.model == "attention"
    assert any(credit != 0 for credit in explained.credit)


def _a_credited_conversion(stores: Stores) -> str:
    with stores.driver.session(database=DATABASE) as session:
        found = session.run(
            "MATCH ()-[:CREDITED]->(c:Conversion) RETURN c.id AS id LIMIT 1"
        ).single()
    assert found is not None
    return str(found["id"])
