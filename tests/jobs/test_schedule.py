from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.errors import InputError
from attrigraph.jobs.durations import parse_duration
from attrigraph.jobs.registry import JOBS
from attrigraph.jobs.schedule import default_entry, parse_schedule, read_schedule

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = b"""
zone = "Europe/Berlin"

[job.attribute]

[job.load]
cron = "30 2 * * *"
zone = "America/New_York"
start = 2026-01-01
catch_up = "skip"
grace = "2h"
retries = 1
retry_delay = "30s"
timeout = "1d"
notify = ["data"]
options = { files = ["events/*.csv"], preset = ["events"] }
"""


def test_what_is_given_is_taken_and_the_rest_is_the_jobs_own() -> None:
    schedule = parse_schedule(WHOLE, JOBS)
    assert list(schedule) == ["load", "attribute"], "inputs come first"
    load, attribute = schedule["load"], schedule["attribute"]
    assert (load.cron, load.zone, load.start) == (
        "30 2 * * *",
        ZoneInfo("America/New_York"),
        date(2026, 1, 1),
    )
    assert (load.catch_up, load.grace, load.retries) == ("skip", timedelta(hours=2), 1)
    assert (load.retry_delay, load.timeout, load.notify) == (
        timedelta(seconds=30),
        timedelta(days=1),
        ("data",),
    )
    assert load.options.model_dump()["files"] == ("events/*.csv",)
    assert (attribute.cron, attribute.zone) == (JOBS["attribute"].cron, ZoneInfo("Europe/Berlin"))
    assert (attribute.catch_up, attribute.retries) == ("latest", 3)


def test_all_faults_are_listed_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse_schedule(
            b"""
            colour = "red"
            zone = "Europe/Atlantis"
            [job.load]
            cron = "often"
            retries = -1
            timeout = "long"
            options = { files = [], shape = "round" }
            [job.attribut]
            [job.retain]
            inputs = ["embed"]
            """,
            JOBS,
        )
    message = str(caught.value)
    assert "10 fault(s)" in message
    for part in (
        "colour: this key is not permitted",
        "zone: expected an IANA name such as Europe/Berlin, got 'Europe/Atlantis'",
        "job.load.cron: a cron line has minute",
        "job.load.retries: ",
        "job.load.timeout: expected a number and s, m, h or d, such as 15m, got 'long'",
        "job.load.options.files: ",
        "job.load.options.shape: this key is not permitted",
        "job.attribut: there is no such job; there are load, ",
        "job.retain.options.older_than: ",
        "job.retain.inputs: 'embed' is not in the schedule",
    ):
        assert part in message


@pytest.mark.parametrize("content", [b"[job", b"\xff", b"a = " + b"[" * 5000])
def test_what_is_not_toml_is_one_sentence(content: bytes) -> None:
    with pytest.raises(InputError, match="is not TOML"):
        parse_schedule(content, JOBS)


def test_a_cycle_is_an_error() -> None:
    with pytest.raises(InputError, match="cycle"):
        parse_schedule(
            b'[job.embed]\ninputs = ["similar"]\n[job.similar]\ninputs = ["embed"]\n', JOBS
        )


def test_a_missing_file_names_its_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no schedule"):
        read_schedule(tmp_path, JOBS)


def test_a_job_without_its_options_needs_a_schedule() -> None:
    with pytest.raises(InputError, match=r"job\.load\.options\.files"):
        default_entry(JOBS["load"])
    assert default_entry(JOBS["attribute"]).cron == JOBS["attribute"].cron


@given(st.integers(1, 999_999), st.sampled_from("smhd"))
def test_durations_are_numbers_with_a_unit(number: int, unit: str) -> None:
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]
    assert parse_duration(f"{number}{unit}") == timedelta(seconds=number * seconds)


@given(st.text(max_size=8))
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert parse_duration(text) > timedelta(0)


@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_any_content_is_a_schedule_or_one_sentence(content: bytes) -> None:
    with suppress(InputError):
        assert set(parse_schedule(content, JOBS)) <= set(JOBS)
