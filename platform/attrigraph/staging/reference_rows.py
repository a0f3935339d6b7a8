"""Rows of campaigns, creatives and audiences: checked one by one, then merged by id.

These tables are small compared with events, and are kept in Python once typed. Rows of one id may
complete each other; a row that contradicts what was taken before it, in the order of content, is
rejected, so that the order of rows and files decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attrigraph.staging.columns import FieldSql, number, number_error
from attrigraph.staging.dates import date_error, date_of
from attrigraph.staging.duplicates import DUPLICATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    import duckdb

    from attrigraph.staging.bindings import Binding

Attributes = dict[str, "str | float | date | None"]

ATTRIBUTES: Final[dict[str, tuple[str, ...]]] = {
    "campaigns": ("name", "objective", "start_date", "end_date", "budget", "account_id"),
    "creatives": (
        "name",
        "format",
        "text",
        "campaign",
        "hook",
        "promise",
        "frame",
        "cta",
        "ad_set_id",
    ),
    "audiences": ("name", "parent"),
}
"""What an entity has once."""

LISTS: Final[dict[str, tuple[str, ...]]] = {
    "campaigns": ("channel", "audience"),
    "creatives": (),
    "audiences": (),
}
"""What an entity may have several of, one per row."""

INDEXED: Final = (
    *("campaign", "channel", "audience", "parent", "account_id", "ad_set_id"),
    *("name", "hook", "promise", "frame", "cta"),
)
"""Names of other entities, and texts that are searched for."""

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


def write(database: duckdb.DuckDBPyConnection, binding: Binding, file: int) -> None:
    """Put ``prepared`` into the table of its rows."""
    rows = binding.table.rows
    fields = FieldSql(binding)
    names = (*ATTRIBUTES[rows], *LISTS[rows])
    raw = ", ".join(f'{fields.text(name)} AS "raw_{name}"' for name in names)
    typed = ", ".join(f'{_typed(name)} AS "{name}"' for name in names)
    errors = ", ".join(_errors(fields, names))
    kept = ", ".join(f'"{name}"' for name in names)
    sql = f"""
        INSERT INTO {table_name(rows)}
        SELECT {fields.parameter("file", file)}, line,
            coalesce(error, CASE WHEN id IS NULL THEN 'missing-id'{fields.shown("id", "id")}
                ELSE {errors} END), id, {kept}
        FROM (
            SELECT *, {typed}
            FROM (SELECT line, error, {fields.text("id")} AS id, {raw} FROM prepared))"""
    database.execute(sql, fields.used(sql))


def _typed(name: str) -> str:
    text = f'"raw_{name}"'
    if name in DATES:
        return date_of(text)
    return number(text) if name in NUMBERS else text


def _errors(fields: FieldSql, names: tuple[str, ...]) -> Iterator[str]:
    indexed = {f'"{name}"': name for name in names if name in INDEXED}
    cases = [fields.name_error({"id": "id"} | indexed)]
    for name in names:
        shown = fields.shown(name, f'"raw_{name}"')
        if name in DATES:
            cases.append(date_error(f'"raw_{name}"', shown))
        if name in NUMBERS:
            cases.append(number_error(f'"raw_{name}"', name, shown))
    if "end_date" in names:
        shown = fields.shown("end_date", '"raw_end_date"')
        cases.append(f"CASE WHEN end_date < start_date THEN 'reversed-dates'{shown} END")
    if "ad_set_id" in names:
        shown = fields.shown("ad_set_id", '"raw_ad_set_id"')
        cases.append(
            f"CASE WHEN ad_set_id IS NOT NULL AND campaign IS NULL THEN 'no-campaign'{shown} END"
        )
    yield f"coalesce({', '.join([*cases, 'NULL'])})"


@dataclass(slots=True)
class MergedEntity:
    """A campaign, creative or audience, merged from its rows.

    Attributes:
        attributes: what it has once.
        lists: what it may have several of, by name.
        row_ids: its rows in the table.
    """

    attributes: Attributes
    lists: dict[str, set[str]]
    row_ids: list[int] = field(default_factory=list)


def merge(database: duckdb.DuckDBPyConnection, rows: str) -> dict[str, MergedEntity]:
    """The entities by id; rows that equal or contradict others get a reason."""
    names = (*ATTRIBUTES[rows], *LISTS[rows])
    columns = ", ".join(f'"{name}"' for name in names)
    merged = database.execute(
        f"SELECT rowid, id, {columns} FROM {table_name(rows)} WHERE reason IS NULL "
        f"ORDER BY id, {columns}, file, line"
    ).fetchall()
    entities: dict[str, MergedEntity] = {}
    seen: set[tuple[object, ...]] = set()
    outcomes: list[tuple[int, str]] = []
    for row_id, *values in merged:
        if tuple(values) in seen:
            outcomes.append((row_id, DUPLICATE))
            continue
        seen.add(tuple(values))
        row = dict(zip(names, values[1:], strict=True))
        if not _join(entities, values[0], row, rows, row_id):
            outcomes.append((row_id, "other-content"))
    mark(database, rows, outcomes)
    return entities


def _join(
    entities: dict[str, MergedEntity], key: str, row: Attributes, rows: str, row_id: int
) -> bool:
    """Add a row to its entity; False where it contradicts it."""
    lists = {name: row[name] for name in LISTS[rows]}
    attributes = {name: row[name] for name in ATTRIBUTES[rows]}
    entity = entities.get(key)
    if entity is None:
        entity = entities[key] = MergedEntity(attributes, {name: set() for name in lists})
    elif any(
        value is not None
        and entity.attributes[name] is not None
        and value != entity.attributes[name]
        for name, value in attributes.items()
    ):
        return False
    entity.attributes.update(
        {name: value for name, value in attributes.items() if value is not None}
    )
    for name, value in lists.items():
        if value is not None:
            entity.lists[name].add(str(value))
    entity.row_ids.append(row_id)
    return True


def mark(database: duckdb.DuckDBPyConnection, rows: str, outcomes: list[tuple[int, str]]) -> None:
    """Give rows of the table a reason."""
    if outcomes:
        database.executemany(
            f"UPDATE {table_name(rows)} SET reason = $2 WHERE rowid = $1",
            outcomes,
        )


def reject(
    database: duckdb.DuckDBPyConnection,
    rows: str,
    entities: dict[str, MergedEntity],
    keys: Iterable[str],
    reason: str,
) -> None:
    """Remove entities, and give their rows a reason."""
    rejected = [entities.pop(key) for key in keys]
    mark(database, rows, [(row_id, reason) for entity in rejected for row_id in entity.row_ids])


def reject_circles(
    database: duckdb.DuckDBPyConnection,
    audiences: dict[str, MergedEntity],
    stored: Mapping[str, str],
) -> None:
    """Reject the rows of audiences that would lie within themselves.

    Args:
        database: where.
        audiences: by id; those that are rejected are removed.
        stored: parents by audience, as stored before; the rows' own parents come first.
    """
    # without the parent that was rejected, the stored one holds again, which may close a circle
    while circular := [key for key in audiences if _is_circular(key, audiences, stored)]:
        reject(database, "audiences", audiences, circular, "circle")


def _is_circular(key: str, audiences: dict[str, MergedEntity], stored: Mapping[str, str]) -> bool:
    """Whether the way upwards from an audience leads back to it."""
    seen: set[str] = set()
    above = _parent(key, audiences, stored)
    while above is not None and above != key and above not in seen:
        seen.add(above)
        above = _parent(above, audiences, stored)
    return above == key


def _parent(key: str, audiences: dict[str, MergedEntity], stored: Mapping[str, str]) -> str | None:
    parent = audiences[key].attributes["parent"] if key in audiences else None
    return stored.get(key) if parent is None else str(parent)
