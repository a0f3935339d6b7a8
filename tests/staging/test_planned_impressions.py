"""Files of planned impressions, right and wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import InputError
from attrigraph.staging.planned_impressions import read_planned_impressions

if TYPE_CHECKING:
    from pathlib import Path


def test_plans_by_creative_and_by_audience(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text("creative_id,audience_id,impressions\na, x ,100\na,y,0\nb,,2.5\n")
    assert read_planned_impressions(path).plans == {
        ("a", "x"): 100.0,
        ("a", "y"): 0.0,
        ("b", None): 2.5,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("creative_id,cost\na,1\n", "it lacks impressions"),
        ("creative_id,impressions\n", "holds no planned impressions"),
        ("creative_id,impressions\n,5\n", ":2: creative_id is empty"),
        ("creative_id,impressions\na,-1\n", ":2: impressions must be a number per day"),
        ("creative_id,impressions\na,nan\n", "of at least 0, got 'nan'"),
        ("creative_id,impressions\na,\n", "of at least 0, got ''"),
        ("creative_id,impressions\na,1\na,2\n", ":3 plans a a second time"),
        ("creative_id,audience_id,impressions\na,x,1\na,,2\n", "both as a whole and by audience"),
        ("creative_id;impressions\na;1\n", "it lacks creative_id, impressions"),
    ],
)
def test_wrong_files(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(text)
    with pytest.raises(InputError) as raised:
        read_planned_impressions(path)
    assert message in str(raised.value)
