"""How often each channel rule gave its channel, over all touches that were taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.staging.event_groups import TOUCHES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from attrigraph.staging.channels.rule_set import ChannelRules

STORE: Final = f"""
CREATE TABLE channel_use AS
SELECT given.file, rule, given.channel, coalesce(excluded AND rule IS NULL, false) AS excluded,
    CASE WHEN rule IS NULL THEN coalesce(nullif(given_source, ''), host) ELSE source END AS source,
    CASE WHEN rule IS NULL THEN given_medium ELSE medium END AS medium,
    sum(events)::BIGINT AS touches
FROM event_group AS given LEFT JOIN channel_source AS entry ON entry.key = channel_key
WHERE {TOUCHES} GROUP BY ALL
"""


@dataclass(frozen=True, slots=True)
class ChannelUse:
    """Touches of one source and medium that have their channel for the same reason.

    Attributes:
        rules: the rules that were applied to the file; None where its form has no events.
        rule: number of the rule that gave the channel, from 1; 0 if none fits; None if the file
            names the channel or states no source.
        channel: the channel in the end; None if it is unknown.
        excluded: whether the only source is a referral that is none, from an own domain or a
            payment provider.
        source: the source in small letters; empty if missing, None where ``rule`` is None and no
            referral is excluded.
        medium: the medium, as ``source``.
        touches: how many.
    """

    rules: ChannelRules | None
    rule: int | None
    channel: str | None
    excluded: bool
    source: str | None
    medium: str | None
    touches: int


def store_use(database: duckdb.DuckDBPyConnection) -> None:
    """Count the touches of ``event_group`` by rule, in the table ``channel_use``."""
    database.execute(STORE)


def read_use(
    database: duckdb.DuckDBPyConnection, rules: Sequence[ChannelRules | None]
) -> Iterator[ChannelUse]:
    """The counts, those of most touches first.

    Args:
        database: where ``store_use`` counted.
        rules: the rules that were applied to each file, by its number.
    """
    rows = database.execute("""
        SELECT file, rule, channel, excluded, source, medium, touches FROM channel_use
        ORDER BY file, rule NULLS LAST, touches DESC, source, medium, channel""").fetchall()
    for file, *use in rows:
        yield ChannelUse(rules[file], *use)
