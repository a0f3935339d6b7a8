"""Presets: mappings of known forms of files, which come with the package.

Each is a file ``NAME.toml`` in this folder, of the form of a user's own mapping.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

from attrigraph.domain.near_names import did_you_mean
from attrigraph.errors import InputError
from attrigraph.staging.declarations import read_declarations
from attrigraph.staging.mapping import Source, Table

FOLDER: Final = Path(__file__).parent


def _description(path: Path) -> str:
    return str(tomllib.loads(path.read_text(encoding="utf-8"))["description"])


PRESETS: Final[dict[str, str]] = {
    path.stem: _description(path) for path in sorted(FOLDER.glob("*.toml"))
}
"""Names that ``--preset`` takes, each with what it reads."""


@cache
def _tables(name: str) -> tuple[Table, ...]:
    tables = read_declarations(FOLDER / f"{name}.toml", Source, "preset").tables
    return tuple(table.model_copy(update={"name": f"preset {name}"}) for table in tables)


def preset(*names: str) -> Source:
    """The source of one or several presets; each file goes to the one whose columns it has.

    Raises:
        InputError: for no name or an unknown one.
    """
    unknown = [name for name in names if name not in PRESETS]
    if unknown or not names:
        value = repr(unknown[0]) if unknown else "none"
        near = did_you_mean(unknown[0], PRESETS) if unknown else ""
        raise InputError(f"the preset must be one of {', '.join(PRESETS)}; got {value}{near}")
    return Source(tables=tuple(table for name in dict.fromkeys(names) for table in _tables(name)))
