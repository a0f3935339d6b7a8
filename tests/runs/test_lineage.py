"""What identifies a run: changed code that computes scores, and nothing else, makes another one."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attrigraph.runs.lineage import ANSWERING, spend_fingerprint
from attrigraph.spend.accounts import Spend
from attrigraph.spend.rates import Rates

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PLATFORM = ROOT / "platform"

NOT_ANSWERING = (
    *("errors", "log_fields", "private_files", "quantities", "settings", "shipped"),
    *("runs", "store", "services/runs_of_kinds", "staging/pseudonyms", "staging/taken"),
)
"""What attribution of the graph imports, and no score depends on: words, folders, records."""


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


def test_all_code_that_attribution_of_the_graph_imports_is_part_of_the_version() -> None:
    covered = (*ANSWERING, *(f"attrigraph/{name}" for name in NOT_ANSWERING))
    imported = imported_files(PLATFORM / "attrigraph/services/attribute_graph.py")
    names = {file.relative_to(PLATFORM).as_posix() for file in imported}
    assert len(names) > 100
    assert {name for name in names if not name.startswith(covered)} == set()
    assert all((PLATFORM / place).exists() for place in ANSWERING)


def imported_files(start: Path) -> set[Path]:
    """The files of our packages that this one needs when it runs, itself included."""
    seen, waiting = {start}, [start]
    while waiting:
        new = set(imports_of(waiting.pop())) - seen
        seen |= new
        waiting.extend(new)
    return seen


def imports_of(file: Path) -> Iterator[Path]:
    nodes: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    for node in nodes:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        nodes.extend(ast.iter_child_nodes(node))
        if isinstance(node, ast.ImportFrom):
            for name in (f"{node.module}", *(f"{node.module}.{one.name}" for one in node.names)):
                source = (PLATFORM / name.replace(".", "/")).with_suffix(".py")
                if source.is_file():
                    yield source


def test_rates_are_part_of_a_run_without_spend_too() -> None:
    # they convert the spend of experiments
    rates = [Rates.of([("USD", None, worth)]) for worth in (0.5, 0.6)]
    found = [spend_fingerprint(Spend(currency="EUR", rates=one)) for one in (None, *rates)]
    assert found[0] is None
    assert len(set(found)) == 3
