"""``schedule.toml`` of a home: which jobs run when, validated as a whole."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from attrigraph.errors import InputError
from attrigraph.jobs.cron import check_cron
from attrigraph.jobs.durations import parse_duration
from attrigraph.jobs.graph import job_levels
from attrigraph.jobs.job import CatchUp, JobOptions
from attrigraph.local.home import SCHEDULE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from attrigraph.jobs.job import Job

EXAMPLE: Final = "docs/jobs.md has a sample"


def _duration(text: object) -> timedelta:
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str):
        raise ValueError(f"expected a text such as '15m', got {text!r}")
    return parse_duration(text)


def _cron(line: str) -> str:
    try:
        return check_cron(line)
    except InputError as error:
        raise ValueError(str(error)) from None


def _zone(name: object) -> ZoneInfo:
    if isinstance(name, ZoneInfo):
        return name
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        raise ValueError(f"expected an IANA name such as Europe/Berlin, got {name!r}") from None


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
CronLine = Annotated[str, AfterValidator(_cron)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class JobTable(_Table):
    """``[job.NAME]``; what is not given is the job's default."""

    cron: CronLine | None = None
    zone: Zone | None = None
    start: date | None = None
    catch_up: CatchUp | None = None
    grace: Duration = timedelta(hours=1)
    retries: Annotated[int, Field(ge=0, le=100)] = 3
    retry_delay: Duration = timedelta(minutes=5)
    timeout: Duration = timedelta(hours=6)
    inputs: tuple[str, ...] | None = None
    notify: tuple[str, ...] = ()
    options: dict[str, Any] = Field(default_factory=dict)


class ScheduleFile(_Table):
    """The whole file."""

    zone: Zone = ZoneInfo("UTC")
    job: dict[str, JobTable] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A job with what the schedule settles.

    Attributes:
        job: the job.
        cron: its cron line.
        zone: of the cron line and of windows.
        inputs: jobs whose windows it waits for.
        options: of the job, checked.
        start: the first day that is owed; None for the first period after it was scheduled.
        catch_up: what becomes of missed windows: all are run, the latest, or none.
        grace: how late a window may begin if none is caught up with.
        retries: attempts after the first one that fails.
        retry_delay: time before the first retry; it doubles with each one, up to a day.
        timeout: after which an attempt is stopped, and counts as failed.
        notify: who is informed of failures and gaps.
    """

    job: Job
    cron: str
    zone: ZoneInfo
    inputs: tuple[str, ...]
    options: JobOptions
    start: date | None = None
    catch_up: CatchUp = "all"
    grace: timedelta = timedelta(hours=1)
    retries: int = 3
    retry_delay: timedelta = timedelta(minutes=5)
    timeout: timedelta = timedelta(hours=6)
    notify: tuple[str, ...] = ()


Schedule = dict[str, Entry]
"""Entries by name of the job, inputs first."""


def read_schedule(home: Path, jobs: Mapping[str, Job]) -> Schedule:
    """The schedule of a home.

    Args:
        home: folder of the data set.
        jobs: all jobs there are, by name.

    Raises:
        InputError: there is no file, or it has faults; the message lists all of them.
    """
    file = home / SCHEDULE
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise InputError(f"there is no schedule {file}; {EXAMPLE}") from None
    except OSError as error:
        raise InputError(f"the schedule {file} cannot be read: {error.strerror}") from error
    return parse_schedule(content, jobs, name=str(file))


def parse_schedule(content: bytes, jobs: Mapping[str, Job], *, name: str = SCHEDULE) -> Schedule:
    """The schedule that a file's content gives.

    Args:
        content: TOML.
        jobs: all jobs there are, by name.
        name: of the file, for messages.

    Raises:
        InputError: it has faults; the message lists all of them.
    """
    try:
        data = tomllib.loads(content.decode("utf-8"))
        found = ScheduleFile.model_validate(data)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"the schedule {name} is not TOML: {error}") from None
    except ValidationError as error:
        raise _faulty(name, [*_faults(error), *_job_faults(data, jobs)]) from None
    faults = _job_faults(data, jobs)
    if faults:
        raise _faulty(name, faults)
    entries = {
        one: _entry(jobs[one], table, found.zone, jobs[one].options(**table.options))
        for one, table in found.job.items()
    }
    order = job_levels({one: entry.inputs for one, entry in entries.items()})
    return {one: entries[one] for one in order}


def default_entry(job: Job, options: Mapping[str, Any] | None = None) -> Entry:
    """A job with its defaults, for one that no schedule names.

    Raises:
        InputError: it has options that must be given.
    """
    try:
        checked = job.options(**(options or {}))
    except ValidationError as error:
        raise InputError(
            f"the job {job.name!r} needs options in {SCHEDULE}: "
            f"{'; '.join(_faults(error, 'job', job.name, 'options'))}; {EXAMPLE}"
        ) from None
    return _entry(job, JobTable(), ZoneInfo("UTC"), checked)


def _entry(job: Job, table: JobTable, zone: ZoneInfo, options: JobOptions) -> Entry:
    return Entry(
        job=job,
        cron=table.cron or job.cron,
        zone=table.zone or zone,
        inputs=job.inputs if table.inputs is None else table.inputs,
        options=options,
        start=table.start,
        catch_up=table.catch_up or job.catch_up,
        grace=table.grace,
        retries=table.retries,
        retry_delay=table.retry_delay,
        timeout=table.timeout,
        notify=table.notify,
    )


def _job_faults(data: Mapping[str, Any], jobs: Mapping[str, Job]) -> list[str]:
    """Faults that only the jobs themselves show: names, options, inputs."""
    tables = data.get("job")
    if not isinstance(tables, dict):
        return []
    faults = []
    for name, table in tables.items():
        if name not in jobs:
            faults.append(f"job.{name}: there is no such job; there are {', '.join(jobs)}")
        elif isinstance(table, dict):
            faults.extend(_option_faults(jobs[name], table.get("options", {})))
            faults.extend(_input_faults(name, table.get("inputs"), tables))
    return faults


def _option_faults(job: Job, options: object) -> list[str]:
    if not isinstance(options, dict):
        return []
    try:
        job.options.model_validate(options)
    except ValidationError as error:
        return _faults(error, "job", job.name, "options")
    return []


def _input_faults(name: str, inputs: object, tables: Mapping[str, Any]) -> list[str]:
    if not isinstance(inputs, list):
        return []
    return [
        f"job.{name}.inputs: {one!r} is not in the schedule" for one in inputs if one not in tables
    ]


def _faults(error: ValidationError, *place: str) -> list[str]:
    """Each fault with its place in the file."""
    return [
        f"{'.'.join(map(str, (*place, *fault['loc'])))}: "
        f"{fault['msg'].removeprefix('Value error, ').replace('Extra inputs are', 'this key is')}"
        for fault in error.errors(include_url=False, include_context=False)
    ]


def _faulty(name: str, faults: list[str]) -> InputError:
    listed = "; ".join(faults)
    return InputError(f"the schedule {name} has {len(faults)} fault(s): {listed}")
