"""The recipes for schedulers: read by the tools' own readers, and run where they are installed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from attrigraph.cli.main import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

RECIPES = Path(__file__).parents[1] / "examples" / "recipes"
TEXTS = (
    RECIPES / "attrigraph.cron",
    RECIPES / "systemd" / "attrigraph.service",
    RECIPES / "github" / "attribution.yml",
)
PARTITION = """
import dagster, runpy, sys
made = runpy.run_path(sys.argv[1])
assets = [made[name] for name in ("events", "credit", "tables")]
made["nightly"], made["definitions"]
dagster.Definitions.validate_loadable(made["definitions"])
result = dagster.materialize(assets, partition_key="2026-06-03", raise_on_error=False)
sys.exit(0 if result.success else 9)
"""
PROGRAM = '#!/bin/sh\necho "$@" >> "$CALLS"\necho "{}"\nexit "$CODE"\n'
"""In place of ``attrigraph``: it writes down how it is called."""


def commands(text: str) -> Iterator[list[str]]:
    """The calls of ``attrigraph`` in a text."""
    for line in text.splitlines():
        if not line.startswith("#"):
            for call in re.findall(r"\battrigraph ((?:--quiet )?[a-z]+\b[^&\"]*)", line):
                yield shlex.split(call)


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.name)
def test_recipes_call_commands_with_options_that_exist(file: Path) -> None:
    calls = list(commands(file.read_text(encoding="utf-8")))
    assert {"load", "attribute", "export"} <= {word for call in calls for word in call}
    for call in calls:
        name, *rest = [word for word in call if word != "--quiet"]
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        command.make_parser(click.Context(command)).parse_args(rest)


def test_the_line_of_cron_has_five_fields_and_one_line() -> None:
    text = (RECIPES / "attrigraph.cron").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if re.match(r"[0-9*]", line)]
    assert len(lines) == 1
    assert re.match(r"(?:[0-9*/,-]+ ){5}cd ", lines[0])
    assert "%" not in lines[0]  # cron reads it as the end of the line


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_takes_the_units() -> None:
    units = sorted((RECIPES / "systemd").iterdir())
    assert len(units) == 3
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    found = subprocess.run(
        ["systemd-analyze", "calendar", "*-*-* 04:30:00 UTC"], capture_output=True, text=True
    )
    assert found.returncode == 0


def test_the_workflow_follows_the_schema_of_github() -> None:
    schemas = files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = str(schemas / "github-workflows.json")
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--schemafile", schema, TEXTS[-1]],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_dagster_runs_the_commands_of_a_partition(tmp_path: Path) -> None:
    assert materialized(tmp_path, code=0) == 0
    assert (tmp_path / "calls").read_text().splitlines() == [
        "load /srv/events/2026-06-03.csv --preset events --json",
        "jobs run attribute --from 2026-06-03 --to 2026-06-04 --json",
        "export /srv/bi/day=2026-06-03 --to parquet --window 2026-06-03..2026-06-04 --json",
    ]


def test_dagster_stops_at_a_command_that_fails(tmp_path: Path) -> None:
    assert materialized(tmp_path, code=4) == 9
    assert len((tmp_path / "calls").read_text().splitlines()) == 1


def materialized(folder: Path, *, code: int) -> int:
    """Exit code of a run of one partition, in which every command exits with a code."""
    program = folder / "bin" / "attrigraph"
    program.parent.mkdir()
    program.write_text(PROGRAM)
    program.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "CALLS": str(folder / "calls"),
        "CODE": str(code),
        "DAGSTER_HOME": "",
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "TMPDIR": str(folder),
    }
    recipe = RECIPES / "dagster" / "attribution_assets.py"
    return subprocess.run(
        [sys.executable, "-c", PARTITION, recipe], env=environment, capture_output=True
    ).returncode
