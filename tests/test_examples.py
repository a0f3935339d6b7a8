"""The examples that need no server run."""

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_touchpoints_in_memory(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "attribute_touchpoints.py"), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split(maxsplit=1) == ["first", "display 90.00, search 0.00, social 0.00"]
    assert len(lines) == 5
