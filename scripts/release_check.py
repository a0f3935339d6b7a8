"""Builds the source distribution and the wheel, and tries the wheel where nothing else is.

The wheel is built from the unpacked source distribution, so both must be complete. It is installed
into a new environment in a temporary folder, with only its required packages, and used as a reader
of README.md would: with an empty home, outside the checkout, and with a PATH that holds none of its
programs. Packages come from the package index that pip is set up with.

    python scripts/release_check.py [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT: Final = Path(__file__).resolve().parents[1]
SOURCES: Final = (
    *("pyproject.toml", "README.md", "LICENSE", "docker-compose.yml"),
    *("platform", "cypher", "migrations"),
)
SHARED: Final = (
    *("docker-compose.yml", "cypher/schema", "cypher/migrations", "cypher/ingest"),
    *("cypher/journeys", "cypher/scores", "cypher/explore"),
    *("migrations/env.py", "migrations/script.py.mako", "migrations/versions"),
)
"""What the application reads besides its packages, as paths of the checkout."""

BUILD: Final = "import sys; from setuptools import build_meta as b; b.build_{}(sys.argv[1])"

SHIPPED: Final = """
import sys
from attrigraph.shipped import shipped
for name in sys.argv[1:]:
    path = shipped(name)
    assert path.is_file() and path.is_relative_to(sys.prefix), path
"""
"""Program that checks that the installed wheel finds each file in its own environment."""

SAMPLE: Final = "from attrigraph.samples import pathdata; print(pathdata())"
SAMPLE_CONVERSIONS: Final = 19_785
"""Conversions of the bundled sample of paths."""


def main() -> int:
    """Build, install, try; the exit code is 0 when all of it works."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keep", type=Path, help="copy both distributions into this folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="attrigraph-release-") as name:
        folder = Path(name)
        sdist = build_sdist(folder)
        wheel = build_wheel(sdist, folder)
        check_contents(wheel)
        try_wheel(install(wheel, folder), folder)
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            for distribution in (sdist, wheel):
                shutil.copy(distribution, options.keep)
    print(f"{sdist.name} and {wheel.name} work in a clean environment")
    return 0


def build_sdist(folder: Path) -> Path:
    """The source distribution, from a copy of the checkout's sources."""
    sources = folder / "sources"
    sources.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in SOURCES:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, sources / name, ignore=ignored)
        else:
            shutil.copy(path, sources)
    run([sys.executable, "-c", BUILD.format("sdist"), str(folder)], cwd=sources)
    return _only(folder.glob("*.tar.gz"))


def build_wheel(sdist: Path, folder: Path) -> Path:
    """The wheel, from the unpacked source distribution alone."""
    unpacked = folder / "unpacked"
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    run([sys.executable, "-c", BUILD.format("wheel"), str(folder)], cwd=_only(unpacked.iterdir()))
    return _only(folder.glob("*.whl"))


def check_contents(wheel: Path) -> None:
    """Check that every file besides the packages is in the wheel.

    Raises:
        SystemExit: a file is missing.
    """
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    marker = "/data/share/attrigraph/"
    shared = {name.split(marker)[1] for name in names if marker in name}
    missing = [name for name in expected_files() if name not in shared]
    if missing:
        sys.exit(f"the wheel lacks {', '.join(missing)}")


def expected_files() -> list[str]:
    """Files of the checkout that the wheel must hold besides its packages."""
    paths = [ROOT / name for name in SHARED]
    files = [path for path in paths if path.is_file()]
    for folder in (path for path in paths if path.is_dir()):
        files += [path for path in folder.iterdir() if path.suffix in {".cypher", ".py"}]
    return sorted(path.relative_to(ROOT).as_posix() for path in files)


def install(wheel: Path, folder: Path) -> Path:
    """The folder of programs of a new environment that holds the wheel and what it requires."""
    environment = folder / "environment"
    run([sys.executable, "-m", "venv", str(environment)])
    python = environment / "bin" / "python"
    run([str(python), "-m", "pip", "install", "--quiet", str(wheel)])
    return environment / "bin"


def try_wheel(programs: Path, folder: Path) -> None:
    """Use the installed wheel as README.md does."""
    work, home = folder / "work", folder / "home"
    work.mkdir()
    home.mkdir()
    for name in ("attribute_touchpoints.py", "touchpoints.csv"):
        shutil.copy(ROOT / "examples" / name, work)
    clean = {"PATH": f"{programs}{os.pathsep}/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8"}

    def output(*command: str) -> str:
        return run([str(programs / command[0]), *command[1:]], cwd=work, env=clean)

    output("attrigraph", "--version")
    output("attrigraph", "--help")
    check_total(output(*attribute("touchpoints.csv", "events")), 3)
    sample = output("python", "-c", SAMPLE).strip()
    check_total(output(*attribute(sample, "paths")), SAMPLE_CONVERSIONS)
    output("python", "attribute_touchpoints.py")
    output("python", "-c", SHIPPED, *expected_files())


def attribute(path: str, preset: str) -> tuple[str, ...]:
    """The command that credits a file by two rules and a chain, as JSON."""
    models = "last,linear,markov-1"
    return (
        *("attrigraph", "attribute", "--input", path, "--preset", preset),
        *("--models", models, "--draws", "0", "--json"),
    )


def check_total(answer: str, conversions: int) -> None:
    """Check that the credits of each model add up to the conversions of the file.

    Raises:
        SystemExit: they do not.
    """
    for name, model in json.loads(answer)["models"].items():
        total = model["baseline"]["conversions"] + sum(
            credit["conversions"] for credit in model["credits"]
        )
        if not math.isclose(total, conversions, rel_tol=1e-9):
            sys.exit(f"{name} credits {total} conversions, expected {conversions}")


def run(command: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """What a command printed.

    Raises:
        SystemExit: it failed; its output says why.
    """
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _only(paths: Iterable[Path]) -> Path:
    (path,) = paths
    return path


if __name__ == "__main__":
    sys.exit(main())
