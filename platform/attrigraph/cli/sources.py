"""Options that say what files hold and how to read them, shared by commands that read files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attrigraph.staging import Source


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--preset``, ``--mapping``, ``--column`` and what else says how files are read."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS: Sequence[Callable[..., Any]] = (
    click.option(
        "--preset",
        "presets",
        multiple=True,
        metavar="NAME",
        help="Known form of the files, such as `events` or `paths`; may be given several times.",
    ),
    click.option(
        "--mapping",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="TOML file that says which columns are which fields, instead of --preset.",
    ),
    click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="FIELD=COLUMN",
        help="Read a field from a column of another name; may be given several times.",
    ),
    click.option(
        "--zone", metavar="NAME", help="Zone of times that carry none, such as Europe/Berlin."
    ),
    click.option(
        "--time-unit",
        type=click.Choice(["s", "ms", "us", "ns"]),
        help="Unit of times that are numbers since 1970-01-01 UTC.",
    ),
    click.option(
        "--start",
        metavar="TIME",
        help="The instant of second 0, where times are seconds from a start; with its zone.",
    ),
    click.option("--separator", metavar="TEXT", help="What stands between the channels of a path."),
    click.option(
        "--conversion-touches",
        is_flag=True,
        help="A conversion's row is also a touch by the channel it names.",
    ),
    click.option(
        "--memory",
        default="1GB",
        show_default=True,
        metavar="SIZE",
        help="Most memory that reading files may take; more goes to disk.",
    ),
)


def source_of(presets: Sequence[str], mapping: Path | None, columns: Sequence[str]) -> Source:
    """What the files hold.

    Args:
        presets: names of presets.
        mapping: a file instead.
        columns: ``FIELD=COLUMN`` for each field that is read from a column of another name.

    Raises:
        InputError: neither presets nor a mapping, or both, or an unknown preset; or a field that
            the files do not have, or twice.
    """
    return _declared(presets, mapping).with_columns(_renamed(columns))


def _renamed(columns: Sequence[str]) -> dict[str, str]:
    renamed: dict[str, str] = {}
    for given in columns:
        name, _, column = given.partition("=")
        if not (name and column):
            raise InputError(f"--column takes FIELD=COLUMN, got {given!r}")
        if name in renamed:
            raise InputError(
                f"--column names the field {name!r} twice, for {renamed[name]!r} and {column!r}"
            )
        renamed[name] = column
    return renamed


def _declared(presets: Sequence[str], mapping: Path | None) -> Source:
    from attrigraph.staging import PRESETS, preset, read_mapping

    if mapping is not None and presets:
        raise InputError("--preset and --mapping both say what the files hold; give one of them")
    if mapping is not None:
        return read_mapping(mapping)
    if not presets:
        raise InputError(
            f"say what the files hold: --preset with one of {', '.join(PRESETS)}, or --mapping FILE"
        )
    return preset(*presets)


def instant_of(text: str, name: str) -> datetime:
    """An instant in ISO 8601; a day alone is its first moment in UTC.

    Raises:
        InputError: it is none, or it has a time of day and no zone.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{name} must be a day or a time in ISO 8601, such as 2026-06-01 or "
            f"2026-06-01T12:00:00Z; got {text!r}"
        ) from None
    if instant.tzinfo is not None:
        return instant.astimezone(UTC)
    if len(text.strip()) > len("2026-06-01"):
        raise InputError(f"{name} needs a zone, got {text!r}; write {text.strip()}Z for UTC")
    return instant.replace(tzinfo=UTC)
