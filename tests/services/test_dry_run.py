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
