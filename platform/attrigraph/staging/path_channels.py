"""Steps of paths that are a source and a medium, as channels by rules.

Reports of paths by source and medium have steps such as ``google / cpc``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrigraph.errors import InputError
from attrigraph.quantities import counted
from attrigraph.staging.channels.origins import MISSING, with_sources
from attrigraph.staging.channels.policy import ChannelPolicy
from attrigraph.staging.channels.sql import channel_of, compared, rule_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from attrigraph.staging.channels import ChannelRules

STEP: Final = "^(.+) / (.+)$"
"""Pattern of a source and a medium; a source may be a URL."""

STEPS: Final = """
SELECT rowid AS path_row, unnest(string_split(path, $separator)) AS step,
    unnest(range(len(string_split(path, $separator)))) AS place
FROM path_row WHERE reason IS NULL AND path <> ''
"""
"""SQL of all steps, each with its place."""

RENAME: Final = f"""
UPDATE path_row SET path = renamed.path FROM (
    SELECT path_row, string_agg(coalesce(channel, step), $separator ORDER BY place) AS path
    FROM ({STEPS}) LEFT JOIN path_step USING (step) GROUP BY path_row) AS renamed
WHERE path_row.rowid = renamed.path_row
"""


def name_channels(database: duckdb.DuckDBPyConnection, rules: ChannelRules, separator: str) -> None:
    """Put the channels of sources and media into ``path_row``, and the steps into ``path_step``.

    Steps that are no source and medium stay, and so do those that no rule fits.

    Raises:
        InputError: no step is a source and medium, or a channel of the rules holds the separator.
    """
    _check_channels(rules, separator)
    values: dict[str, Any] = {"separator": separator, "pattern": STEP}

    def parameter(value: object) -> str:
        values[f"rules_{len(values)}"] = value
        return f"$rules_{len(values) - 1}"

    parts = {
        f"given_{part}": compared(f"regexp_extract(step, $pattern, {number})")
        for number, part in enumerate(("source", "medium"), 1)
    }
    texts = ", ".join(f"{text} AS {name}" for name, text in (MISSING | parts).items())
    steps = f"""(
        SELECT step, {texts} FROM (SELECT DISTINCT step FROM ({STEPS}))
        WHERE regexp_matches(step, $pattern))"""
    sources = with_sources(steps, ChannelPolicy(rules), parameter)
    numbered = f"SELECT step, {rule_number(rules, parameter)} AS number FROM ({sources})"
    channel = channel_of(rules, "number", parameter)
    database.execute(
        f"CREATE TEMP TABLE path_step AS SELECT step, number, {channel} AS channel "
        f"FROM ({numbered})",
        values,
    )
    if not database.execute("SELECT count(*) FROM path_step").fetchall()[0][0]:
        raise InputError(
            "channel rules need steps of paths such as 'google / cpc', and the steps here are "
            "names of channels; leave out the rules, or export the paths by source and medium"
        )
    database.execute(RENAME, {"separator": separator})


def _check_channels(rules: ChannelRules, separator: str) -> None:
    names = (rules.otherwise, *(rule.channel for rule in rules.rules))
    wrong = next((name for name in names if name is not None and separator in name), None)
    if wrong is not None:
        raise InputError(
            f"the channel {wrong!r} of the rules holds {separator!r}, which separates the channels "
            "of paths; give it another name"
        )


def step_notes(database: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Sources and media that no rule fits."""
    rows = database.execute("""
        SELECT channel IS NULL, count(*), min(step) FROM path_step
        WHERE number = 0 GROUP BY ALL""").fetchall()
    for kept, count, example in rows:
        outcome = "they stay as they are" if kept else "they have the channel for all others"
        yield (
            f"{counted(count, 'pair')} of source and medium that no rule fits, such as "
            f"{example!r}; {outcome}"
        )
