"""Tables of a mapping that extend a preset: what they state takes the place of what it states."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from attrigraph.domain.near_names import did_you_mean
from attrigraph.staging.declarations import Prepared
from attrigraph.staging.fields import FIELDS
from attrigraph.staging.presets import FOLDER, PRESETS
from attrigraph.staging.text_files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attrigraph.staging.toml_lines import Place

    Settings = dict[str, Any]
    """A table as TOML has it."""

SINGLE: Final = ("columns", "expressions", "constants")
"""Settings by field, of which a field has one."""

BY_FIELD: Final = (*SINGLE, "values")

_NO_TABLE: Final[Settings] = {"rows": "events"}
"""In the place of a table that cannot be made."""


def extended(declared: Settings) -> Prepared:
    """A mapping whose tables are whole: those that extend a preset become its tables, changed.

    ``extends`` at the top is for all tables, or without any for one that changes nothing.
    """
    default = declared.get("extends")
    tables = declared.get("tables", None if default is None else [{}])
    rest = {name: value for name, value in declared.items() if name != "extends"}
    if not (isinstance(tables, list) and all(isinstance(table, dict) for table in tables)):
        return Prepared(rest)
    whole: list[Settings] = []
    places: list[int] = []
    mistakes = []
    for number, table in enumerate(tables):
        name = table.get("extends", default)
        bases = [table] if name is None else list(_bases(name, table))
        if not bases:
            mistakes.append((_place(name, table, number), _no_base(name, table)))
            name, bases = None, [_NO_TABLE]
        whole += bases if name is None else _changed(bases, table, name)
        places += [number] * len(bases)
    return Prepared({**rest, "tables": whole}, tuple(places), tuple(mistakes))


def _bases(name: object, table: Settings) -> Iterator[Settings]:
    """The tables of the preset, those of the same rows if the table states rows."""
    if isinstance(name, str) and name in PRESETS:
        for base in _tables(name):
            if table.get("rows", base["rows"]) == base["rows"]:
                yield base


def _tables(preset: str) -> list[Settings]:
    text = read_text(FOLDER / f"{preset}.toml", "preset")
    tables: list[Settings] = tomllib.loads(text)["tables"]
    return tables


def _place(name: object, table: Settings, number: int) -> Place:
    """Where it is stated what there is no base for: the rows, or the preset."""
    if isinstance(name, str) and name in PRESETS:
        return ("tables", number, "rows")
    return ("tables", number, "extends") if "extends" in table else ("extends",)


def _no_base(name: object, table: Settings) -> str:
    if not isinstance(name, str):
        return (
            f"it must be the name of one preset, got {name!r}; give each preset a section "
            "[[tables]] of its own that extends it"
        )
    if name not in PRESETS:
        return f"there is no preset {name!r}{did_you_mean(name, PRESETS)}"
    rows = ", ".join(dict.fromkeys(base["rows"] for base in _tables(name)))
    return f"the preset {name} has rows of {rows}, and none of {table['rows']}"


def _changed(bases: Sequence[Settings], table: Settings, preset: object) -> list[Settings]:
    """The preset's tables with the settings of the table."""
    whole = deepcopy(list(bases))
    for each in whole:
        each["name"] = f"preset {preset}, extended"
    for name, value in table.items():
        if name in BY_FIELD and isinstance(value, dict):
            for field, content in value.items():
                _put_field(whole, name, field, content)
        elif name == "properties" and isinstance(value, dict):
            for each in [base for base in whole if base["rows"] == "events"] or whole:
                each[name] = {**each.get(name, {}), **value}
        elif name not in ("extends", "rows"):
            for each in [base for base in whole if name in base] or whole:
                each[name] = value
    return whole


def _put_field(tables: list[Settings], part: str, field: str, content: object) -> None:
    """Put a field into the tables that have it, else into those that may have it."""
    stated = [table for table in tables if any(field in table.get(name, ()) for name in BY_FIELD)]
    known = [table for table in tables if field in FIELDS[table["rows"]]]
    for table in stated or known or tables[:1]:
        before = table.get(part, {}).get(field)
        if part in SINGLE:
            for name in SINGLE:
                table.get(name, {}).pop(field, None)
        elif isinstance(before, dict) and isinstance(content, dict):
            content = {**before, **content}
        table.setdefault(part, {})[field] = content
