"""The job ``report``: the HTML page on the published run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.jobs.job import Job, JobOptions, Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.jobs.windows import Window
    from attrigraph.stores import Stores


class ReportOptions(JobOptions):
    """Options of ``attrigraph report``.

    Attributes:
        out: the page; relative ones are in the home. ``{date}`` becomes the day on which the window
            ends, UTC; without it the page is replaced.
        kind: of conversion; None for that of the run.
    """

    out: str = "reports/{date}.html"
    kind: str | None = None


def write_report(stores: Stores, window: Window, options: ReportOptions) -> Outcome:
    """Write the page on the run that is published now; it is there whole or not at all."""
    from attrigraph.report.page import render
    from attrigraph.services.report import build_report

    data = build_report(stores, kind=options.kind)
    path = stores.home / options.out.replace("{date}", window.end.date().isoformat())
    write_whole(path, render(data))
    return Outcome(str(path), {"page": str(path)})


def write_whole(path: Path, page: str) -> None:
    """Write a page beside its place, and move it there.

    Raises:
        InputError: it cannot be written.
    """
    draft = path.with_name(f".{path.name}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.write_text(page, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error


JOB: Final = Job(
    name="report",
    about="writes the HTML report on the published run",
    run=write_report,
    options=ReportOptions,
    window="day",
    inputs=("attribute",),
    cron="0 5 * * *",
    catch_up="latest",
)
