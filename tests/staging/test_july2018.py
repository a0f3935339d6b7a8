from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.staging.conftest import Reasons, Rows, Stage, Write

FILE = """customer_id,time,interaction,conversion,conversion_value,channel
A1,2018-07-22T20:40:41Z,impression,0,0,Online Display
A1,2018-07-08T21:53:37Z,impression,0,0,Online Video
A1,2018-07-09T00:00:00Z,conversion,1,6.5,Facebook
B2,2018-07-01T00:00:00Z,conversion,1,4,Instagram
"""


@pytest.fixture
def path(write: Write) -> Path:
    return write("attribution_data.csv.gz", FILE)


def test_rows_out_of_order_become_touches_and_conversions(
    path: Path, staged: Stage, rows: Rows
) -> None:
    events = rows(staged(path, source="july2018").events())
    assert sorted((row[0], row[5]) for row in events["touches"]) == [
        ("A1", "Online Display"),
        ("A1", "Online Video"),
    ]
    assert sorted((row[0], row[5]) for row in events["conversions"]) == [("A1", 6.5), ("B2", 4.0)]
    assert [row[1] for row in events["touches"]] == sorted(row[1] for row in events["touches"])


def test_the_channel_of_a_conversion_may_be_a_touch_too(
    path: Path, staged: Stage, rows: Rows
) -> None:
    events = rows(staged(path, source="july2018", conversion_touches=True).events())
    assert sorted((row[0], row[5]) for row in events["touches"]) == [
        ("A1", "Facebook"),
        ("A1", "Online Display"),
        ("A1", "Online Video"),
        ("B2", "Instagram"),
    ]


def test_ids_depend_on_the_rows_alone(path: Path, staged: Stage, write: Write, rows: Rows) -> None:
    head, *lines = FILE.splitlines()
    other = write("other.csv", "\n".join([head, *reversed(lines)]))
    assert rows(staged(path, source="july2018").events()) == rows(
        staged(other, source="july2018").events()
    )


def test_a_flag_that_contradicts_the_interaction_is_rejected(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    path = write("a.csv", FILE.replace("impression,0", "impression,1", 1))
    assert reasons(staged(path, source="july2018")) == [(2, "flag-mismatch")]
