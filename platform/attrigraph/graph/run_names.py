"""Names and pins of runs, and runs by their name or id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.graph.catalogue import query
from attrigraph.graph.runs import current_run, list_runs
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neo4j import Driver

    from attrigraph.graph.runs import Run

MAX_LENGTH: Final = 100
"""Characters of a name."""

_ID: Final = re.compile(r"[0-9a-f]{32}")


def check_name(name: str | None) -> None:
    """Check that a text can be the name of a run; None is none.

    Raises:
        InputError: it is empty, too long, has characters that are not printed, or looks like an id.
    """
    if name is None:
        return
    fits = 0 < len(name) <= MAX_LENGTH and name.isprintable() and name == name.strip()
    if not fits or _ID.fullmatch(name):
        raise InputError(
            f"the name of a run must have 1 to {MAX_LENGTH} printable characters, no space at its "
            f"ends, and not the form of an id; got {name!r}"
        )


def check_free(runs: Iterable[Run], name: str | None, *, run: str) -> None:
    """Check that no other of the runs has a name.

    Raises:
        InputError: one has it.
    """
    for other in runs:
        if name is not None and other.name == name and other.id != run:
            raise InputError(
                f"the name {name!r} is that of run {other.id}; choose another, or take it from "
                f"that run by `attrigraph runs name {other.id} --remove`"
            )


def chosen_run(driver: Driver, job: str, key: str | None) -> Run | None:
    """The finished run with an id or name, or the published one without a key, None for none yet.

    Raises:
        InputError: no run has the id or name.
    """
    return current_run(driver, job) if key is None else find_run(driver, job, key)


def find_run(driver: Driver, job: str, key: str) -> Run:
    """The finished run of a job with this id or name.

    Raises:
        InputError: there is none.
    """
    for run in list_runs(driver, job):
        if run.status == "done" and key in (run.id, run.name):
            return run
    raise InputError(
        f"there is no finished run with the id or name {key!r}; `attrigraph runs list` lists "
        "all runs"
    )


def name_run(driver: Driver, run: str, name: str | None) -> None:
    """Give a run a name that no other run has; None takes its name away."""
    driver.execute_query(
        query("scores/name_run").text, {"run": run, "name": name}, database_=DATABASE
    )


def pin_run(driver: Driver, run: str, *, pinned: bool) -> None:
    """Pin a run, so that later runs never delete it, or end that."""
    driver.execute_query(
        query("scores/pin_run").text, {"run": run, "pinned": pinned}, database_=DATABASE
    )
