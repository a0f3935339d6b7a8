"""The page on jobs has a schedule that can be used, and all jobs as they are."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from attrigraph.jobs.registry import JOBS
from attrigraph.jobs.schedule import JobTable, parse_schedule

if TYPE_CHECKING:
    from attrigraph.jobs.job import Job

PAGE = (Path(__file__).parents[2] / "docs/jobs.md").read_text(encoding="utf-8")


def test_the_sample_of_a_schedule_is_one() -> None:
    sample = PAGE.split("```toml\n")[1].split("```")[0]
    schedule = parse_schedule(sample.encode(), JOBS)
    assert set(schedule) == {"load", "spend", "attribute", "report", "retain", "backup"}
    assert schedule["load"].start == date(2026, 1, 1)
    assert schedule["load"].retries == 5


def test_every_key_of_a_job_is_described() -> None:
    keys = PAGE.split("## The schedule")[1].split("## The jobs")[0]
    assert re.findall(r"^\| `(\w+)` \|", keys, re.MULTILINE) == list(JobTable.model_fields)


def test_every_job_is_described_with_its_defaults() -> None:
    table = PAGE.split("## The jobs")[1].split("## Windows")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(JOBS)
    for name, job in JOBS.items():
        assert f"| `{name}` | {_described(job)} |" in table


def _described(job: Job) -> str:
    inputs = ", ".join(f"`{one}`" for one in job.inputs)
    return f"{job.window} | {inputs} | `{job.cron}`".replace("|  |", "| |")
