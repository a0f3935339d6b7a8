"""Whether enough of the rows was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import InputError
from attrigraph.staging import StagingOptions, preset, read_mapping
from attrigraph.staging.taken import check_taken

if TYPE_CHECKING:
    from tests.staging.conftest import Stage, Write

HEADER = "customer_id,timestamp,kind\n"
GOOD = "a,2026-01-01T00:00:00Z,click\n"
BAD = "a,2026-01-01T00:00:00Z,klick\n"
NAMELESS = ",2026-01-01T00:00:00Z,click\n"


@pytest.mark.parametrize(
    ("lines", "share"),
    [(GOOD, 0), (GOOD + BAD, 0.5), (GOOD + BAD * 3, 0.75), (BAD, 1), ("", 1), (GOOD + GOOD, 0)],
)
def test_rows_are_enough(lines: str, share: float, staged: Stage, write: Write) -> None:
    check_taken(staged(write("e.csv", HEADER + lines), source="events"), share)


@pytest.mark.parametrize(
    ("lines", "share", "mistake"),
    [
        ("", 0.5, "the files hold no rows"),
        (
            GOOD + BAD,
            0.4,
            r"rejected rows: 1 of 2 of .*e.csv, 1 of them as unknown-kind, first line 3 \(",
        ),
        (
            NAMELESS + BAD + GOOD + BAD,
            0.5,
            r"3 of 4 of .*, 2 of them as unknown-kind, first line 3 .*: 'klick'\)\); corr",
        ),
        (BAD, 0.99, "rejected rows: 1 of 1 of .*, 1 of them"),
    ],
)
def test_too_few_rows_are_an_error(
    lines: str, share: float, mistake: str, staged: Stage, write: Write
) -> None:
    result = staged(write("e.csv", HEADER + lines), source="events")
    with pytest.raises(InputError, match=mistake):
        check_taken(result, share)


def test_the_share_is_that_of_each_file(staged: Stage, write: Write) -> None:
    events = write("e.csv", HEADER + GOOD + GOOD.replace("a,", "b,") * 9 + BAD)
    spend = write("s.csv", "date,channel,cost\n01/02/2026,x,1\n01/03/2026,x,2\n")
    links = write("i.csv", "anonymous_id,user_id\nu,a\n,b\n")
    files = (events, spend, links)
    result = staged(*files, source=preset("events", "spend", "identities"))
    assert [(one.wanted, one.rejected) for one in result.rejections()] == [(11, 1), (2, 2), (2, 1)]
    match = (
        r"^rejected rows: 2 of 2 of \S+s.csv, 2 of them as bad-date, first line 2 [^;]*; correct"
    )
    with pytest.raises(InputError, match=match):
        check_taken(result, 0.5)
    with pytest.raises(
        InputError, match=r"e.csv, 1 of them as unkn.*; 2 of 2 .*; 1 of 2 of \S+i.csv"
    ):
        check_taken(result, 0)
    check_taken(result, 1)


def test_ignored_rows_do_not_count(staged: Stage, write: Write) -> None:
    mapping = read_mapping(write("m.toml", '[[tables]]\nrows = "events"\nignore = ["scroll"]'))
    scroll = GOOD.replace("click", "scroll")
    check_taken(staged(write("e.csv", HEADER + GOOD + BAD + scroll * 9), source=mapping), 0.5)
    with pytest.raises(InputError, match=r"the mapping ignores all of 9 rows"):
        check_taken(staged(write("f.csv", HEADER + scroll * 9), source=mapping), 0.5)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_lies_between_0_and_1(share: float) -> None:
    with pytest.raises(InputError, match="must lie between 0 and 1"):
        StagingOptions(keep_ids=True, max_rejected=share)
