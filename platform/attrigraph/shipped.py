"""Finds the folders that are shipped with the code: ``cypher`` and ``migrations``.

In a checkout they lie at its root. A wheel puts them under ``share/attrigraph`` of the place it is
installed to.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import TYPE_CHECKING

from attrigraph.errors import AttrigraphError

if TYPE_CHECKING:
    from collections.abc import Iterator


def shipped(name: str) -> Path:
    """The folder or file of that name, such as ``cypher``.

    Raises:
        AttrigraphError: the installation is incomplete.
    """
    looked = []
    for place in _places(name):
        if place.exists():
            return place
        looked.append(str(place))
    raise AttrigraphError(
        f"this installation of attrigraph lacks {name!r} (looked for {', '.join(looked)}); "
        "install it again"
    )


def _places(name: str) -> Iterator[Path]:
    checkout = Path(__file__).parents[2]
    if (checkout / "pyproject.toml").exists():
        yield checkout / name
    shared = Path("share") / "attrigraph" / name
    # pip install --target moves it next to the packages, and does not record that
    yield Path(__file__).parents[1] / shared
    yield from _recorded(shared)
    yield Path(sys.prefix) / shared


def _recorded(shared: Path) -> Iterator[Path]:
    """Where the installer recorded them."""
    try:
        recorded = files("attrigraph") or []
    except PackageNotFoundError:
        return
    for file in recorded:
        width, parts = len(shared.parts), file.parts
        for start in range(len(parts) - width + 1):
            if parts[start : start + width] == shared.parts:
                located = Path(str(file.locate())).resolve()
                yield [located, *located.parents][len(parts) - start - width]
                return
