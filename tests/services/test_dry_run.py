"""A dry run rejects what a load rejects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import InputError
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.load import LoadOptions, dry_run
from attrigraph.staging import StagingOptions, preset

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "path,total_conversions,total_conversion_value,total_null\n"
STAGING = StagingOptions(keep_ids=True)


def test_counts_too_large_for_a_load_are_rejected_by_a_dry_run(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    path.write_text(HEADER + "a > b,2000000000,10,3\na,1,1,1\n")
    with pytest.raises(InputError, match="represent 4,000,000,008 touches, more than the 500"):
        dry_run([path], preset("paths"), LoadOptions(staging=STAGING), home=tmp_path / "home")


def test_orders_alone_need_their_touches(tmp_path: Path) -> None:
    orders, touches = tmp_path / "orders.csv", tmp_path / "touches.csv"
    header = "customer_id,timestamp,kind\n"
    orders.write_text(f"{header}a,2026-03-01T12:00:00Z,conversion\n")
    touches.write_text(f"{header}b,2026-03-01T11:00:00Z,click\n")

    def health(*files: Path) -> list[tuple[str, str, str]]:
        options = LoadOptions(staging=STAGING)
        report = dry_run(files, preset("events"), options, home=tmp_path / "home")
        lines = [line for line in report.data_health if line.code == "conversions_without_touch"]
        return [(line.severity, line.message, line.advice) for line in lines]

    assert health(orders) == [
        (
            "note",
            "1 conversion, and no touch in the files",
            "load the touches of the same customers, too, unless the graph has them",
        )
    ]
    ((severity, message, _),) = health(orders, touches)
    assert (severity, message[:17]) == ("warning", "1 of 1 conversion")


def test_attribution_from_files_takes_counts_of_any_size(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    path.write_text(HEADER + "a > b,2000000000,10,3\na,1,1,1\n")
    answer = attribute_files(
        [path],
        preset("paths"),
        AttributionOptions(models=("last",)),
        staging=STAGING,
        folder=tmp_path / "staged",
    )
    assert answer.observed.conversions == 2_000_000_001
