"""Check the recipes for dbt and Airflow with the real tools, in an environment of their own.

    python scripts/recipes.py dbt|airflow [--python PYTHON]

Without --python, a new virtual environment is made and the tool is installed into it: dbt and
Airflow need other versions of packages than this project. With it, PYTHON must have the tool. dbt
builds and tests its project on an export. Airflow reads its DAG and renders the commands of a day;
it does not run them. Exits with 1 if a recipe fails.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

import duckdb

from attrigraph.export.schema import SCHEMA_VERSION
from attrigraph.export.tables_file import new_tables, write_rows

RECIPES: Final = Path(__file__).parents[1] / "examples" / "recipes"
PACKAGES: Final = {"dbt": ("dbt-core<2", "dbt-duckdb"), "airflow": ("apache-airflow>=3",)}
RENDER: Final = """
import runpy, sys
from datetime import datetime, timedelta, timezone
dag = runpy.run_path(sys.argv[1])["dag"]
start = datetime(2026, 6, 1, tzinfo=timezone.utc)
day = {"data_interval_start": start, "data_interval_end": start + timedelta(days=1)}
for task in dag.topological_sort():
    task.render_template_fields(day)
    print(task.bash_command)
"""
COMMANDS: Final = [
    "attrigraph load /srv/events/2026-06-01.csv --preset events --json",
    "attrigraph jobs run attribute --from 2026-06-01 --to 2026-06-02 --json",
    "attrigraph export /srv/bi/day=2026-06-01 --to parquet --window 2026-06-01..2026-06-02 --json",
]
CREDIT: Final = [("2026-06-01", 2.0, 50.0), ("2026-06-07", 1.0, 10.0), ("2026-06-08", 1.0, 8.0)]
SPEND: Final = [("2026-06-02", 15.0), ("2026-06-05", 5.0)]
WEEKS: Final = [
    ("2026-06-01", "linear", "search", 3.0, 60.0, 20.0, 3.0),
    ("2026-06-08", "linear", "search", 1.0, 8.0, None, None),
]
"""Week, model, channel, conversions, value, cost and return of CREDIT and SPEND, by hand."""


def check_airflow(python: Path, folder: Path) -> None:
    """The DAG has its tasks in order, and they run the commands of one day."""
    environment = os.environ | {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
    }
    dag = RECIPES / "airflow" / "attribution_dag.py"
    done = subprocess.run(
        [python, "-c", RENDER, dag], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    rendered = [line for line in done.stdout.splitlines() if line.startswith("attrigraph")]
    assert rendered == COMMANDS, rendered


def check_dbt(python: Path, folder: Path) -> None:
    """The project is built and its tests pass; its model gives the return by week."""
    export, warehouse = folder / "attribution.duckdb", folder / "warehouse.duckdb"
    write_export(export)
    environment = os.environ | {
        "EXPORT": str(export),
        "WAREHOUSE": str(warehouse),
        "DO_NOT_TRACK": "1",
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    project = RECIPES / "dbt"
    command = [
        str(python.with_name("dbt")),
        "build",
        "--project-dir",
        str(project),
        "--profiles-dir",
        str(project),
    ]
    subprocess.run(command, env=environment, cwd=folder, check=True)
    with closing(duckdb.connect(str(warehouse))) as database:
        database.execute(f"ATTACH '{export}' AS attribution_export (READ_ONLY)")
        rows = database.sql("FROM return_by_week ORDER BY week").fetchall()
    found = [(str(week)[:10], *rest) for week, *rest in rows]
    assert sorted(found) == sorted(WEEKS), found


def write_export(file: Path) -> None:
    """An export with a little credit and spend."""
    info = {"schema_version": SCHEMA_VERSION, "run": "r", "zone": "UTC"}
    key = {"run": "r", "level": "channel", "model": "linear", "key": "search"}
    credit = [
        {**key, "day": day, "conversions": conversions, "value": value}
        for day, conversions, value in CREDIT
    ]
    spend = [{"spend": day, "day": day, "channel": "search", "cost": cost} for day, cost in SPEND]
    with new_tables(file) as database:
        write_rows(database, "export_info", [info], file.parent)
        write_rows(database, "credit_by_day", credit, file.parent)
        write_rows(database, "spend_by_day", spend, file.parent)


def environment_with(tool: str, folder: Path) -> Path:
    """The Python of a new virtual environment with a tool."""
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    packages = ["--quiet", "--only-binary", ":all:", *PACKAGES[tool]]
    subprocess.run([python, "-m", "pip", "install", *packages], check=True)
    return python


def main() -> None:
    """Check the recipe of one tool."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool", choices=[*PACKAGES])
    parser.add_argument("--python", type=Path, help="a Python that has the tool")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="attrigraph-recipes-") as name:
        folder = Path(name)
        python = options.python or environment_with(options.tool, folder)
        {"dbt": check_dbt, "airflow": check_airflow}[options.tool](python, folder)
    print(f"the recipe for {options.tool} works")


if __name__ == "__main__":
    main()
