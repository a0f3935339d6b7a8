"""Rows of experiments: typed, rejected with their reasons, and what they name exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.domain import Campaign
from experiment_rows import EMAIL, EMAIL_ROW, GEO, GEO_ROW, HEAD, full_header

if TYPE_CHECKING:
    from tests.staging.conftest import Reasons, Stage, Write

HEADER = full_header("campaign_id")


def test_an_experiment_has_all_its_columns(staged: Stage, write: Write) -> None:
    result = staged(write("x.csv", HEADER + GEO_ROW), source="experiments")
    assert result.references().experiments == (GEO,)
    assert result.references().campaigns == (Campaign("spring"),)
    assert result.counts.experiments == 1


def test_a_file_with_the_required_columns_alone_is_read(staged: Stage, write: Write) -> None:
    result = staged(write("x.csv", HEAD + EMAIL_ROW), source="experiments")
    assert result.references().experiments == (EMAIL,)
    assert result.references().channels == ("email",)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("e,geo,email,spring,1,1,2026-06-01,2026-06-02,,,,", "bad-target"),
        ("e,geo,,,1,1,2026-06-01,2026-06-02,,,,", "bad-target"),
        ("e,survey,email,,1,1,2026-06-01,2026-06-02,,,,", "unknown-experiment"),
        ("e,geo,email,,many,1,2026-06-01,2026-06-02,,,,", "bad-number"),
        ("e,geo,email,,nan,1,2026-06-01,2026-06-02,,,,", "not-finite"),
        ("e,geo,email,,1,0,2026-06-01,2026-06-02,,,,", "bad-standard-error"),
        ("e,geo,email,,1,,2026-06-01,2026-06-02,,,,", "bad-standard-error"),
        ("e,geo,email,,1,1,June,2026-06-02,,,,", "bad-date"),
        ("e,geo,email,,1,1,2026-06-01,,,,,", "bad-date"),
        ("e,geo,email,,1,1,2026-06-03,2026-06-02,,,,", "reversed-dates"),
        ("e,geo,email,,1,1,2026-06-01,2026-06-02,-1,,,", "negative"),
        ("e,geo,email,,1,1,2026-06-01,2026-06-02,,,1.5,", "bad-count"),
        ("e,geo,email,,1,1,2026-06-01,2026-06-02,9,euro,,", "bad-currency"),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason(
    row: str, reason: str, staged: Stage, write: Write, reasons: Reasons
) -> None:
    result = staged(write("x.csv", f"{HEADER}{row}\n"), source="experiments")
    assert reasons(result) == [(2, reason)]
    assert result.references().experiments == ()
    assert result.references().channels == ()


def test_codes_of_currencies_are_in_capitals(staged: Stage, write: Write) -> None:
    row = GEO_ROW.replace("EUR", " eur")
    result = staged(write("x.csv", HEADER + row), source="experiments")
    assert result.references().experiments == (GEO,)


def test_equal_rows_count_once_and_others_of_the_same_id_are_rejected(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    result = staged(
        write("x.csv", HEADER + 2 * GEO_ROW + GEO_ROW.replace("-3", "5")),
        source="experiments",
    )
    (experiment,) = result.references().experiments
    assert experiment.lift == -3.0
    assert reasons(result) == [(4, "other-content")]
    assert result.counts.duplicates == 1
