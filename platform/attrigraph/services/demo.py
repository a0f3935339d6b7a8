"""The use case of the demo: a simulated retailer, loaded and attributed like any other files.

Its ground truth is known, so every model's credit can be compared with it.
"""

from __future__ import annotations

import csv
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from neo4j import RoutingControl

from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.errors import InputError
from attrigraph.graph.catalogue import query
from attrigraph.quantities import counted
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.bulk_load import is_empty
from attrigraph.services.load import LoadOptions, load
from attrigraph.services.report import build_report
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset
from attrigraph.worlds.catalogue import world_named
from attrigraph.worlds.files import TABLES, holds_world, read_truth, read_window, write_world
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.domain import Attribution
    from attrigraph.report.data import ReportData
    from attrigraph.services.load import LoadReport
    from attrigraph.stores import Stores


logger = logging.getLogger(__name__)

WORLD: Final = "retailer"
SEED: Final = 0
CUSTOMERS: Final = 20_000

_TOUCHES_TO_EXPLAIN: Final = 8


def make_world(folder: Path, *, customers: int = CUSTOMERS) -> None:
    """Simulate the demo's retailer into a folder, unless its files are there already.

    Raises:
        InputError: the folder holds something else, or cannot be written.
    """
    if holds_world(folder, world_named(WORLD), SEED, customers):
        return
    logger.info(f"simulating a small retailer with {counted(customers, 'customer')}")
    write_world(simulate(WORLD, SEED, customers), folder)


def load_world(folder: Path, stores: Stores) -> LoadReport:
    """Load the world's files by the ordinary loader; what is there already is left alone.

    Args:
        folder: as ``make_world`` leaves it.
        stores: where to.

    Raises:
        InputError: the graph holds something else than this world.
    """
    _check_no_other_data(folder, stores)
    report = load(
        [folder / f"{name}.csv" for name in TABLES],
        preset(*TABLES),
        LoadOptions(staging=StagingOptions(keep_ids=True)),
        stores,
    )
    if report.rejected:
        raise InputError(
            f"the graph rejects {counted(report.rejected, 'row')} of the demo, for it holds others "
            f"of the same ids ({report.rejects}); {_way_out(stores.home)}"
        )
    return report


def attribute_world(folder: Path, stores: Stores) -> Attribution:
    """Run every model that the data support over the world's window; stored results are reused.

    The credit of single touches is that of the incremental model.
    """
    options = AttributionOptions(
        journeys=JourneyOptions(window=read_window(folder / "truth.json")), keep=1, publish=True
    )
    return attribute_graph(stores, options)


def build_demo_report(folder: Path, stores: Stores) -> ReportData:
    """The report on the graph's current run, with the truth of the simulated world."""
    truth = read_truth(folder / "truth.json")
    return replace(build_report(stores), source="a simulated retailer", truth=truth)


def conversion_to_explain(stores: Stores, run: str) -> str | None:
    """The id of a conversion that shows much: one after touches of many channels, yet not long.

    Args:
        stores: the graph.
        run: the run that credited the touches; None is returned where it credited none.
    """
    records, _, _ = stores.driver.execute_query(
        query("scores/conversion_of_many_channels").text,
        {"run": run, "most": _TOUCHES_TO_EXPLAIN},
        database_=DATABASE,
        routing_=RoutingControl.READ,
    )
    return records[0]["conversion"] if records else None


def _check_no_other_data(folder: Path, stores: Stores) -> None:
    """The demo never mixes its customers with others, an earlier version's sample included."""
    if is_empty(stores.driver):
        return
    record = stores.driver.execute_query(
        query("ingest/known_customers").text,
        {"id": _customers(folder)},
        database_=DATABASE,
        routing_=RoutingControl.READ,
    ).records[0]
    others = record["customers"] - record["known"]
    if others:
        raise InputError(
            f"the graph of {stores.home} holds {counted(others, 'customer')} from elsewhere than "
            "this demo, such as the sample of an earlier version, and nothing was added to it; "
            f"{_way_out(stores.home)}"
        )


def _customers(folder: Path) -> list[str]:
    with (folder / "customers.csv").open(encoding="utf-8", newline="") as file:
        return [row["customer_id"] for row in csv.DictReader(file)]


def _way_out(home: Path) -> str:
    return (
        f"give the demo another folder with --home, or, if nothing in {home} is needed any more, "
        f"stop it with `attrigraph down --home {home}`, remove the folder, and run the demo again"
    )
