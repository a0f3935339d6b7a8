"""Progress of long-running work as a bar on stderr."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from attrigraph.cli.console import stderr_console
from attrigraph.messages import LOGGER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.runs.progress import Progress, Step

LABELS: Final[dict[Step, str]] = {
    "read": "reading files",
    "fit": "models",
    "import": "importing",
    "write": "writing events",
    "check": "checks of robustness",
    "embed": "embedding",
}


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar per step with its rate and time left; none where stderr is no terminal, or if quiet."""
    from attrigraph.runs.progress import ignore

    quiet = not logging.getLogger(LOGGER).isEnabledFor(logging.INFO)
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield ignore
        return
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[count]}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=stderr_console()) as bar:
        tasks: dict[Step, Any] = {}

        def progress(step: Step, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(LABELS[step], total=total, count="", rate="")
            task = bar.tasks[tasks[step]]
            # over the whole step: chunks differ too much for the rate of the last one
            rate = f"{done / task.elapsed:,.0f}/s" if done and task.elapsed else ""
            count = f"{done:,}" if total is None else f"{done:,} of {total:,}"
            bar.update(tasks[step], completed=done, total=total, count=count, rate=rate)

        yield progress
