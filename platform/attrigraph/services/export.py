"""Use case: export an attribution run with the spend and the events by day, for BI tools."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from attrigraph.domain.zones import day_start, zone_or_utc
from attrigraph.errors import InputError, StoreError
from attrigraph.export.schema import SCHEMA_VERSION
from attrigraph.export.tables_file import count_rows, new_tables, write_paths, write_rows
from attrigraph.graph.exported import read_table
from attrigraph.graph.run_names import chosen_run
from attrigraph.graph.run_summary import upgrade_summary
from attrigraph.graph.runs import list_runs
from attrigraph.graph.spend import read_currency
from attrigraph.log_fields import add_log_fields
from attrigraph.runs.parameters import JOB

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from attrigraph.export.destination import Destination
    from attrigraph.graph.runs import Run
    from attrigraph.stores import Stores

OF_RUN: Final = ("credit", "credit_by_day", "touch_credit")
"""Tables of the run, each with a statement of its name."""
OF_EVENTS: Final = ("spend_by_day", "touches_by_day", "conversions_by_day")
"""Tables of what the graph holds, likewise."""

_ALWAYS: Final = (date(1, 1, 2), date(9999, 12, 30))


@dataclass(frozen=True, slots=True)
class Exported:
    """What was exported.

    Attributes:
        run: id of the run.
        window: first day and day after the last one; None for all days.
        rows: number of rows by table.
    """

    run: str
    window: tuple[date, date] | None
    rows: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        days = None if self.window is None else [day.isoformat() for day in self.window]
        return {
            "schema_version": SCHEMA_VERSION,
            "run": self.run,
            "window": days,
            "rows": self.rows,
        }


def export_run(
    stores: Stores,
    destination: Destination,
    *,
    run_key: str | None = None,
    window: tuple[date, date] | None = None,
) -> Exported:
    """Replace what a destination holds by an export of a run.

    Args:
        stores: with the run.
        destination: where to.
        run_key: id or name of the run; None for the published one.
        window: first day and day after the last one, in the zone of the run; None for all days.

    Raises:
        InputError: no such run, nothing to export, or a destination that holds something else.
        StoreError: the run was deleted or extended during the export.
        ExportError: the destination cannot be written.
    """
    run = chosen_run(stores.driver, JOB, run_key)
    if run is None:
        raise InputError(
            "there is nothing to export: the graph has no attribution run; load events, then run "
            "`attrigraph attribute`"
        )
    add_log_fields(run=run.id)
    with destination.prepared() as folder:
        tables = folder / "tables.duckdb"
        with new_tables(tables) as database:
            for name, rows in _tables(stores, run, window):
                write_rows(database, name, rows, folder)
            write_paths(database)
            counts = count_rows(database)
        _check_kept(stores, run)
        destination.publish(tables)
    return Exported(run.id, window, counts)


def _tables(
    stores: Stores, run: Run, window: tuple[date, date] | None
) -> Iterator[tuple[str, Iterable[Mapping[str, Any]]]]:
    """The rows of each table, but for what follows from others."""
    zone = run.parameters.get("journeys", {}).get("zone") or "UTC"
    first, end = window or _ALWAYS
    info = {
        "schema_version": SCHEMA_VERSION,
        "run": run.id,
        "window_start": window and first,
        "window_end": window and end,
        "zone": zone,
        "currency": read_currency(stores.driver),
    }
    parameters = {
        "run": run.id,
        "all": window is None,
        "zone": zone,
        "from": first,
        "to": end,
        "start": day_start(first, zone_or_utc(zone)),
        "end": day_start(end, zone_or_utc(zone)),
    }
    yield "export_info", [info]
    yield "run", [_run_row(run)]
    yield "credit_total", _totals(run)
    for name in OF_RUN:
        rows = read_table(stores.driver, name, parameters)
        yield name, ({"run": run.id, **row} for row in rows)
    for name in OF_EVENTS:
        yield name, read_table(stores.driver, name, parameters)


def _run_row(run: Run) -> dict[str, Any]:
    start, end = run.window
    return {
        "run": run.id,
        "name": run.name,
        "kind": run.kind,
        "models": list(run.models),
        "touch_model": run.touch_model,
        "window_start": start,
        "window_end": end,
        "started": run.started,
        "finished": run.finished,
        "code_version": run.code_version,
        "fingerprint": run.fingerprint,
        "published": run.current,
        "version": run.version,
    }


def _totals(run: Run) -> Iterator[dict[str, Any]]:
    """What belongs to no entity, by level and model."""
    summary = upgrade_summary(run.summary)
    observed = summary["observed"]
    for level, models in summary["levels"].items():
        for model, rest in models.items():
            unknown, baseline = rest["unknown"] or {}, rest["baseline"]
            captured = unknown.get("captured") or {}
            yield {
                "run": run.id,
                "level": level,
                "model": model,
                "observed_conversions": observed["conversions"],
                "observed_value": observed["value"],
                "baseline_conversions": baseline["conversions"],
                "baseline_value": baseline["value"],
                "unknown_conversions": unknown.get("conversions", 0.0),
                "unknown_value": unknown.get("value", 0.0),
                "unknown_captured": captured.get("conversions", 0.0),
                "unknown_captured_value": captured.get("value", 0.0),
                "incremental": rest["incremental"],
            }


def _check_kept(stores: Stores, run: Run) -> None:
    """Check that no other command deleted the run, or extended it, while it was read."""
    now = [one for one in list_runs(stores.driver, JOB) if one.id == run.id]
    if [one.version for one in now] != [run.version]:
        what = "extended" if now else "deleted"
        raise StoreError(
            f"run {run.id} was {what} while it was exported; nothing was replaced, export again"
        )
