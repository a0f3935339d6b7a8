"""Options that describe input files and how to read them, shared by commands that read files."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from attrigraph.staging import Source, StagingOptions
    from attrigraph.staging.channels import ChannelRules
    from attrigraph.staging.number_notations import Notation


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--preset``, ``--mapping``, ``--column`` and the other options of reading files."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS: Sequence[Callable[..., Any]] = (
    click.option(
        "--preset",
        "presets",
        multiple=True,
        metavar="NAME",
        help="Known layout of the files, such as `events` or `paths`; repeatable.",
    ),
    click.option(
        "--mapping",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="TOML file that maps columns to fields, instead of --preset or for other files.",
    ),
    click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="FIELD=COLUMN",
        help="Read a field from a column of another name; repeatable.",
    ),
    click.option(
        "--header",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="File that holds the header of CSV files without one, such as column_headers.tsv.",
    ),
    click.option(
        "--encoding",
        metavar="NAME",
        help="Encoding of CSV and JSON, such as cp1252 or latin-1. Default: UTF-8, or UTF-16 where "
        "a byte order mark states it.",
    ),
    click.option(
        "--zone",
        metavar="NAME",
        help="Time zone for timestamps without an offset, such as Europe/Berlin.",
    ),
    click.option(
        "--time-unit",
        type=click.Choice(["s", "ms", "us", "ns"]),
        help="Unit of timestamps that are numbers since 1970-01-01 UTC.",
    ),
    click.option(
        "--start",
        metavar="TIME",
        help="Start time for relative timestamps (ISO 8601 with offset).",
    ),
    click.option(
        "--numbers",
        type=click.Choice(["1234.56", "1,234.56", "1.234,56", "1 234,56", "1'234.56"]),
        help="How the files write numbers. Default: as the preset or mapping states.",
    ),
    click.option(
        "--conversion-events",
        metavar="A,B",
        help="Names of the events that are conversions. Default: as the preset or mapping states.",
    ),
    click.option("--separator", metavar="TEXT", help="Separator between channels in a path."),
    click.option(
        "--conversion-touches",
        is_flag=True,
        help="Count a conversion's row also as a touch of the channel it names.",
    ),
    click.option(
        "--sessions/--no-sessions",
        default=None,
        help="Join visits into sessions, each of one source and one touch. Default: as the preset "
        "or mapping states, else not.",
    ),
    click.option(
        "--session-gap",
        type=float,
        default=30,
        show_default=True,
        metavar="MINUTES",
        help="Longest time between two visits of one session, where files have no session ids.",
    ),
    click.option(
        "--session-split/--no-session-split",
        default=True,
        help="Whether a visit from another source starts a new session, where files have no "
        "session ids. Default: it does.",
    ),
    click.option(
        "--session-touches",
        type=click.Choice(["one", "all"]),
        default="one",
        show_default=True,
        help="Count one touch per session, or all visits, each with the source of its session.",
    ),
    click.option(
        "--channel-rules",
        metavar="FILE|ga4|classic",
        help="Rules that give channels to events without one: a TOML file, GA4's default channel "
        "group, or `classic`. Default: as the preset or mapping states, else `classic`.",
    ),
    click.option(
        "--own-domain",
        "own_domains",
        multiple=True,
        metavar="HOST",
        help="Domain of your own: referrals from it and the domains below it are no sources; "
        "repeatable.",
    ),
    click.option(
        "--payment-referrals/--no-payment-referrals",
        default=None,
        help="Whether referrals from payment providers are sources. Default: as the preset or "
        "mapping states, else not.",
    ),
    click.option(
        "--max-ids",
        type=click.IntRange(2),
        default=50,
        show_default=True,
        metavar="N",
        help="Take a customer with more ids than this apart again.",
    ),
    click.option(
        "--max-rejected",
        type=click.FloatRange(0, 1),
        default=0.5,
        show_default=True,
        metavar="SHARE",
        help="Fail if a larger share of a file's rows is rejected, or if none is taken. 1: never.",
    ),
    click.option(
        "--memory",
        default="1GB",
        show_default=True,
        metavar="SIZE",
        help="Memory limit for reading files; spills to disk beyond it.",
    ),
)


@contextmanager
def read_in_place(
    further: Sequence[str], parameters: Mapping[str, Any]
) -> Iterator[tuple[Source, StagingOptions, Path]]:
    """Layout, options and a temporary folder for files that are read and not loaded.

    Args:
        further: presets of tables that are read with the files, such as ``customers``.
        parameters: the options of ``source_options``.

    Raises:
        InputError: see ``source_of``; or ``--start`` is no time.
    """
    from attrigraph.staging import EPOCH, StagingOptions
    from attrigraph.staging.scratch_dir import TEMPORARY

    staging = StagingOptions(
        header=parameters["header"],
        zone=parameters["zone"],
        time_unit=parameters["time_unit"],
        start=instant_of(parameters["start"], "--start") if parameters["start"] else EPOCH,
        separator=parameters["separator"],
        conversion_touches=parameters["conversion_touches"],
        keep_ids=True,  # no id leaves the process
        sessions=parameters["sessions"],
        session_gap=parameters["session_gap"],
        session_split=parameters["session_split"],
        session_touches=parameters["session_touches"],
        channel_rules=channel_rules_of(parameters["channel_rules"]),
        own_domains=parameters["own_domains"],
        payment_referrals=parameters["payment_referrals"],
        max_ids=parameters["max_ids"],
        max_rejected=parameters["max_rejected"],
        memory=parameters["memory"],
    )
    # their layout is known, and may be named nevertheless
    presets = [name for name in parameters["presets"] if name not in further]
    source = source_of(
        presets,
        parameters["mapping"],
        parameters["columns"],
        numbers=parameters["numbers"],
        conversion_events=parameters["conversion_events"],
        encoding=parameters["encoding"],
        further=further,
    )
    with tempfile.TemporaryDirectory(prefix=TEMPORARY, ignore_cleanup_errors=True) as folder:
        yield source, staging, Path(folder)


def source_of(
    presets: Sequence[str],
    mapping: Path | None,
    columns: Sequence[str],
    *,
    numbers: Notation | None = None,
    conversion_events: str | None = None,
    encoding: str | None = None,
    further: Sequence[str] = (),
) -> Source:
    """The layout of the files.

    Args:
        presets: names of presets.
        mapping: path of a mapping, instead of presets or beside them.
        columns: ``FIELD=COLUMN`` for each field that is read from a column of another name.
        numbers: how the files write numbers; None leaves it to presets or mapping.
        conversion_events: names of events that are conversions, separated by commas; None leaves
            it to presets or mapping.
        encoding: of text without a byte order mark; None leaves it to presets or mapping.
        further: presets of files that options of their own name, such as ``--customers``; columns,
            numbers and events do not concern them.

    Raises:
        InputError: neither presets nor a mapping, or an unknown preset; or a field that the files
            do not have, or one that is given twice.
    """
    from attrigraph.staging import Source, preset

    source = _declared(presets, mapping).with_columns(_renamed(columns))
    if conversion_events is not None:
        source = source.with_conversions(_names(conversion_events))
    if numbers is not None:
        source = source.with_numbers(numbers)
    if further:
        source = Source(tables=(*source.tables, *preset(*further).tables))
    return source if encoding is None else source.with_encoding(encoding)


def channel_rules_of(given: str | None) -> ChannelRules | None:
    """The rules of ``--channel-rules``; None if it is not given.

    Raises:
        InputError: there are no such rules, or their file has mistakes.
    """
    from attrigraph.staging.channels import rules_of

    return None if given is None else rules_of(given)


def rules_files(channel_rules: str | None) -> list[Path]:
    """The file that ``--channel-rules`` names, if it is one."""
    from attrigraph.staging.channels import BUILT_IN

    return [] if channel_rules in (None, *BUILT_IN) else [Path(str(channel_rules))]


def _names(listed: str) -> list[str]:
    names = [name.strip() for name in listed.split(",") if name.strip()]
    if not names:
        raise InputError(f"--conversion-events takes names of events, got {listed!r}")
    return names


def _renamed(columns: Sequence[str]) -> dict[str, str]:
    renamed: dict[str, str] = {}
    for text in columns:
        name, _, column = text.partition("=")
        if not (name and column):
            raise InputError(f"--column takes FIELD=COLUMN, got {text!r}")
        if name in renamed:
            raise InputError(
                f"--column names the field {name!r} twice, for {renamed[name]!r} and {column!r}"
            )
        renamed[name] = column
    return renamed


def _declared(presets: Sequence[str], mapping: Path | None) -> Source:
    from attrigraph.staging import PRESETS, read_layout

    if mapping is None and not presets:
        raise InputError(
            f"the layout of the files is missing: give --preset with one of {', '.join(PRESETS)}, "
            "or --mapping FILE"
        )
    return read_layout(presets, mapping)


def instant_of(text: str, name: str, zone: tzinfo | None = None) -> datetime:
    """An instant in ISO 8601; a day alone is its first moment in UTC.

    With a zone, days and times without an offset are in it.

    Raises:
        InputError: it is not one, or it has a time of day without an offset.
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
    if zone is not None:
        return instant.replace(tzinfo=zone).astimezone(UTC)
    if len(text.strip()) > len("2026-06-01"):
        raise InputError(f"{name} needs an offset, got {text!r}; write {text.strip()}Z for UTC")
    return instant.replace(tzinfo=UTC)
