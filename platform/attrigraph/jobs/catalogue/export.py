"""The job ``export``: the published run as tables for BI tools."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Literal

from attrigraph.errors import InputError
from attrigraph.jobs.job import Job, JobOptions, Outcome

if TYPE_CHECKING:
    from attrigraph.jobs.windows import Window
    from attrigraph.stores import Stores

TARGET: Final = "ATTRIGRAPH_EXPORT_TARGET"


class ExportOptions(JobOptions):
    """Options of ``attrigraph export``.

    Attributes:
        to: form of the export.
        target: a folder or file, relative ones in the home, or the address of a Postgres. None for
            that of ATTRIGRAPH_EXPORT_TARGET, so that a password is in no file.
        schema_name: schema of the tables in Postgres; None for the default one.
    """

    to: Literal["parquet", "duckdb", "postgres"] = "parquet"
    target: str | None = None
    schema_name: str | None = None


def export(stores: Stores, window: Window, options: ExportOptions) -> Outcome:
    """Replace the earlier export by one of the run that is published now."""
    del window
    from attrigraph.services.export import export_run
    from attrigraph.services.export_destination import open_destination

    target = options.target or os.environ.get(TARGET)
    if not target:
        raise InputError(f"the job needs a target; give it in its options, or set {TARGET}")
    if options.to != "postgres":
        target = str(stores.home / target)
    with open_destination(options.to, target, schema=options.schema_name) as destination:
        done = export_run(stores, destination)
    return Outcome(done.run, done.to_json())


JOB: Final = Job(
    name="export",
    about="exports the published run as tables for BI tools",
    run=export,
    options=ExportOptions,
    window="day",
    inputs=("attribute",),
    cron="0 5 * * *",
    catch_up="latest",
)
