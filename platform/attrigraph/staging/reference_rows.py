"""Rows of campaigns, creatives and audiences: checked one by one, then merged by id.

These tables are small beside events and are kept in Python once they are typed. Rows of one id may
complete each other; a row that contradicts what was taken before it, in the order of content, is
refused, so that the order of rows and files decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attrigraph.staging.columns import FieldSql, number, number_fault
from attrigraph.staging.dates import date_fault, date_of
from attrigraph.staging.repeats import REPEATED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    import duckdb

    from attrigraph.staging.bindings import Binding

Given = dict[str, "str | float | date | None"]

ATTRIBUTES: Final[dict[str, tuple[str, ...]]] = {
    "campaigns": ("name", "objective", "start_date", "end_date", "budget"),
    "creatives": ("name", "format", "text", "campaign", "hook", "promise", "frame", "cta"),
    "audiences": ("name", "parent"),
}
"""What a thing has once."""

LISTS: Final[dict[str, tuple[str, ...]]] = {
    "campaigns": ("channel", "audience"),
    "creatives": (),
    "audiences": (),
}
"""What a thing may have several of, one a row."""

DATES: Final = ("start_date", "end_date")
NUMBERS: Final = ("budget",)


def table_name(rows: str) -> str:
    """Name of the table of rows of campaigns, creatives or audiences."""
    return f"{rows}_row"


def create(database: duckdb.DuckDBPyConnection) -> None:
    """Make the tables."""
    for rows in ATTRIBUTES:
        columns = ", ".join(f'"{name}" {_type(name)}' for name in (*ATTRIBUTES[rows], *LISTS[rows]))
        database.execute(
            f"CREATE TABLE {table_name(rows)} "
            f"(file INTEGER, line BIGINT, reason VARCHAR, id VARCHAR, {columns})"
        )


def _type(name: str) -> str:
    return "DATE" if name in DATES else "DOUBLE" if name in NUMBERS else "VARCHAR"


def take(database: duckdb.DuckDBPyConnection, binding: Binding, file: int) -> None:
    """Put ``chunk`` into the table of its rows."""
    rows = binding.table.rows
    fields = FieldSql(binding)
    names = (*ATTRIBUTES[rows], *LISTS[rows])
    given = ", ".join(f'{fields.text(name)} AS "given_{name}"' for name in names)
    typed = ", ".join(f'{_typed(name)} AS "{name}"' for name in names)
    faults = ", ".join(_faults(names))
    kept = ", ".join(f'"{name}"' for name in names)
    sql = f"""
        INSERT INTO {table_name(rows)}
        SELECT {fields.given("file", file)}, line,
            coalesce(error, CASE WHEN id IS NULL THEN 'missing-id' ELSE {faults} END), id, {kept}
        FROM (
            SELECT *, {typed}
            FROM (SELECT line, error, {fields.text("id")} AS id, {given} FROM chunk))"""
    database.execute(sql, fields.used(sql))


def _typed(name: str) -> str:
    text = f'"given_{name}"'
    if name in DATES:
        return date_of(text)
    return number(text) if name in NUMBERS else text


def _faults(names: tuple[str, ...]) -> Iterator[str]:
    cases = [date_fault(f'"given_{name}"') for name in names if name in DATES]
    cases += [number_fault(f'"given_{name}"', name) for name in names if name in NUMBERS]
    if "end_date" in names:
        cases.append("CASE WHEN end_date < start_date THEN 'reversed-dates' END")
    yield f"coalesce({', '.join([*cases, 'NULL'])})"


@dataclass(slots=True)
class Thing:
    """A campaign, creative or audience, as its rows say together.

    Attributes:
        given: its attributes.
        lists: names of what it may have several of, each with what it has.
        places: its rows in the table.
    """

    given: Given
    lists: dict[str, set[str]]
    places: list[int] = field(default_factory=list)


def merge(database: duckdb.DuckDBPyConnection, rows: str) -> dict[str, Thing]:
    """The things by id; rows that repeat or contradict others are marked in the table."""
    names = (*ATTRIBUTES[rows], *LISTS[rows])
    columns = ", ".join(f'"{name}"' for name in names)
    found = database.execute(
        f"SELECT rowid, id, {columns} FROM {table_name(rows)} WHERE reason IS NULL "
        f"ORDER BY id, {columns}, file, line"
    ).fetchall()
    things: dict[str, Thing] = {}
    seen: set[tuple[object, ...]] = set()
    fates: list[tuple[int, str]] = []
    for place, *row in found:
        if tuple(row) in seen:
            fates.append((place, REPEATED))
            continue
        seen.add(tuple(row))
        given = dict(zip(names, row[1:], strict=True))
        if not _join(things, row[0], given, rows, place):
            fates.append((place, "other-content"))
    mark(database, rows, fates)
    return things


def _join(things: dict[str, Thing], key: str, given: Given, rows: str, place: int) -> bool:
    """Add a row to its thing; False where it contradicts it."""
    lists = {name: given[name] for name in LISTS[rows]}
    attributes = {name: given[name] for name in ATTRIBUTES[rows]}
    thing = things.get(key)
    if thing is None:
        thing = things[key] = Thing(attributes, {name: set() for name in lists})
    elif any(
        value is not None and thing.given[name] is not None and value != thing.given[name]
        for name, value in attributes.items()
    ):
        return False
    thing.given.update({name: value for name, value in attributes.items() if value is not None})
    for name, value in lists.items():
        if value is not None:
            thing.lists[name].add(str(value))
    thing.places.append(place)
    return True


def mark(database: duckdb.DuckDBPyConnection, rows: str, fates: list[tuple[int, str]]) -> None:
    """Give rows, by their place in the table, a reason."""
    if fates:
        database.executemany(
            f"UPDATE {table_name(rows)} SET reason = $2 WHERE rowid = $1",
            fates,
        )


def refuse_moved(
    database: duckdb.DuckDBPyConnection, creatives: dict[str, Thing], known: Mapping[str, str]
) -> None:
    """Refuse the rows of creatives that are known to be part of another campaign."""
    moved = [
        key
        for key, thing in creatives.items()
        if thing.given["campaign"] is not None
        and known.get(key, thing.given["campaign"]) != thing.given["campaign"]
    ]
    fates = [(place, "other-campaign") for key in moved for place in creatives[key].places]
    for key in moved:
        del creatives[key]
    mark(database, "creatives", fates)


def break_circles(
    database: duckdb.DuckDBPyConnection, audiences: dict[str, Thing], known: Mapping[str, str]
) -> None:
    """Refuse the rows of audiences that would lie within themselves.

    Args:
        database: where.
        audiences: by id; those that are refused are taken out.
        known: parents by audience, as they were known before; the rows' own parents come first.
    """
    # without the parent that was refused, the known one holds again, which may close a circle
    while circular := [key for key in audiences if _is_circular(key, audiences, known)]:
        fates = [(place, "circle") for key in circular for place in audiences[key].places]
        for key in circular:
            del audiences[key]
        mark(database, "audiences", fates)


def _is_circular(key: str, audiences: dict[str, Thing], known: Mapping[str, str]) -> bool:
    """Whether the way upwards from an audience leads back to it."""
    seen: set[str] = set()
    above = _parent(key, audiences, known)
    while above is not None and above != key and above not in seen:
        seen.add(above)
        above = _parent(above, audiences, known)
    return above == key


def _parent(key: str, audiences: dict[str, Thing], known: Mapping[str, str]) -> str | None:
    given = audiences[key].given["parent"] if key in audiences else None
    return known.get(key) if given is None else str(given)
