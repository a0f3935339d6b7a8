"""Broken files of every form: no traceback, counts that add up, a reject file that agrees.

This is the short form; ``make fuzz`` runs 2,000 cases and more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fuzzer import FORMS, run_case

if TYPE_CHECKING:
    from pathlib import Path

CASES = 25


@pytest.mark.parametrize("form", FORMS)
def test_broken_files_end_in_counts_or_in_one_sentence(form: str, tmp_path: Path) -> None:
    for number in range(CASES):
        folder = tmp_path / str(number)
        folder.mkdir()
        run_case(form, 0, number, folder)
