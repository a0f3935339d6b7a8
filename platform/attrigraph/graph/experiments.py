"""Experiments in the graph: written by loads, and read by and linked to runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neo4j import RoutingControl

from attrigraph.domain import Experiment
from attrigraph.graph.catalogue import query
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neo4j import Driver

PROPERTIES = ("kind", "lift", "start", "end", "spend", "currency", "population", "source")
"""Properties of an experiment that have the same name in the graph; absent where unknown."""


def write_experiments(driver: Driver, experiments: Sequence[Experiment]) -> None:
    """Write experiments and what they tested; those of the same id are replaced.

    Channels and campaigns must exist.
    """
    if experiments:
        driver.execute_query(
            query("ingest/merge_experiments").text,
            {"rows": [_row(experiment) for experiment in experiments]},
            database_=DATABASE,
        )


def read_experiments(driver: Driver) -> tuple[Experiment, ...]:
    """All experiments in the graph, by id."""
    records, _, _ = driver.execute_query(
        query("ingest/read_experiments").text, database_=DATABASE, routing_=RoutingControl.READ
    )
    return tuple(
        _experiment(record["experiment"], record["channel"], record["campaign"])
        for record in records
    )


def link_run(driver: Driver, run: str, experiments: Sequence[Experiment]) -> None:
    """Link a run to those of its experiments that are in the graph with the same result."""
    if experiments:
        rows = [
            {"id": one.id, "lift": one.lift, "standardError": one.standard_error}
            for one in experiments
        ]
        driver.execute_query(
            query("scores/link_experiments").text, {"run": run, "rows": rows}, database_=DATABASE
        )


def _row(experiment: Experiment) -> dict[str, Any]:
    known = {name: getattr(experiment, name) for name in PROPERTIES}
    known = {name: value for name, value in known.items() if value is not None}
    return {
        "id": experiment.id,
        "channel": experiment.channel,
        "campaign": experiment.campaign,
        "properties": {
            **known,
            "id": experiment.id,
            "standardError": experiment.standard_error,
        },
    }


def _experiment(stored: dict[str, Any], channel: str | None, campaign: str | None) -> Experiment:
    known = {name: stored[name] for name in PROPERTIES if name in stored}
    dates = {name: known[name].to_native() for name in ("start", "end")}
    return Experiment(
        id=stored["id"],
        standard_error=stored["standardError"],
        channel=channel,
        campaign=campaign,
        **{**known, **dates},
    )
