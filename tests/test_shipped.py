from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from attrigraph.errors import AttrigraphError
from attrigraph.shipped import shipped

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    junk = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("platform", "cypher", "migrations"):
        shutil.copytree(ROOT / name, source / name, ignore=junk)
    for name in ("pyproject.toml", "LICENSE", "docker-compose.yml"):
        shutil.copy(ROOT / name, source)
    (source / "README.md").write_text("")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", str(source), "--quiet", "--no-deps"),
            *("--no-build-isolation", "--disable-pip-version-check", "--wheel-dir", str(folder)),
        ],
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def _beside_the_packages() -> set[str]:
    found = [*(ROOT / "cypher").rglob("*.cypher"), *(ROOT / "migrations").rglob("*.py")]
    found += [ROOT / "migrations" / "script.py.mako", ROOT / "docker-compose.yml"]
    return {path.relative_to(ROOT).as_posix() for path in found}


def test_in_a_checkout_the_folders_are_those_of_its_root() -> None:
    assert shipped("cypher") == ROOT / "cypher"
    assert shipped("docker-compose.yml") == ROOT / "docker-compose.yml"


def test_what_is_missing_is_named() -> None:
    with pytest.raises(AttrigraphError, match=r"lacks 'nothing' .* install it again"):
        shipped("nothing")


def test_a_wheel_holds_every_file_beside_the_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    marker = "/data/share/attrigraph/"
    assert {name.split(marker)[1] for name in names if marker in name} == _beside_the_packages()


def test_a_wheel_holds_the_lock_file_and_no_package_named_platform(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "attrigraph/local/neo4j.lock.toml" in names
    assert "attrigraph/py.typed" in names
    assert not [name for name in names if name.startswith(("platform/", "tests/"))]


@pytest.mark.parametrize("scheme", ["environment", "target"])
def test_an_installed_wheel_finds_its_files(wheel: Path, tmp_path: Path, scheme: str) -> None:
    installing = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    if scheme == "environment":
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "v"], check=True)
        python = tmp_path / "v" / "bin" / "python"
        installing += ["--python", str(python), "install"]
        paths = ""
    else:
        python = Path(sys.executable)
        installing += ["install", "--target", str(tmp_path / "v")]
        paths = str(tmp_path / "v")
    subprocess.run(
        [*installing, "--quiet", "--no-deps", str(wheel)], check=True, capture_output=True
    )
    code = (
        "from attrigraph.shipped import shipped\n"
        "print(shipped('cypher') / 'schema' / 'V0001__customer_id.cypher')\n"
        "print(shipped('migrations') / 'env.py')\n"
        "print(shipped('docker-compose.yml'))"
    )
    done = subprocess.run(
        [python, "-c", code],
        env=os.environ | {"PYTHONPATH": paths},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    found = [Path(line) for line in done.stdout.splitlines()]
    assert len(found) == 3
    assert all(file.is_file() and file.is_relative_to(tmp_path / "v") for file in found)
