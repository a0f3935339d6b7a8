from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import InputError
from attrigraph.staging import EPOCH, Staged

if TYPE_CHECKING:
    from tests.staging.conftest import Rows, Stage, Write

TOUCHES = "journey_id,position,campaign,timestamp_s\n"
JOURNEYS = "journey_id,user_id,converted,touches\n"
START = datetime(2016, 1, 1, tzinfo=UTC)
Journeys = Callable[..., Staged]
ZERO = int(START.timestamp() * 1000)


@pytest.fixture
def journeys(staged: Stage, write: Write) -> Journeys:
    """Stage touchpoints and journeys, the latter named first."""

    def journeys(touches: str, rows: str, start: datetime | None = START) -> Staged:
        return staged(
            write("journeys.csv.gz", JOURNEYS + rows),
            write("touchpoints.csv.gz", TOUCHES + touches),
            source="criteo-journeys",
            start=start,
        )

    return journeys


def test_a_journey_that_converted_does_so_a_second_after_its_last_touch(
    journeys: Journeys, rows: Rows
) -> None:
    result = journeys("7,1,8,60.5\n7,0,3,2\n9,0,8,1\n", "7,ann,1,2\n9,bob,0,1\n")
    events = rows(result.events())
    assert sorted(events["touches"]) == [
        ("ann", ZERO + 2000, 0, "7:0", "impression", "display", "3", None, "nan"),
        ("ann", ZERO + 60500, 1, "7:1", "impression", "display", "8", None, "nan"),
        ("bob", ZERO + 1000, 0, "9:0", "impression", "display", "8", None, "nan"),
    ]
    assert events["conversions"] == [("ann", ZERO + 61500, 2, "7:conversion", "conversion", 0.0)]
    counts = result.counts
    assert (counts.read, counts.taken, counts.rejected) == (5, 5, 0)
    assert result.references().runs_on == (("3", "display"), ("8", "display"))


@pytest.mark.parametrize(
    ("touches", "rows", "rejected"),
    [
        ("1,0,8,0\n2,0,8,0\n", "1,ann,0,1\n", [("touchpoints", 3, "orphan")]),
        (
            "1,0,8,0\n1,1,8,1\n",
            "1,ann,0,3\n",
            [("journeys", 2, "other-touches"), ("touchpoints", 2, "orphan"),
             ("touchpoints", 3, "orphan")],
        ),
        ("", "1,ann,1,0\n2,bob,0,0\n", [("journeys", 2, "no-touches")]),
        ("1,0,8,0\n1,0,8,0\n", "1,ann,0,1\n1,ann,0,1\n", []),
        ("1,0,8,0\n1,0,7,0\n", "1,ann,0,1\n", [("touchpoints", 2, "other-content")]),
        ("1,0,8,0\n", "1,ann,0,1\n1,bob,0,1\n", [("journeys", 3, "other-content")]),
        ("1,0,8,0\n", "1,ann,2,1\n", [("journeys", 2, "flag-mismatch"),
                                      ("touchpoints", 2, "orphan")]),
        ("1,0,8,0\n1,1,8,\n", "1,ann,0,1\n", [("touchpoints", 3, "missing-time")]),
        ("1,0,8,0\n1,1,8,soon\n", "1,ann,0,1\n", [("touchpoints", 3, "bad-time")]),
        ("1,0,8,0\n1,1,8,1e300\n", "1,ann,0,1\n", [("touchpoints", 3, "bad-time")]),
        ("1,0,8,0\n1,1,8,NaN\n", "1,ann,0,1\n", [("touchpoints", 3, "bad-time")]),
        ("1,0,8,0\n1,-1,8,1\n", "1,ann,0,1\n", [("touchpoints", 3, "negative")]),
        ("1,0,8,0\n1,x,8,1\n", "1,ann,0,1\n", [("touchpoints", 3, "bad-count")]),
        ("1,0,8,0\n1,1,,1\n", "1,ann,0,1\n", [("touchpoints", 3, "missing-id")]),
        ("", ",ann,0,0\n3,bob,0,x\n", [("journeys", 2, "missing-id"),
                                       ("journeys", 3, "bad-count")]),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_rejected(
    touches: str, rows: str, rejected: list[tuple[str, int, str]], journeys: Journeys
) -> None:
    result = journeys(touches, rows)
    assert [
        (each.file.rpartition("/")[2].partition(".")[0], each.line, each.reason.split(":")[0])
        for each in result.rejected()
    ] == rejected
    counts = result.counts
    assert counts.read == counts.taken + counts.duplicates + counts.rejected
    assert counts.rejected == len(rejected)


def test_the_start_must_be_stated(journeys: Journeys) -> None:
    with pytest.raises(InputError, match="state it with --start"):
        journeys("1,0,8,0\n", "1,ann,0,1\n", start=None)
    assert journeys("1,0,8,0\n", "1,ann,0,1\n", start=EPOCH).events().touches.time.tolist() == [0]


def test_both_files_are_needed(staged: Stage, write: Write) -> None:
    with pytest.raises(InputError, match="got only journeys"):
        staged(write("j.csv", JOURNEYS), source="criteo-journeys", start=EPOCH)
