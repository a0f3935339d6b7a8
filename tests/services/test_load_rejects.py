"""Loading and the file of rejected rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import InputError
from attrigraph.services.load import LoadOptions, dry_run
from attrigraph.staging import StagingOptions, preset

if TYPE_CHECKING:
    from pathlib import Path

ROWS = "customer_id,timestamp,kind\n,2024-03-01T12:00:00Z,click\n"


def test_rejected_rows_never_replace_an_input_file(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text(ROWS, encoding="utf-8")
    (tmp_path / "sub").mkdir()
    rejects = tmp_path / "sub" / ".." / "events.csv"
    options = LoadOptions(staging=StagingOptions(keep_ids=True), rejects=rejects)
    with pytest.raises(InputError, match="is an input file"):
        dry_run([file], preset("events"), options, home=tmp_path / "home")
    assert file.read_text(encoding="utf-8") == ROWS
