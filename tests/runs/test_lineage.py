"""What identifies a run: changed code that computes scores, and nothing else, makes another one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code that the tests may change."""
    folder: Path = tmp_path_factory.mktemp("checkout")
    for name in ("platform", "cypher"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "samples")
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def version_of(checkout: Path) -> str:
    code = "from attrigraph.runs.lineage import code_version; print(code_version())"
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(checkout / "platform")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def version_with_change(checkout: Path, file: str) -> str:
    path = checkout / file
    content = path.read_bytes()
    path.write_bytes(content + b"\n")
    try:
        return version_of(checkout)
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize(
    "file",
    [
        "platform/attention/mechanisms/graph_rope.py",
        "platform/gnn/model.py",
        "platform/attrigraph/attribution/models.py",
        "platform/attrigraph/attribution/incremental/hazard.py",
        "platform/attrigraph/domain/order.py",
        "platform/attrigraph/graph/journeys.py",
        "cypher/journeys/read_steps.cypher",
    ],
)
def test_changed_models_and_read_statements_are_another_version(checkout: Path, file: str) -> None:
    assert version_with_change(checkout, file) != version_of(checkout)


@pytest.mark.parametrize(
    "file",
    [
        "platform/attrigraph/report/page.py",
        "platform/attrigraph/cli/main.py",
        "platform/attrigraph/local/stack.py",
        "cypher/explore/top_paths.cypher",
    ],
)
def test_changed_pages_and_commands_are_the_same_version(checkout: Path, file: str) -> None:
    assert version_with_change(checkout, file) == version_of(checkout)
