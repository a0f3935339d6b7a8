"""Dagster: the events of a day, the run that credits them, and the tables of that day.

    dagster dev -f attribution_assets.py

The process needs `attrigraph` on its path, and ATTRIGRAPH_HOME. EVENTS and TABLES name the folders.
A repeated partition gives the same result, so retries and backfills are safe.
"""

import json
import os
import subprocess

import dagster

EVENTS = os.environ.get("EVENTS", "/srv/events")
TABLES = os.environ.get("TABLES", "/srv/bi")
DAYS = dagster.DailyPartitionsDefinition(start_date="2026-06-01")


def attrigraph(*arguments: str) -> dict[str, dagster.MetadataValue]:
    """Run a command, and return what it prints with --json."""
    done = subprocess.run(
        ["attrigraph", *arguments, "--json"], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise dagster.Failure(f"attrigraph {arguments[0]} ends with exit code {done.returncode}")
    return {"summary": dagster.MetadataValue.json(json.loads(done.stdout))}


def days_of(context: dagster.AssetExecutionContext) -> tuple[str, str]:
    """The day of a partition, and the one after it."""
    start, end = context.partition_time_window
    return start.date().isoformat(), end.date().isoformat()


@dagster.asset(partitions_def=DAYS)
def events(context: dagster.AssetExecutionContext) -> dagster.MaterializeResult[None]:
    """The events of one day in the graph."""
    file = f"{EVENTS}/{context.partition_key}.csv"
    return dagster.MaterializeResult(metadata=attrigraph("load", file, "--preset", "events"))


@dagster.asset(partitions_def=DAYS, deps=[events], pool="attribution")
def credit(context: dagster.AssetExecutionContext) -> dagster.MaterializeResult[None]:
    """The published run, with the events of the day; the window is recorded as done."""
    start, end = days_of(context)
    credited = attrigraph("jobs", "run", "attribute", "--from", start, "--to", end)
    return dagster.MaterializeResult(metadata=credited)


@dagster.asset(partitions_def=DAYS, deps=[credit], pool="attribution")
def tables(context: dagster.AssetExecutionContext) -> dagster.MaterializeResult[None]:
    """The tables of one day for BI tools."""
    start, end = days_of(context)
    folder = f"{TABLES}/day={start}"
    exported = attrigraph("export", folder, "--to", "parquet", "--window", f"{start}..{end}")
    return dagster.MaterializeResult(metadata=exported)


nightly = dagster.build_schedule_from_partitioned_job(
    dagster.define_asset_job("nightly", [events, credit, tables]), hour_of_day=4, minute_of_hour=30
)
definitions = dagster.Definitions(assets=[events, credit, tables], schedules=[nightly])
