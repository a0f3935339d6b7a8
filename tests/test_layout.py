from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# each is slow to import, or belongs to an extra
HEAVY = (
    *("duckdb", "neo4j", "scipy", "torch", "torch_geometric", "jinja2", "pydantic", "numpy"),
    *("sqlalchemy", "alembic", "psycopg", "pandas", "polars", "rich", "psutil"),
)


def _loaded_after(code: str) -> set[str]:
    listing = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", listing], capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in done.stdout.splitlines()}


def test_the_source_root_is_no_package() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    done = subprocess.run(
        [sys.executable, "-c", "import platform; print(platform.__file__); platform.system()"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert str(ROOT) not in done.stdout


def test_tests_are_no_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_help_imports_nothing_heavy() -> None:
    code = (
        "from click.testing import CliRunner\n"
        "from attrigraph.cli.main import cli\n"
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0"
    )
    assert _loaded_after(code) & set(HEAVY) == set()


@pytest.mark.parametrize("command", ["up", "down", "status", "migrate"])
def test_help_of_the_stores_commands_imports_nothing_heavy(command: str) -> None:
    code = (
        "from click.testing import CliRunner\n"
        "from attrigraph.cli.main import cli\n"
        f"assert CliRunner().invoke(cli, ['{command}', '--help']).exit_code == 0"
    )
    assert _loaded_after(code) & set(HEAVY) == set()


def test_services_build_on_each_other_on_at_most_three_levels() -> None:
    folder = ROOT / "platform" / "attrigraph" / "services"
    needs = {file.stem: _services_needed(file) for file in folder.glob("*.py")}

    def level(name: str) -> int:
        return 1 + max(map(level, needs[name]), default=0)

    assert {name: level(name) for name in needs if level(name) > 3} == {}


def _services_needed(file: Path) -> set[str]:
    """Services that one imports, but for types."""
    types = re.compile(r"^if TYPE_CHECKING:\n(?:    .*\n|\n)*", re.MULTILINE)
    code = types.sub("", file.read_text(encoding="utf-8"))
    return set(re.findall(r"^\s*from attrigraph\.services\.(\w+) import", code, re.MULTILINE))


def test_nothing_of_the_application_needs_torch() -> None:
    code = "import attrigraph.bootstrap, attrigraph.graph.migrations, attrigraph.store.migrations"
    assert _loaded_after(code) & {"torch", "torch_geometric"} == set()


def test_attributing_without_attention_imports_no_torch(tmp_path: Path) -> None:
    paths = tmp_path / "paths.csv"
    head = "path,total_conversions,total_conversion_value,total_null"
    paths.write_text(f"{head}\na > b,2,20,1\n", encoding="utf-8")
    code = (
        "from click.testing import CliRunner\n"
        "from attrigraph.cli.main import cli\n"
        f"arguments = ['attribute', '--input', {str(paths)!r}, '--preset', 'paths', '--json']\n"
        "assert CliRunner().invoke(cli, arguments).exit_code == 0"
    )
    assert _loaded_after(code) & {"torch", "torch_geometric"} == set()


def test_the_page_on_architecture_shows_every_package_and_no_other() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree = page.split("## The tree")[1].split("```")[1]
    shown = set(re.findall(r"^ +(\w+)/", tree, re.MULTILINE))
    source = ROOT / "platform"
    packages = {path.parent.name for path in source.rglob("__init__.py")}
    assert shown == packages - {"samples"}
