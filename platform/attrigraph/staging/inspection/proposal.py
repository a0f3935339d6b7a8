"""A mapping that may fit a file, guessed from the names and values of its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from attrigraph.staging.fields import FIELDS
from attrigraph.staging.inspection.event_kinds import meaning_of
from attrigraph.staging.inspection.field_names import FIELD_NAMES, guess_fields
from attrigraph.staging.mapping import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.staging.fields import Rows
    from attrigraph.staging.inspection.profile import ColumnProfile, FileProfile

KIND: Final = "touch"
"""The kind of all events of a file that has no column for it."""

TARGETS: Final = ("channel", "campaign_id", "campaign", "creative_id")
"""Fields of spend, one of which is necessary."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A table for a file of unknown form.

    Attributes:
        rows: what the rows probably are.
        table: the table, without the fields that are missing.
        fields: field -> column.
        missing: what the file lacks.
        questions: what the data leaves open, and what was assumed.
    """

    rows: Rows
    table: Table
    fields: dict[str, str]
    missing: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


def propose(profile: FileProfile) -> Proposal:
    """The table of the kind of rows that fits the columns best."""
    guesses = {rows: guess_fields(rows, profile.header) for rows in FIELD_NAMES}
    rows = min(
        guesses, key=lambda rows: (len(list(_missing(rows, guesses[rows]))), -len(guesses[rows]))
    )
    fields = guesses[rows]
    missing = tuple(_missing(rows, fields))
    settings, questions = _settings(rows, fields, profile)
    return Proposal(rows, Table(**settings), fields, missing, tuple(questions))


def candidates(proposal: Proposal, profile: FileProfile, name: str) -> list[str]:
    """Columns that are not read and whose values are of the kind that a field takes."""
    form = FIELDS[proposal.rows][name].form
    fitting = {"number": ("number",), "time": ("time", "date"), "date": ("date", "time")}
    free = (each for each in profile.columns if each.name not in proposal.fields.values())
    if form == "text" and name != "timestamp":
        return [each.name for each in free if each.content.type in ("text", "number")]
    kinds = fitting.get(form, ("time", "date", "number"))
    return [each.name for each in free if each.content.type in kinds]


def _missing(rows: Rows, fields: dict[str, str]) -> Iterator[str]:
    """What the rows need and no column seems to hold."""
    for name, field in FIELDS[rows].items():
        # a file of touches alone has no kinds
        if field.necessary and name not in fields and (rows, name) != ("events", "kind"):
            yield f"{name}: {field.meaning}"
    if rows == "spend":
        if "date" not in fields:
            yield f"date: {FIELDS[rows]['date'].meaning}"
        if not fields.keys() & set(TARGETS):
            yield f"one of {', '.join(TARGETS)}: what the money was spent on"


def _settings(
    rows: Rows, fields: dict[str, str], profile: FileProfile
) -> tuple[dict[str, Any], list[str]]:
    """Settings of a table, and what they leave open."""
    columns = {name: profile.column(column) for name, column in fields.items()}
    questions: list[str] = []
    settings: dict[str, Any] = {
        "rows": rows,
        "columns": {name: column for name, column in fields.items() if name != column},
        "delimiter": profile.delimiter,
        "skip": profile.skip,
        **_times(rows, columns, questions),
        **_numbers(rows, columns, questions),
        **(_kinds(columns.get("kind"), questions) if rows == "events" else {}),
    }
    missing = {word for name in columns for word in _missing_words(rows, name, columns[name])}
    return settings | {"null": tuple(sorted(missing))}, questions


def _missing_words(rows: Rows, name: str, column: ColumnProfile) -> tuple[str, ...]:
    return () if FIELDS[rows][name].form == "text" else column.content.missing


def _times(rows: Rows, columns: dict[str, ColumnProfile], questions: list[str]) -> dict[str, Any]:
    """How times are written."""
    settings: dict[str, Any] = {}
    formats: dict[str, None] = {}
    for name, column in columns.items():
        content = column.content
        if FIELDS[rows][name].form not in ("time", "date"):
            continue
        if content.type == "number" and content.units:
            settings["time_unit"] = content.units[0]
        elif content.type in ("time", "date"):
            formats.update(dict.fromkeys(content.formats[:1]))
            if len(content.formats) > 1:
                questions.append(
                    f"{column.name!r} fits {' and '.join(content.formats)}; the first is assumed"
                )
            if rows == "events" and not content.has_zone:
                settings["zone"] = "UTC"
                questions.append(f"{column.name!r} states no time zone; UTC is assumed")
        else:
            questions.append(
                f"{column.name!r} holds no times that are known, such as {_shown(column)}; "
                "state their format in `times`"
            )
    return settings | {"times": tuple(formats)}


def _numbers(rows: Rows, columns: dict[str, ColumnProfile], questions: list[str]) -> dict[str, Any]:
    """How numbers are written: one notation that fits all of their columns."""
    numeric = [
        column
        for name, column in columns.items()
        if FIELDS[rows][name].form == "number" and column.content.type != "empty"
    ]
    questions += [
        f"{column.name!r} holds no numbers, such as {_shown(column)}"
        for column in numeric
        if column.content.type != "number"
    ]
    written = [set(column.content.notations) for column in numeric if column.content.notations]
    special = [one for one in written if one != {"1234.56"}]
    if not special:
        return {}
    shared = set.intersection(*special)
    if len(shared) != 1:
        names = ", ".join(repr(column.name) for column in numeric)
        questions.append(f"the notation of numbers in {names} is not clear; state it in `numbers`")
    return {"numbers": min(shared)} if shared else {}


def _kinds(column: ColumnProfile | None, questions: list[str]) -> dict[str, Any]:
    """What the words for kinds of events mean."""
    if column is None:
        questions.append(
            f"no column holds kinds of events; all rows are taken for the kind {KIND!r}, and none "
            "for a conversion"
        )
        return {"constants": {"kind": KIND}}
    content = column.content
    meanings = {word: meaning_of(word) for word in content.values}
    ignored = tuple(word for word, meaning in meanings.items() if meaning is None)
    if ignored:
        questions.append(f"events that are ignored: {', '.join(map(repr, ignored))}")
    if content.distinct > len(content.values):
        questions.append(
            f"{column.name!r} has {content.distinct} words, of which the {len(content.values)} "
            "most frequent were looked at"
        )
    if not any(meaning and meaning.startswith("conversion") for meaning in meanings.values()):
        questions.append(f"no word of {column.name!r} seems to be a conversion")
    changed = {word: meaning for word, meaning in meanings.items() if meaning not in (None, word)}
    return {"values": {"kind": changed} if changed else {}, "ignore": ignored}


def _shown(column: ColumnProfile) -> str:
    return repr(column.content.values[0]) if column.content.values else "nothing"
